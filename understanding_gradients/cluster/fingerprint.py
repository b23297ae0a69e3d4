"""The fingerprint of a machine: the versions and sources on which a frame's pixels depend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scenes.typesetting.fonts import fonts_digest
from understanding_gradients.cache.keys import (
    RENDER_PACKAGES,
    WORKER,
    installed_version,
    installed_versions,
)
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.store import sha256
from understanding_gradients.cluster.address import ClusterRefused

# Both ends of a connection need the same version of these.
PROTOCOL_PACKAGES = ("dask", "distributed", "msgpack")
# The module that a worker of the cluster imports.
TASKS = "understanding_gradients.cluster.tasks"


def fingerprint(scene_modules: Iterable[str] = ()) -> dict[str, str]:
    """Return what the frames drawn by this machine depend on, by name.

    These are the versions of packages, of Python, of cairo and of the font, and a digest of each
    source file of the scenes, of a worker process and of `understanding_gradients.cluster.tasks`.
    """
    versions = installed_versions((*RENDER_PACKAGES, *PROTOCOL_PACKAGES))
    versions["font"] = fonts_digest()[:12]
    return versions | source_digests((TASKS, WORKER, *scene_modules))


def loaded_fingerprint() -> dict[str, str]:
    """Return the part of the fingerprint that a worker keeps as it was when it was started."""
    return protocol_versions() | source_digests([TASKS])


def source_digests(modules: Iterable[str]) -> dict[str, str]:
    """Return a digest of each source file of `modules`, by file name."""
    sources = Sources()
    files = {name: path for one in modules for name, path in sources.files(one).items()}
    return {f"{name.replace('.', '/')}.py": sha256(path) for name, path in files.items()}


def protocol_versions() -> dict[str, str]:
    """Return the versions that a client, a scheduler and a worker must have in common."""
    return {package: installed_version(package) for package in PROTOCOL_PACKAGES}


def difference(
    machine: str, theirs: Mapping[str, str], ours: Mapping[str, str]
) -> ClusterRefused | None:
    """Return an error about the first difference between a machine and this one, if there is any.

    The machine is called such as "the worker tcp://10.0.0.6:4000".
    """
    for name, here in ours.items():
        there = theirs.get(name, "none")
        if here == there:
            continue
        if name.endswith(".py"):
            return ClusterRefused(
                "All machines",
                "have the same source",
                got=f"another {name} on {machine} than here",
                repair="update that machine and restart it.",
            )
        return ClusterRefused(
            "All machines",
            "have the same versions",
            got=f"{name} {there} on {machine} and {here} here",
            repair="install one of them on both.",
        )
    return None
