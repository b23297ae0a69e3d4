"""A finished film in memory, and how a notebook shows it: all of it inside, nothing beside."""

from __future__ import annotations

import html
import os
from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from descent._files.atomic_write import atomic_write
from understanding_gradients.export.subtitles import as_vtt, cues_of
from understanding_gradients.export.targets import writable_file
from understanding_gradients.notebook.recompress import compact
from understanding_gradients.spec.quality import Quality
from understanding_gradients.spec.timeline import Beat, Timeline

MEGABYTE = 1e6
POSTER_QUALITY = 85  # of a JPEG


@dataclass(frozen=True, eq=False)
class Film:
    """A film of a recorded run, which Jupyter shows where it is the value of a cell.

    A saved notebook has the whole film in it, and plays it anywhere, without network or files.

    Attributes:
        title: What stands at its top.
        path: Where the MP4 file is kept.
        video: The bytes of that file: H.264, 4:2:0.
        timeline: How it is divided.
        quality: Frame size and rate.

    Example:
        >>> from pathlib import Path
        >>> from understanding_gradients.spec.timeline import Beat, Timeline
        >>> from understanding_gradients.spec.quality import QUALITIES
        >>> timeline = Timeline(15, 90, (Beat("start", "Here it begins.", 0, 90),))
        >>> Film("A slow descent", Path("clip.mp4"), bytes(10**6), timeline, QUALITIES["draft"])
        <Film "A slow descent": 1 beat, 6.0 s, 854 x 480, 1.0 MB>
    """

    title: str
    path: Path
    video: bytes
    timeline: Timeline
    quality: Quality

    @property
    def beats(self) -> tuple[Beat, ...]:
        """Its beats: name, caption, first frame, the frame after the last."""
        return self.timeline.beats

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.timeline.frames / self.timeline.frame_rate

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it to an MP4 file, and return where that is.

        Raises:
            ValueError: If no such file can be written, or its name ends otherwise.
        """
        place = writable_file(Path(path), ".mp4")
        with atomic_write(place) as unfinished:
            unfinished.write_bytes(self.video)
        return place

    def __repr__(self) -> str:
        beats = f"{len(self.beats)} beat{'s' * (len(self.beats) != 1)}"
        size = f"{self.quality.width} x {self.quality.height}"
        megabytes = f"{len(self.video) / MEGABYTE:.1f} MB"
        return f'<Film "{self.title}": {beats}, {self.seconds:.1f} s, {size}, {megabytes}>'

    def _repr_html_(self) -> str:
        """Return a player with the film, made small, its captions and a still of its start."""
        cues = cues_of([self.timeline])
        told = html.escape(" ".join([f"{self.title}.", *(cue.text for cue in cues)]))
        return (
            f'<video controls playsinline preload="metadata" width="{self.quality.width}" '
            'style="max-width: 100%; height: auto" '
            f'aria-label="{html.escape(self.title)}: a film of gradient descent" '
            f'poster="{embedded("image/jpeg", self.poster())}" '
            f'src="{embedded("video/mp4", compact(self.video))}">'
            '<track kind="captions" srclang="en" label="English" '
            f'src="{embedded("text/vtt", as_vtt(cues).encode())}">'
            f"{told}</video>"
        )

    def poster(self) -> bytes:
        """Return the last frame of the first beat, which shows what it is about, as a JPEG."""
        number = self.beats[0].end - 1 if self.beats else 0
        return jpeg_of_frame(self.video, number)


def embedded(kind: str, content: bytes) -> str:
    """Return `content` as an address that has all of it in itself."""
    return f"data:{kind};base64,{b64encode(content).decode('ascii')}"


def jpeg_of_frame(video: bytes, number: int) -> bytes:
    """Return a frame of an MP4, counted from 0, as a JPEG."""
    import av

    container: Any = av.open(BytesIO(video))
    with container:
        frame = next(
            frame for place, frame in enumerate(container.decode(video=0)) if place == number
        )
        picture = BytesIO()
        frame.to_image().save(picture, format="JPEG", quality=POSTER_QUALITY)
    return picture.getvalue()
