"""MP4, for PowerPoint and Keynote."""

from __future__ import annotations

from understanding_gradients.export.trim import VideoExporter
from understanding_gradients.spec.job import Output


class Mp4Exporter(VideoExporter):
    """The finished video, or the frames of one beat of it."""

    output = Output.CLIP
    container = "mp4"
    suffixes = (".mp4", ".m4v")


EXPORTER = Mp4Exporter()
