"""PNG: a still per beat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from understanding_gradients.export.clip_part import ClipPart
from understanding_gradients.export.comments import COMMENT, comment_in_image
from understanding_gradients.export.exporter import Exporter
from understanding_gradients.spec.job import Output


class PngExporter(Exporter):
    """The last frame of every beat."""

    output = Output.STILLS
    options = ("transparent",)
    suffixes = (".png",)

    def files(self, part: ClipPart) -> Iterator[tuple[str, Callable[[Path], object]]]:
        """Yield one still per beat."""
        for beat in part.each_beat:
            yield f"{beat.file_stem}.png", partial(write_still, beat.still, beat.comment())

    def comment_in(self, content: bytes) -> str:
        """Return the comment in a PNG."""
        return comment_in_image(content, "PNG")


def write_still(still: Path, comment: str, path: Path) -> None:
    """Write the PNG `still` to `path`, with a comment."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_text(COMMENT, comment)
    with Image.open(still) as image:
        image.save(path, pnginfo=text)


EXPORTER = PngExporter()
