"""A slide: one beat of one clip, as the files that it shows and the words that go with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from understanding_gradients.export.files import Section, export


@dataclass(frozen=True)
class Slide:
    """What is on one slide.

    Attributes:
        clip: The slug of its clip.
        title: Unlike that of any other slide of its deck.
        caption: What is said meanwhile; may be empty.
        video: The MP4 that it plays.
        still: The PNG of the last frame.
        seconds: How long the video lasts.
    """

    clip: str
    title: str
    caption: str
    video: Path
    still: Path
    seconds: float

    @property
    def description(self) -> str:
        """What is told to those who do not see it."""
        return self.caption or self.title

    @property
    def ground(self) -> tuple[int, int, int]:
        """The colour of the film's ground, red, green and blue, as its still has it."""
        with Image.open(self.still) as image:
            red, green, blue = image.convert("RGB").crop((0, 0, 1, 1)).tobytes()
        return red, green, blue


def is_dark(ground: tuple[int, int, int]) -> bool:
    """Return whether what is written on `ground` must be light."""
    return max(ground) < 128


def write_slides(
    clips: Iterable[Section], stills: Iterable[Section], folder: Path
) -> Iterator[Slide]:
    """Write the files of a slide a beat into `folder`, and yield the slides.

    Args:
        clips: Whole clips, made as "clip".
        stills: The same, made as "stills".
        folder: Receives an MP4 and a PNG a beat.
    """
    for clip, pictures in zip(clips, stills, strict=True):
        count = len(clip.beats)
        for number, (part, picture) in enumerate(
            zip(clip.each_beat, pictures.each_beat, strict=True), start=1
        ):
            ((_, beat),) = part.beats
            (video,) = export([part], folder, "mp4")
            (still,) = export([picture], folder, "png")
            yield Slide(
                clip=clip.slug,
                title=f"{clip.title}, {number} of {count}" if count > 1 else clip.title,
                caption=beat.caption,
                video=video,
                still=still,
                seconds=(beat.end - beat.start) / clip.timeline.frame_rate,
            )
