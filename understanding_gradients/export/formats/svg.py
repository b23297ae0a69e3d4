"""SVG: a drawing per beat, for papers and for pages of any size."""

from __future__ import annotations

from pathlib import Path

from understanding_gradients.export import svg
from understanding_gradients.export.clip_part import ClipPart
from understanding_gradients.export.exporter import Exporter
from understanding_gradients.spec.job import Output


class SvgExporter(Exporter):
    """The outlines of the last frame of every beat; texts are outlines too."""

    output = Output.DRAWINGS
    has_file_per_beat = True
    suffixes = (".svg",)

    def write(self, part: ClipPart, path: Path) -> None:
        """Write the drawing of a beat, with its caption as title and a comment."""
        ((_, beat),) = part.beats
        drawing = part.drawing.read_bytes()
        comment = part.comment(self.digest_of(drawing))
        path.write_bytes(svg.with_comment(drawing, beat.caption or part.title, comment))

    def comment_in(self, content: bytes) -> str:
        """Return the comment in an SVG."""
        return svg.comment_in(content)

    def digest_of(self, content: bytes) -> str:
        """Return the digest of what an SVG draws."""
        return svg.digest_of(content)


EXPORTER = SvgExporter()
