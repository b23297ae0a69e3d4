"""Contact sheets and small stills: the last frames of beats as pictures for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from descent._files.atomic_write import atomic_write
from descent.checks.errors import InvalidValue
from understanding_gradients.spec.timeline import Timeline, still_name

TILE = (960, 540)
LABEL_HEIGHT = 34
GAP = 12
COLUMNS, ROWS = 2, 4
PAPER, INK = "#7A7F86", "#FFFFFF"


@dataclass(frozen=True)
class Still:
    """The last frame of one beat.

    Attributes:
        slug: The slug of its clip.
        beat: The name of the beat.
        path: The PNG.
    """

    slug: str
    beat: str
    path: Path


def stills_of(slug: str, entry: Path) -> list[Still]:
    """Return the stills in the store entry of a clip, in order."""
    beats = Timeline.load(entry).beats
    return [
        Still(slug, beat.name, entry / still_name(position, beat.name))
        for position, beat in enumerate(beats)
    ]


def find_still(stills: Sequence[Still], beat: str) -> Still:
    """Return the still of `beat`, or the last one if it is "".

    Raises:
        InvalidValue: If there is no such beat.
    """
    if not beat:
        return stills[-1]
    for still in stills:
        if still.beat == beat:
            return still
    known = ", ".join(still.beat for still in stills)
    raise InvalidValue(
        "A still", f"be of one of {stills[0].slug}'s beats, {known}", beat, got=f"'{beat}'"
    )


def write_sheets(entries: Mapping[str, Path], folder: Path) -> list[Path]:
    """Write contact sheets of the clips in `entries`, and return their paths.

    Args:
        entries: The store entry of each clip's stills, by slug, in the order of the sheets.
        folder: Receives sheet-01.png and so on.
    """
    stills = [still for slug, entry in entries.items() for still in stills_of(slug, entry)]
    written = []
    for number, page in enumerate(pages(stills), start=1):
        path = folder / f"sheet-{number:02d}.png"
        with atomic_write(path) as unfinished:
            draw_page(page).save(unfinished, format="PNG")
        written.append(path)
    return written


def write_stills(stills: Iterable[Still], folder: Path, width: int) -> list[Path]:
    """Write stills as `folder`/SLUG.BEAT.png, `width` pixels wide, and return their paths."""
    written = []
    for still in stills:
        with Image.open(still.path) as image:
            size = width, round(image.height * width / image.width)
            small = image.resize(size, Image.Resampling.LANCZOS)
        path = folder / f"{still.slug}.{still.beat}.png"
        with atomic_write(path) as unfinished:
            # 256 colors suffice for flat graphics, and keep a repository small.
            small.quantize(256).save(unfinished, format="PNG", optimize=True)
        written.append(path)
    return written


def pages(stills: Sequence[Still]) -> Iterator[Sequence[Still]]:
    """Yield the stills of each page."""
    size = COLUMNS * ROWS
    for first in range(0, len(stills), size):
        yield stills[first : first + size]


def draw_page(stills: Sequence[Still]) -> Image.Image:
    """Return one page: the stills in rows, each below the names of its clip and its beat."""
    rows = -(-len(stills) // COLUMNS)
    cell = (TILE[0] + GAP, TILE[1] + LABEL_HEIGHT + GAP)
    page = Image.new("RGB", (COLUMNS * cell[0] + GAP, rows * cell[1] + GAP), PAPER)
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default(24)
    for position, still in enumerate(stills):
        left = GAP + position % COLUMNS * cell[0]
        top = GAP + position // COLUMNS * cell[1]
        pen.text((left + 2, top), f"{still.slug} · {still.beat}", INK, font)
        with Image.open(still.path) as image:
            page.paste(image.resize(TILE, Image.Resampling.LANCZOS), (left, top + LABEL_HEIGHT))
    return page
