"""PDF: a handout for printing, with a page per beat; of one beat, its picture alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from understanding_gradients.export.clip_part import ClipPart
from understanding_gradients.export.exporter import Exporter
from understanding_gradients.spec.job import Output


class PdfExporter(Exporter):
    """The last frame of every beat on a page, with its caption; one beat is a figure for papers."""

    output = Output.DRAWINGS
    theme = "light"

    def check_captions(self, captions: Mapping[str, str]) -> None:
        """Check that the fonts have every character of the captions."""
        from scenes.typesetting.fonts import check_characters

        check_characters((f'captions."{place}"', text) for place, text in captions.items())

    def write(self, part: ClipPart, path: Path) -> None:
        """Write a document."""
        from understanding_gradients.export.handout import Page, write_figure, write_handout

        pages = [
            Page(beat.name, beat.caption, part.at(position).drawing)
            for position, beat in part.beats
        ]
        if part.position is None:
            write_handout(part.title, pages, path)
        else:
            write_figure(part.title, pages[0], path)


EXPORTER = PdfExporter()
