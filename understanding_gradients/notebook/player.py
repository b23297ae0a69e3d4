"""A finished film in memory, and the player that embeds it in a notebook."""

from __future__ import annotations

import html
import os
from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from descent._files.atomic_write import atomic_write
from understanding_gradients.export.subtitles import as_vtt, cues_of
from understanding_gradients.export.targets import writable_file
from understanding_gradients.notebook.recompress import recompress
from understanding_gradients.spec.quality import Quality
from understanding_gradients.spec.timeline import Beat, Timeline

if TYPE_CHECKING:
    from PIL.Image import Image

MEGABYTE = 1e6
POSTER_QUALITY = 85  # of the JPEG
STILL_COLORS = 256  # of the PNG


@dataclass(frozen=True, eq=False)
class Film:
    """A film of a recorded run; Jupyter shows it as the value of a cell.

    A saved notebook contains the whole film, and plays it anywhere, without network or files.

    Attributes:
        title: The title at its top.
        path: The MP4 file in the store.
        video: The bytes of that file: H.264, 4:2:0.
        timeline: Its beats.
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
        """Its duration."""
        return self.timeline.frames / self.timeline.frame_rate

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it to an MP4 file, and return the path.

        Raises:
            ValueError: If the file cannot be written, or has another extension.
        """
        target = writable_file(Path(path), ".mp4")
        with atomic_write(target) as unfinished:
            unfinished.write_bytes(self.video)
        return target

    def __repr__(self) -> str:
        beats = f"{len(self.beats)} beat{'s' * (len(self.beats) != 1)}"
        size = f"{self.quality.width} x {self.quality.height}"
        megabytes = f"{len(self.video) / MEGABYTE:.1f} MB"
        return f'<Film "{self.title}": {beats}, {self.seconds:.1f} s, {size}, {megabytes}>'

    def _repr_html_(self) -> str:
        """Return a player with the recompressed film, its captions and a still of its start."""
        cues = cues_of([self.timeline])
        text = html.escape(" ".join([f"{self.title}.", *(cue.text for cue in cues)]))
        return (
            f'<video controls playsinline preload="metadata" width="{self.quality.width}" '
            'style="max-width: 100%; height: auto" '
            f'aria-label="{html.escape(self.title)}: a film of gradient descent" '
            f'poster="{data_url("image/jpeg", self.poster())}" '
            f'src="{data_url("video/mp4", recompress(self.video))}">'
            '<track kind="captions" srclang="en" label="English" '
            f'src="{data_url("text/vtt", as_vtt(cues).encode())}">'
            f"{text}</video>"
        )

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return its last frame, for readers of a notebook that leave films out."""
        image = BytesIO()
        still = frame_of(self.video, max(self.timeline.frames - 1, 0))
        still.quantize(STILL_COLORS).save(image, format="PNG", optimize=True)
        return image.getvalue(), {"width": self.quality.width, "height": self.quality.height}

    def poster(self) -> bytes:
        """Return the last frame of the first beat, which shows the subject, as a JPEG."""
        image = BytesIO()
        still = frame_of(self.video, self.beats[0].end - 1 if self.beats else 0)
        still.save(image, format="JPEG", quality=POSTER_QUALITY)
        return image.getvalue()


def data_url(media_type: str, content: bytes) -> str:
    """Return a data URL that contains `content`."""
    return f"data:{media_type};base64,{b64encode(content).decode('ascii')}"


def frame_of(video: bytes, number: int) -> Image:
    """Return the frame of an MP4 with this number, from 0, or the last if it has fewer."""
    import av

    container: Any = av.open(BytesIO(video))
    with container:
        *_, frame = islice(container.decode(video=0), number + 1)
        return frame.to_image()
