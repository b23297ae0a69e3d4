"""The command `render.py deck`: a presentation made anew, or one whose clips are refreshed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from understanding_gradients.commands.request import asked, requested_options
from understanding_gradients.commands.workspace import Workspace, request_errors, shown
from understanding_gradients.decks import html as browser
from understanding_gradients.decks import pptx as powerpoint
from understanding_gradients.decks.presentation import Presentation, read_presentation
from understanding_gradients.decks.report import report
from understanding_gradients.decks.slide import write_slides
from understanding_gradients.decks.update import SWAPPED, DeckUpdater, destination
from understanding_gradients.export.files import sections
from understanding_gradients.spec.job import Output
from understanding_gradients.spec.quality import QUALITIES

MAKERS = {"pptx": powerpoint, "html": browser}


def make(
    workspace: Workspace,
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
        workspace: Where the work is done.
        kind: One of `MAKERS`.
        title: Of the whole lecture.
        slugs: Which clips; all that are in the film if none is named.
        learning_rate: As typed.
        quality: Its name.
        jobs: How many workers; one a core unless given.
        limit: How many seconds a clip may take.
        output: Where it goes, if that was said.
        **wishes: As for `understanding_gradients.commands.request.asked`.
    """
    maker = MAKERS[kind]
    with workspace.pool(jobs, limit) as pool:
        with request_errors():
            settings, clips = asked(slugs=slugs, learning_rate=learning_rate, **wishes)
            path = maker.place(output, workspace.media)
            planned = workspace.plan(settings, clips, QUALITIES[quality], pool)
        films = workspace.make(planned, Output.CLIP, pool)
        workspace.report(films)
        stills = workspace.make(planned, Output.STILLS, pool)
        workspace.report(stills)
    said = requested_options(quality=quality, learning_rate=learning_rate, **wishes)
    parts = [sections(clips, made.entries, wishes=said) for made in (films, stills)]
    title = clips[0].title if len(clips) == 1 else title
    with workspace.exclusive(path.parent):
        return maker.write(partial(write_slides, *parts), path, title)


def refresh(
    workspace: Workspace,
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
        workspace: Where the work is done.
        path: Of the presentation.
        dry_run: Whether it is only said what would be swapped.
        settings_path: Of today's settings.
        loss: A loss FILE.py:NAME that clips may be drawn with.
        jobs: How many workers; one a core unless given.
        limit: How many seconds a clip may take.
        output: Where it goes, if that was said.
    """
    with request_errors():
        asked(settings_path)
        talk = presentation_with_clips(path)
        fresh = path if dry_run else destination(path, output)
    with workspace.pool(jobs, limit) as pool:
        refresher = DeckUpdater(workspace, pool, settings_path, loss)
        verdicts = refresher.judge(talk.ours)
        if not dry_run:
            verdicts = refresher.write(talk, verdicts, fresh)
    yield from report(talk, verdicts)
    was_written = any(one.state == SWAPPED for one in verdicts)
    yield shown(fresh) if was_written else f"{path.name} stays as it is."


def presentation_with_clips(path: Path) -> Presentation:
    """Return what is in the talk at `path`.

    Raises:
        ValueError: If it is no presentation with a clip of ours.
    """
    talk = read_presentation(path)
    if not talk.ours:
        raise ValueError(
            f"--update must get a talk with a clip of ours; '{path.name}' has none: "
            "insert what `render.py clip` wrote, or begin with `render.py deck --to pptx`."
        )
    return talk
