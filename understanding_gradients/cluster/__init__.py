"""Rendering on other machines: the same jobs, run by workers of dask.distributed.

Inputs are sent as bytes and results come back as bytes, each file with its SHA-256; no shared disk
is needed. A scheduler's port allows code execution on its workers: see ``docs/cluster.md``.

Only the optional extra ``[cluster]`` brings `distributed`. Nothing outside this package imports it
before ``--cluster`` is used.
"""
