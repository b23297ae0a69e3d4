"""The key of a clip: a digest of everything that could change its picture.

What is not in the key must not be able to change the picture; what cannot change the picture
should not be in it, or clips are rendered again for nothing.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Collection
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.store import digests
from understanding_gradients.spec.job import Job

# What draws and what encodes. Their own libraries (cairo, pango, FFmpeg) come inside or with them.
DRAWN_BY = (
    "manim",
    "manimpango",
    "pycairo",
    "typst",
    "numpy",
    "contourpy",
    "isosurfaces",
    "mapbox-earcut",
    "skia-pathops",
    "svgelements",
    "pillow",
    "scipy",
    "safetensors",
    "av",
)
WORKER = "understanding_gradients.workers.worker"


def clip_key(job: Job, makes: str = "clip", sources: Sources | None = None) -> str:
    """Return the key under which what is made of `job` is stored.

    Args:
        job: Its material must lie in entries of a store, which know their files' digests.
        makes: "clip", or what else `Task.makes` may be.
        sources: As they are found now, unless given.

    Returns:
        A hexadecimal SHA-256.
    """
    sources = sources or Sources()
    return digest(
        {
            "makes": makes,
            "clip": asdict(job.clip),
            "source": sources.digest([scene_module(job), WORKER]),
            "material": {piece: digests(folder) for piece, folder in job.inputs.items()},
            "theme": job.theme,
            "captions": dict(job.captions),
            "quality": asdict(job.quality),
            "transparent": job.transparent,
            "versions": versions(DRAWN_BY),
        }
    )


def scene_module(job: Job) -> str:
    """Return the dotted name of the module that the scene of `job` lies in."""
    return job.clip.scene.split(":")[0]


def digest(content: Any) -> str:
    """Return the SHA-256 of `content`, which JSON must be able to hold, in any order of keys."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Return the `installed_versions` as they were when this process first asked for them."""
    return installed_versions(packages)


def installed_versions(packages: Collection[str]) -> dict[str, str]:
    """Return the versions of `packages`, of Python, of the machine and of cairo.

    Those of packages are read anew: this process may run longer than they stay as they are.
    """
    found = {package: installed_version(package) for package in packages}
    found["python"] = platform.python_version()
    found["machine"] = platform.machine()
    if "pycairo" in packages:
        found["cairo"] = cairo_version()
    return found


def installed_version(package: str) -> str:
    """Return the version of `package`, or "none" where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def cairo_version() -> str:
    """Return the version of the cairo library, which pycairo finds on the system."""
    try:
        import cairo
    except ImportError:
        return "none"
    return cairo.cairo_version_string()
