"""What must be the same on every machine, so that a clip is one film: versions and source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from understanding_gradients.cache.keys import (
    RENDER_PACKAGES,
    WORKER,
    installed_version,
    installed_versions,
)
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.store import sha256

# Both ends of a connection must be of one version.
SPOKEN_BY = ("dask", "distributed", "msgpack")
# What runs on the other machine, before any scene.
REMOTE = "understanding_gradients.cluster.tasks"


def facts(modules: Iterable[str] = ()) -> dict[str, str]:
    """Return what this machine draws with, by name.

    Args:
        modules: Dotted names of the scenes' modules.

    Returns:
        The versions of packages, of Python and of cairo, and a digest of each source file that
        the scenes, a worker and this package's part on the other machine are made of.
    """
    return installed_versions((*RENDER_PACKAGES, *SPOKEN_BY)) | sources((REMOTE, WORKER, *modules))


def running() -> dict[str, str]:
    """Return those of the `facts` that a worker keeps as it loaded them, whatever is changed."""
    return spoken() | sources([REMOTE])


def sources(modules: Iterable[str]) -> dict[str, str]:
    """Return a digest of each source file that `modules` are made of, by the file's name."""
    found = Sources()
    files = {name: path for one in modules for name, path in found.files(one).items()}
    return {f"{name.replace('.', '/')}.py": sha256(path) for name, path in files.items()}


def spoken() -> dict[str, str]:
    """Return what this machine talks with, by name: all that must be alike at a scheduler."""
    return {package: installed_version(package) for package in SPOKEN_BY}


def difference(whose: str, theirs: Mapping[str, str], ours: Mapping[str, str]) -> str | None:
    """Return in a sentence what another machine has otherwise than this one; None if nothing.

    Args:
        whose: Such as "the worker tcp://10.0.0.6:4000".
        theirs: Its `facts`.
        ours: Those of the machine that wants something drawn.
    """
    for name in ours:
        here, there = ours[name], theirs.get(name, "none")
        if here == there:
            continue
        if name.endswith(".py"):
            return (
                f"All machines must have the same source; {whose} has another "
                f"{name} than this one: bring it up to date, and restart it."
            )
        return (
            f"All machines must have the same versions; {whose} has {name} {there} "
            f"and this one {here}: install one of them on both."
        )
    return None
