"""PDF: a handout for printing, with a page per beat."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from understanding_gradients.export.clip_part import ClipPart
from understanding_gradients.export.exporter import Exporter
from understanding_gradients.spec.job import Output


class PdfExporter(Exporter):
    """The last frame of every beat on a page, with its caption."""

    output = Output.STILLS
    theme = "light"

    def check_captions(self, captions: Mapping[str, str]) -> None:
        """Check that the fonts have every character of the captions."""
        from scenes.typesetting.fonts import check_characters

        check_characters((f'captions."{place}"', text) for place, text in captions.items())

    def write(self, part: ClipPart, path: Path) -> None:
        """Write a document."""
        from understanding_gradients.export.handout import Page, write_pdf

        pages = [
            Page(beat.name, beat.caption, part.at(position).still) for position, beat in part.beats
        ]
        write_pdf(part.title, pages, path)


EXPORTER = PdfExporter()
