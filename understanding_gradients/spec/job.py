"""What to render: a clip with its inputs, and what to make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from scenes.registry import Clip
from understanding_gradients.spec.quality import Quality


class Output(StrEnum):
    """What is made of a clip; every output comes with the clip's timeline.

    Attributes:
        CLIP: The H.264 video, concatenated from segments.
        SEGMENTS: The segments that a worker claims.
        SEGMENT_KEYS: The cache key of every segment; nothing is drawn.
        FRAME_COUNT: Only the timeline.
        STILLS: The last frame of every beat as PNG.
        DRAWINGS: The last frame of every beat as SVG.
        WEBM: A transparent video.
        PRORES: A transparent video for editing.
        LOSSLESS: A lossless video.
    """

    CLIP = "clip"
    SEGMENTS = "segments"
    SEGMENT_KEYS = "segment_keys"
    FRAME_COUNT = "frame_count"
    STILLS = "stills"
    DRAWINGS = "drawings"
    WEBM = "webm"
    PRORES = "prores"
    LOSSLESS = "lossless"


@dataclass(frozen=True)
class Job:
    """One clip to render, and all that its frames depend on except source and versions.

    Attributes:
        clip: Its entry in the registry.
        quality: Frame size and frame rate.
        theme: "dark" or "light".
        inputs: The folder of each recording that the clip needs, by name.
        transparent: Whether the background is transparent.
    """

    clip: Clip
    quality: Quality
    theme: str = "dark"
    inputs: Mapping[str, Path] = field(default_factory=dict)
    transparent: bool = False


@dataclass(frozen=True)
class Task:
    """A job for a worker process.

    Attributes:
        job: What to render.
        output: What to make of it; never `Output.CLIP`, which is concatenated by the parent.
        folder: An existing folder for the files.
        store: The folder of the store that keeps segments.
        temporary_folder: An existing folder for Manim's own files, such as its Tex files.
        source: A digest of the worker's source when the task was created.
        count_first: Whether to count the frames before the first segment is drawn.
        first_beat: The beat whose still is drawn first; "" for any.
    """

    job: Job
    output: Output
    folder: Path
    store: Path
    temporary_folder: Path
    source: str
    count_first: bool = False
    first_beat: str = ""
