"""GIF, which plays in every program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from understanding_gradients.export.clip_part import ClipPart
from understanding_gradients.export.comments import comment_in_image
from understanding_gradients.export.digests import short_digest
from understanding_gradients.export.exporter import Exporter
from understanding_gradients.spec.codecs import VIDEO_FILES
from understanding_gradients.spec.job import Output
from understanding_gradients.spec.quality import Quality


class GifExporter(Exporter):
    """An animation of the clip or of one beat, no larger than the option `max_mb`."""

    output = Output.LOSSLESS
    options = ("max_mb",)
    # Small, and each frame lasts a whole number of hundredths of a second.
    quality = Quality("gif", 960, 540, 20)
    suffixes = (".gif",)

    def write(self, part: ClipPart, path: Path) -> None:
        """Write an animation."""
        from understanding_gradients.export.gif_writer import write_gif

        video = part.entry / VIDEO_FILES[self.output]
        write_gif(video, *part.frames, path, part.options.max_mb, self._comment(part))

    def comment_in(self, content: bytes) -> str:
        """Return the comment in a GIF."""
        return comment_in_image(content, "GIF")

    def digest_of(self, content: bytes) -> str:
        """Return the digest of a GIF without its comment."""
        from understanding_gradients.export.gif_writer import without_comment

        return short_digest(without_comment(content))

    def _comment(self, part: ClipPart) -> Callable[[bytes], str]:
        return lambda content: part.comment(self.digest_of(content))


EXPORTER = GifExporter()
