"""What a person is told about clips."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

from scenes.registry import Clip
from understanding_gradients.cache.keys import clip_key
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.store import Store
from understanding_gradients.spec.job import Job, Output
from understanding_gradients.spec.quality import QUALITIES
from understanding_gradients.spec.timeline import Timeline
from understanding_gradients.workers.pool import RenderResult

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


def known_timelines(jobs: Iterable[Job], store: Store) -> dict[str, Path]:
    """Return the folder, by slug, of each clip that was once drawn and so knows its beats."""
    found = {}
    sources = Sources()
    for job in jobs:
        sizes = [replace(job, quality=quality) for quality in QUALITIES.values()]
        for size, makes in product(sizes, (Output.CLIP, Output.STILLS)):
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


def summary(made: RenderResult) -> str:
    """Return in a few words what a film is made of."""
    timelines = [Timeline.load(entry) for entry in made.entries.values()]
    found = len(made.entries) - len(made.rendered)
    return (
        f"{duration(timelines)} min, {len(timelines)} clips, "
        f"{len(made.rendered)} drawn and {found} found finished"
    )
