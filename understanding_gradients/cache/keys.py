"""Content keys: digests of everything that could change a picture, and of nothing else.

A part that is missing from a key leaves stale pictures; a part too many redraws them for nothing.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Collection
from dataclasses import asdict, fields
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from understanding_gradients.cache.sources import Sources
from understanding_gradients.spec.job import Job, Output
from understanding_gradients.spec.quality import Quality

# The packages that draw and encode. Pango and FFmpeg come with their wheels; cairo is looked up.
RENDER_PACKAGES = (
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
# The digest of what can be seen of a recording, beside it in the store.
SHOWN_FILE = "shown.sha256"
# The modules whose source a segment depends on: they turn a display list into packets. A test
# compares the list with what a worker imports for it.
SEGMENT_MODULES = (
    "scenes.manim_private",
    "understanding_gradients.encode.color",
    "understanding_gradients.encode.h264",
    "understanding_gradients.encode.packets",
    "understanding_gradients.encode.regions",
    "understanding_gradients.render.bounds",
    "understanding_gradients.render.camera",
    "understanding_gradients.render.display_list",
    "understanding_gradients.render.segment",
    "understanding_gradients.spec.quality",
)
SEGMENT_PACKAGES = ("manim", "numpy", "pycairo", "av")


# No pixel depends on these fields of a clip: of its inputs, the recordings themselves are covered.
CLIP_FIELDS_LEFT_OUT = frozenset({"inputs", "rate", "slides"})


def clip_key(job: Job, output: Output = Output.CLIP, sources: Sources | None = None) -> str:
    """Return the key under which the output of `job` is stored.

    It covers every field of the job and of its clip except CLIP_FIELDS_LEFT_OUT, and of its
    recordings what can be seen. These must be store entries.
    """
    from scenes.typesetting.fonts import fonts_digest

    sources = sources or Sources()
    clip = {
        name: value for name, value in asdict(job.clip).items() if name not in CLIP_FIELDS_LEFT_OUT
    }
    return digest(
        {
            **{field.name: getattr(job, field.name) for field in fields(job)},
            "output": output,
            "clip": clip,
            "source": sources.digest([scene_module(job), WORKER]),
            "inputs": {name: shown_of(folder) for name, folder in job.inputs.items()},
            "quality": asdict(job.quality),
            "versions": versions(RENDER_PACKAGES),
            "fonts": fonts_digest(),
        }
    )


def shown_of(recording: Path) -> str:
    """Return the digest of what can be seen of a recording, an entry of the store."""
    return (recording / SHOWN_FILE).read_text(encoding="ascii")


def segment_key(frames: str, background: str, quality: Quality) -> str:
    """Return the key of an encoded segment, by digests of its display lists and its background."""
    return digest(
        {
            "frames": frames,
            "background": background,
            "quality": asdict(quality),
            "source": segment_source(),
            "versions": versions(SEGMENT_PACKAGES),
        }
    )


@cache
def segment_source() -> str:
    """Return the digest of SEGMENT_MODULES when this process first asked for it."""
    return Sources().digest(SEGMENT_MODULES)


def scene_module(job: Job) -> str:
    """Return the dotted name of the module of the scene of `job`."""
    return job.clip.scene.split(":")[0]


def digest(content: Any) -> str:
    """Return the SHA-256 of `content` as JSON with sorted keys."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Return the `installed_versions` when this process first asked for them."""
    return installed_versions(packages)


def installed_versions(packages: Collection[str]) -> dict[str, str]:
    """Return the versions of `packages`, of Python, of the machine type and of cairo.

    They are read anew at each call: a long-running process may see packages change.
    """
    found = {package: installed_version(package) for package in packages}
    found["python"] = platform.python_version()
    found["machine"] = platform.machine()
    if "pycairo" in packages:
        found["cairo"] = cairo_version()
    return found


def installed_version(package: str) -> str:
    """Return the version of `package`, or "none" if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def cairo_version() -> str:
    """Return the version of the system's cairo library."""
    try:
        import cairo
    except ImportError:
        return "none"
    return cairo.cairo_version_string()
