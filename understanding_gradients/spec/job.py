"""What a worker is told: one clip, what it is given, and where to put what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scenes.registry import Clip
from understanding_gradients.spec.quality import Quality


@dataclass(frozen=True)
class Job:
    """One clip to be drawn, and everything that its picture depends on besides source and versions.

    Attributes:
        clip: Its row of the registry.
        quality: Frame size and rate.
        theme: "dark" or "light".
        material: The folder in which each piece that the clip needs lies, by piece name.
        captions: The lecturer's captions, by beat name.
    """

    clip: Clip
    quality: Quality
    theme: str = "dark"
    material: Mapping[str, Path] = field(default_factory=dict)
    captions: Mapping[str, str] = field(default_factory=dict)
    transparent: bool = False


@dataclass(frozen=True)
class Task:
    """A job, and what to make of it.

    Attributes:
        job: What to draw.
        makes: "takes" for the takes that the parent process wants, "stills" for a PNG a beat, a
            name in `spec.codecs.CODECS` for a video of that kind, "survey" for the keys of
            all takes, which are told and not drawn, "count" for nothing more than the
            `BEATS_FILE` that comes with all of them.
        folder: The existing folder that receives the files.
        store: The folder of the store, in which takes are kept.
        scratch: An existing folder for what Manim may write besides, such as its Tex files.
        source: A digest of the worker's source when the job was given.
        counts: Whether to count the frames before the first take.
    """

    job: Job
    makes: str
    folder: Path
    store: Path
    scratch: Path
    source: str
    counts: bool = False


CLIP_FILE = "clip.mp4"
BEATS_FILE = "beats.json"


@dataclass(frozen=True)
class Beat:
    """A beat as it lies in a finished clip.

    Attributes:
        name: Unique within the clip.
        caption: What a subtitle says during it; may be empty.
        start: Its first frame.
        end: The frame after its last.

    Raises:
        ValueError: If files cannot be called by the name.
    """

    name: str
    caption: str
    start: int
    end: int

    def __post_init__(self) -> None:
        """Check the name, which files are called by."""
        if not self.name.isprintable() or "/" in self.name or "\\" in self.name:
            raise ValueError(f"A beat must have a plain name; got {self.name!r}.")


@dataclass(frozen=True)
class Timeline:
    """How a finished clip is divided.

    Attributes:
        frame_rate: Frames a second.
        frames: How many the clip has.
        beats: In order.
    """

    frame_rate: int
    frames: int
    beats: tuple[Beat, ...]

    def save(self, folder: Path) -> None:
        """Write `BEATS_FILE` into `folder`."""
        (folder / BEATS_FILE).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Timeline:
        """Read `BEATS_FILE` from `folder`.

        Raises:
            RuntimeError: If it does not say how a clip is divided.
        """
        try:
            stored = json.loads((folder / BEATS_FILE).read_text(encoding="utf-8"))
            beats = tuple(Beat(**beat) for beat in stored.pop("beats"))
            return cls(beats=beats, **stored)
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise RuntimeError(
                f"{folder} must hold a whole clip; its {BEATS_FILE} does not: "
                f"{str(error).rstrip('.')}: delete that folder, and the clip is drawn again."
            ) from error


def still_name(position: int, beat: str) -> str:
    """Return the file name of the still of the beat at `position`, counted from 0."""
    return f"{position + 1:02d}-{beat}.png"


def write_task(task: Task, path: Path) -> None:
    """Write `task` as JSON."""
    path.write_text(json.dumps(asdict(task), default=str, indent=1), encoding="utf-8")


def read_task(path: Path) -> Task:
    """Read what `write_task` wrote."""
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    job = stored["job"]
    clip = job["clip"] | {"inputs": tuple(job["clip"]["inputs"])}
    return Task(
        job=Job(
            clip=Clip(**clip),
            quality=Quality(**job["quality"]),
            theme=job["theme"],
            material={name: Path(folder) for name, folder in job["material"].items()},
            captions=job["captions"],
            transparent=job["transparent"],
        ),
        makes=stored["makes"],
        folder=Path(stored["folder"]),
        store=Path(stored["store"]),
        scratch=Path(stored["scratch"]),
        source=stored["source"],
        counts=stored["counts"],
    )
