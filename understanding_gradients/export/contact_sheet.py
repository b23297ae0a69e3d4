"""Contact sheets: the last frame of every beat, to be looked at as a stranger would."""

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
        slug: Of its clip.
        beat: Its name.
        path: Of its PNG.
    """

    slug: str
    beat: str
    path: Path


def stills_of(slug: str, entry: Path) -> list[Still]:
    """Return the stills that a worker left in `entry`, in order."""
    beats = Timeline.load(entry).beats
    return [
        Still(slug, beat.name, entry / still_name(position, beat.name))
        for position, beat in enumerate(beats)
    ]


def write_sheets(entries: Mapping[str, Path], folder: Path) -> list[Path]:
    """Write contact sheets of the clips in `entries` into `folder`, and return their paths.

    Args:
        entries: The folder of each clip's stills, by slug, in the order of the sheet.
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


def write_stills(
    entries: Mapping[str, Path], folder: Path, width: int, wanted: Iterable[tuple[str, str]]
) -> list[Path]:
    """Write small stills as `folder`/SLUG.BEAT.png, and return their paths.

    Args:
        entries: The folder of each clip's stills, by slug.
        folder: Receives them.
        width: Of a small still, in pixels.
        wanted: Slug and beat of each; the last beat where "" is named. A clip that `entries` lacks
            is passed over.

    Raises:
        ValueError: If a clip has no such beat; nothing is written then.
    """
    chosen = [
        still_of(stills_of(slug, entries[slug]), beat) for slug, beat in wanted if slug in entries
    ]
    written = []
    for still in chosen:
        with Image.open(still.path) as image:
            small = image.resize(
                (width, round(image.height * width / image.width)), Image.Resampling.LANCZOS
            )
        path = folder / f"{still.slug}.{still.beat}.png"
        with atomic_write(path) as unfinished:
            # 256 colours suffice for flat graphics and keep a repository small.
            small.quantize(256).save(unfinished, format="PNG", optimize=True)
        written.append(path)
    return written


def still_of(stills: Sequence[Still], beat: str) -> Still:
    """Return the still of `beat`, or the last one if it is ""."""
    if not beat:
        return stills[-1]
    for still in stills:
        if still.beat == beat:
            return still
    known = ", ".join(still.beat for still in stills)
    raise InvalidValue(f"A beat of {stills[0].slug}", f"be one of {known}", got=f"'{beat}'")


def pages(stills: Sequence[Still]) -> Iterator[Sequence[Still]]:
    """Cut the stills into pages."""
    size = COLUMNS * ROWS
    for first in range(0, len(stills), size):
        yield stills[first : first + size]


def draw_page(stills: Sequence[Still]) -> Image.Image:
    """Return one page: the stills in rows, each under its clip and beat."""
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
