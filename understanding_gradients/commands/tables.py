"""Tables and summaries of clips for the terminal."""

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
from understanding_gradients.spec.timeline import Timeline, clock_time
from understanding_gradients.workers.results import RenderResult

HEADINGS = ("clip", "title", "beats", "time", "slides")


def table(clips: Sequence[Clip], entries: Mapping[str, Path]) -> str:
    """Return a line per clip: slug, title, beats, duration, deck slides; "?" where unknown."""
    rows: list[tuple[str, ...]] = [HEADINGS]
    for clip in clips:
        title, beats, time = clip.title, "?", "?"
        if clip.slug in entries:
            timeline = Timeline.load(entries[clip.slug])
            title = timeline.title or title
            beats, time = str(len(timeline.beats)), duration([timeline])
        rows.append((clip.slug, title, beats, time, clip.slides))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def known_timelines(jobs: Iterable[Job], store: Store) -> dict[str, Path]:
    """Return the folder with the timeline of each clip that was drawn before, by slug."""
    found = {}
    sources = Sources()
    for job in jobs:
        sizes = [replace(job, quality=quality) for quality in QUALITIES.values()]
        for size, output in product(sizes, (Output.CLIP, Output.STILLS)):
            entry = store.find(clip_key(size, output, sources))
            if entry is not None:
                found[job.clip.slug] = entry
                break
    return found


def beats_in(entries: Mapping[str, Path]) -> Iterator[str]:
    """Yield every beat of `entries` as SLUG.BEAT, its key under [captions]."""
    for slug, entry in entries.items():
        for beat in Timeline.load(entry).beats:
            yield f"{slug}.{beat.name}"


def duration(timelines: Sequence[Timeline]) -> str:
    """Return the duration of clips together."""
    return clock_time(round(sum(one.frames / one.frame_rate for one in timelines)))


def film_summary(result: RenderResult) -> str:
    """Return the last line of a film: its duration, and how many clips were drawn."""
    timelines = [Timeline.load(entry) for entry in result.entries.values()]
    found = len(result.entries) - len(result.rendered)
    return (
        f"{duration(timelines)} min, {len(timelines)} clips, "
        f"{len(result.rendered)} drawn and {found} found finished"
    )
