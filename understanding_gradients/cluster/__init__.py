"""Drawing on other machines: the same jobs, handed to a scheduler of dask.distributed.

What a machine needs is sent to it as bytes, and what it made comes home as bytes, each file with
its SHA-256; there is no shared disk. Whoever reaches a scheduler's port can have any code run on
its workers: see ``docs/cluster.md``.

Only the optional extra ``[cluster]`` brings `distributed`; nothing else in the project needs it.
"""
