"""MOV with ProRes 4444 and a transparent background, for Keynote and programs that edit video."""

from __future__ import annotations

from understanding_gradients.export.trim import VideoExporter
from understanding_gradients.spec.job import Output


class MovExporter(VideoExporter):
    """The transparent video, or the frames of one beat of it."""

    output = Output.PRORES
    container = "mov"
    options = ("transparent",)
    is_transparent = True
    suffixes = (".mov",)


EXPORTER = MovExporter()
