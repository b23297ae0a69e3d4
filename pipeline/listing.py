"""What a person is told about clips, and the files they are handed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

from pipeline.job import CLIP_FILE, Job, Timeline, still_name
from pipeline.keys import clip_key
from pipeline.outputs import replacing
from pipeline.quality import QUALITIES
from pipeline.sources import Sources
from pipeline.store import Store
from pipeline.workers import Made
from scenes.registry import Clip

HEADINGS = ("clip", "title", "beats", "time", "slides")


def table(clips: Sequence[Clip], entries: Mapping[str, Path]) -> str:
    """Return a line a clip: slug, title, beats, duration, deck slides.

    Args:
        clips: In the order of the table.
        entries: The folder with each clip's timeline, by slug; "?" stands where one is missing.
    """
    rows: list[tuple[str, ...]] = [HEADINGS]
    for clip in clips:
        known = Timeline.load(entries[clip.slug]) if clip.slug in entries else None
        beats = str(len(known.beats)) if known else "?"
        rows.append(
            (clip.slug, clip.title, beats, duration([known]) if known else "?", clip.slides)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def divided_already(jobs: Iterable[Job], store: Store) -> dict[str, Path]:
    """Return the folder, by slug, of each clip that was once drawn and so knows its beats."""
    found = {}
    sources = Sources()
    for job in jobs:
        sizes = [replace(job, quality=quality) for quality in QUALITIES.values()]
        for size, makes in product(sizes, ("clip", "stills")):
            entry = store.find(clip_key(size, makes, sources))
            if entry is not None:
                found[job.clip.slug] = entry
                break
    return found


def beats_in(entries: Mapping[str, Path]) -> Iterator[str]:
    """Yield every beat of `entries` as SLUG.BEAT, which is how [captions] calls it."""
    for slug, entry in entries.items():
        for beat in Timeline.load(entry).beats:
            yield f"{slug}.{beat.name}"


def duration(timelines: Sequence[Timeline]) -> str:
    """Return how long clips are together, as minutes:seconds."""
    seconds = round(sum(timeline.frames / timeline.frame_rate for timeline in timelines))
    return f"{seconds // 60}:{seconds % 60:02d}"


def summary(made: Made) -> str:
    """Return in a few words what a film is made of."""
    timelines = [Timeline.load(entry) for entry in made.entries.values()]
    found = len(made.entries) - len(made.fresh)
    return (
        f"{duration(timelines)} min, {len(timelines)} clips, "
        f"{len(made.fresh)} drawn and {found} found finished"
    )


def export(entries: Mapping[str, Path], folder: Path, kind: str) -> Iterator[Path]:
    """Copy clips, or their stills, out of the store, and yield the paths of the copies.

    Args:
        entries: The store's folder of each clip, by slug.
        folder: Receives SLUG.mp4, or SLUG-01-BEAT.png and so on.
        kind: "mp4" or "png".
    """
    for slug, entry in entries.items():
        beats = Timeline.load(entry).beats
        names = {f"{slug}.mp4": CLIP_FILE}
        if kind == "png":
            stills = [still_name(n, beat.name) for n, beat in enumerate(beats)]
            names = {f"{slug}-{still}": still for still in stills}
        for name, stored in names.items():
            with replacing(folder / name) as unfinished:
                shutil.copyfile(entry / stored, unfinished)
            yield folder / name
