"""The command `render.py deck`: a presentation made anew, or one whose clips are refreshed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.decks import browser, powerpoint
from pipeline.decks.refresh import SWAPPED, Refresher, destination
from pipeline.decks.report import report
from pipeline.decks.slide import write_slides
from pipeline.decks.talk import Talk, read_talk
from pipeline.desk import Desk, refusals, shown
from pipeline.exports import sections
from pipeline.plan import asked, wished
from pipeline.quality import QUALITIES

MAKERS = {"pptx": powerpoint, "html": browser}


def make(
    desk: Desk,
    kind: str,
    title: str,
    *,
    slugs: tuple[str, ...],
    learning_rate: str | None,
    quality: str,
    jobs: int | None,
    limit: float,
    output: Path | None,
    **wishes: Any,
) -> Path:
    """Make a presentation of the lecture, or of the clips called `slugs`; return what to open.

    Args:
        desk: Where the work is done.
        kind: One of `MAKERS`.
        title: Of the whole lecture.
        slugs: Which clips; all that are in the film if none is named.
        learning_rate: As typed.
        quality: Its name.
        jobs: How many workers; one a core unless given.
        limit: How many seconds a clip may take.
        output: Where it goes, if that was said.
        **wishes: As for `pipeline.plan.asked`.
    """
    maker = MAKERS[kind]
    with desk.pool(jobs, limit) as pool:
        with refusals():
            settings, clips = asked(slugs=slugs, learning_rate=learning_rate, **wishes)
            path = maker.place(output, desk.media)
            planned = desk.plan(settings, clips, QUALITIES[quality], pool)
        films = desk.make(planned, "clip", pool)
        desk.report(films)
        stills = desk.make(planned, "stills", pool)
        desk.report(stills)
    said = wished(quality=quality, learning_rate=learning_rate, **wishes)
    parts = [sections(clips, made.entries, wishes=said) for made in (films, stills)]
    title = clips[0].title if len(clips) == 1 else title
    with desk.alone_in(path.parent):
        return maker.write(partial(write_slides, *parts), path, title)


def refresh(
    desk: Desk,
    path: Path,
    dry_run: bool,
    *,
    settings_path: Path,
    loss: str | None,
    jobs: int | None,
    limit: float,
    output: Path | None,
) -> Iterator[str]:
    """Swap the clips in the presentation at `path` for fresh ones, and yield what is to be said.

    Args:
        desk: Where the work is done.
        path: Of the presentation.
        dry_run: Whether it is only said what would be swapped.
        settings_path: Of today's settings.
        loss: A loss FILE.py:NAME that clips may be drawn with.
        jobs: How many workers; one a core unless given.
        limit: How many seconds a clip may take.
        output: Where it goes, if that was said.
    """
    with refusals():
        asked(settings_path)
        talk = talk_of_ours(path)
        fresh = path if dry_run else destination(path, output)
    with desk.pool(jobs, limit) as pool:
        refresher = Refresher(desk, pool, settings_path, loss)
        verdicts = refresher.judge(talk.ours)
        if not dry_run:
            verdicts = refresher.write(talk, verdicts, fresh)
    yield from report(talk, verdicts)
    was_written = any(one.state == SWAPPED for one in verdicts)
    yield shown(fresh) if was_written else f"{path.name} stays as it is."


def talk_of_ours(path: Path) -> Talk:
    """Return what is in the talk at `path`.

    Raises:
        ValueError: If it is no presentation with a clip of ours.
    """
    talk = read_talk(path)
    if not talk.ours:
        raise ValueError(
            f"--update must get a talk with a clip of ours; '{path.name}' has none: "
            "insert what `render.py clip` wrote, or begin with `render.py deck --to pptx`."
        )
    return talk
