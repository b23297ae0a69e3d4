"""WebM with a transparent background, for slides of any color."""

from __future__ import annotations

from understanding_gradients.export.trim import VideoExporter
from understanding_gradients.spec.job import Output


class WebmExporter(VideoExporter):
    """The transparent video, or the frames of one beat of it."""

    output = Output.WEBM
    container = "matroska"
    options = ("transparent",)
    is_transparent = True
    suffixes = (".webm",)


EXPORTER = WebmExporter()
