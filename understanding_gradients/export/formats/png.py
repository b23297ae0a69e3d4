"""PNG: a still per beat."""

from __future__ import annotations

from pathlib import Path

from understanding_gradients.export.clip_part import ClipPart
from understanding_gradients.export.comments import COMMENT, comment_in_image
from understanding_gradients.export.digests import digest_of_image
from understanding_gradients.export.exporter import Exporter
from understanding_gradients.spec.job import Output


class PngExporter(Exporter):
    """The last frame of every beat."""

    output = Output.STILLS
    options = ("transparent",)
    has_file_per_beat = True
    suffixes = (".png",)

    def write(self, part: ClipPart, path: Path) -> None:
        """Write the still of a beat, with a comment."""
        from PIL import Image
        from PIL.PngImagePlugin import PngInfo

        text = PngInfo()
        text.add_text(COMMENT, part.comment(self.digest_of(part.still.read_bytes())))
        with Image.open(part.still) as image:
            image.save(path, pnginfo=text)

    def comment_in(self, content: bytes) -> str:
        """Return the comment in a PNG."""
        return comment_in_image(content, "PNG")

    def digest_of(self, content: bytes) -> str:
        """Return the digest of the pixels of a PNG."""
        return digest_of_image(content, "PNG")


EXPORTER = PngExporter()
