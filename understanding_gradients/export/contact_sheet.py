"""Contact sheets and small stills: the last frames of beats as pictures for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from descent._files.atomic_write import atomic_write
from understanding_gradients.export.clip_part import ClipPart, beat_position

TILE = (960, 540)
LABEL_HEIGHT = 34
GAP = 12
COLUMNS, ROWS = 2, 4
PAPER, INK = "#7A7F86", "#FFFFFF"
KEY = "The beat of a still"
ROUNDS = 3  # of k-means, after which no color of a still is far from its own


def chosen_stills(clips: Iterable[ClipPart], chosen: Iterable[tuple[str, str]]) -> list[ClipPart]:
    """Return the still of each slug and beat in `chosen`; the beat "" is the last one.

    Clips that are not among `clips` are left out.
    """
    found = {clip.slug: clip for clip in clips}
    return [
        found[slug].at(beat_position(beat or found[slug].timeline.beats[-1].name, found[slug], KEY))
        for slug, beat in dict.fromkeys(chosen)
        if slug in found
    ]


def write_sheets(clips: Iterable[ClipPart], folder: Path) -> list[Path]:
    """Write sheet-01.png and so on into `folder`, with the stills of `clips`; return the paths."""
    stills = [still for clip in clips for still in clip.each_beat]
    written = []
    for number, page in enumerate(pages(stills), start=1):
        path = folder / f"sheet-{number:02d}.png"
        with atomic_write(path) as unfinished:
            draw_page(page).save(unfinished, format="PNG")
        written.append(path)
    return written


def write_stills(stills: Iterable[ClipPart], folder: Path, width: int) -> list[Path]:
    """Write stills as `folder`/SLUG.BEAT.png, `width` pixels wide, and return their paths."""
    written = []
    for still in stills:
        with Image.open(still.still) as image:
            size = width, round(image.height * width / image.width)
            small = image.resize(size, Image.Resampling.LANCZOS)
        path = folder / f"{still.slug}.{still.beat_name}.png"
        with atomic_write(path) as unfinished:
            # 256 colors suffice for flat graphics, and keep a repository small; the method is one
            # that keeps colors of few pixels too, so that a word has the color of what it names.
            few = small.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=ROUNDS)
            few.save(unfinished, format="PNG", optimize=True)
        written.append(path)
    return written


def pages(stills: Sequence[ClipPart]) -> Iterator[Sequence[ClipPart]]:
    """Yield the stills of each page."""
    size = COLUMNS * ROWS
    for first in range(0, len(stills), size):
        yield stills[first : first + size]


def draw_page(stills: Sequence[ClipPart]) -> Image.Image:
    """Return one page: the stills in rows, each below the names of its clip and its beat."""
    rows = -(-len(stills) // COLUMNS)
    cell = (TILE[0] + GAP, TILE[1] + LABEL_HEIGHT + GAP)
    page = Image.new("RGB", (COLUMNS * cell[0] + GAP, rows * cell[1] + GAP), PAPER)
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default(24)
    for position, still in enumerate(stills):
        left = GAP + position % COLUMNS * cell[0]
        top = GAP + position // COLUMNS * cell[1]
        pen.text((left + 2, top), f"{still.slug} · {still.beat_name}", INK, font)
        with Image.open(still.still) as image:
            page.paste(image.resize(TILE, Image.Resampling.LANCZOS), (left, top + LABEL_HEIGHT))
    return page
