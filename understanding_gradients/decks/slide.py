"""A slide: one beat of one clip, with the files that it shows and its texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from understanding_gradients.export.clip_part import ClipPart
from understanding_gradients.export.exporter import export


@dataclass(frozen=True)
class Slide:
    """The files and texts of one slide; its title is unique in the deck."""

    clip: str
    title: str
    caption: str
    video: Path
    still: Path
    seconds: float

    @property
    def description(self) -> str:
        """The alternative text of the video."""
        return self.caption or self.title

    @property
    def background(self) -> tuple[int, int, int]:
        """The color of the film's background: red, green and blue of the still's first pixel."""
        with Image.open(self.still) as image:
            red, green, blue = image.convert("RGB").crop((0, 0, 1, 1)).tobytes()
        return red, green, blue


def slide_title(clip: str, number: int, count: int) -> str:
    """Return the title of the slide of a clip's beat, counted from 1."""
    return f"{clip}, {number} of {count}" if count > 1 else clip


def is_dark(color: tuple[int, int, int]) -> bool:
    """Return whether text on a background of this color must be light."""
    return max(color) < 128


def write_slides(
    clips: Iterable[ClipPart], stills: Iterable[ClipPart], folder: Path
) -> Iterator[Slide]:
    """Write an MP4 and a PNG per beat into `folder`, and yield a slide of each.

    `stills` are the same clips as `clips`, rendered as `Output.STILLS`.
    """
    for clip, images in zip(clips, stills, strict=True):
        count = len(clip.beats)
        for number, (part, image) in enumerate(
            zip(clip.each_beat, images.each_beat, strict=True), start=1
        ):
            ((_, beat),) = part.beats
            (video,) = export([part], folder, "mp4")
            (still,) = export([image], folder, "png")
            yield Slide(
                clip=clip.slug,
                title=slide_title(clip.title, number, count),
                caption=beat.caption,
                video=video,
                still=still,
                seconds=(beat.end - beat.start) / clip.timeline.frame_rate,
            )
