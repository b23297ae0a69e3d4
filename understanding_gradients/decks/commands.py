"""The command `render.py deck`: a presentation made anew, or one whose clips are refreshed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from descent.checks.errors import InvalidValue
from understanding_gradients.commands.errors import display_path, request_errors
from understanding_gradients.commands.request import resolve_request
from understanding_gradients.commands.workspace import Workspace
from understanding_gradients.decks import html as browser
from understanding_gradients.decks import pptx as powerpoint
from understanding_gradients.decks.presentation import Presentation, read_presentation
from understanding_gradients.decks.report import report
from understanding_gradients.decks.slide import write_slides
from understanding_gradients.decks.update import SWAPPED, DeckUpdater, destination
from understanding_gradients.export.files import sections
from understanding_gradients.spec.job import Output
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.spec.quality import QUALITIES

MAKERS = {"pptx": powerpoint, "html": browser}


def make(
    workspace: Workspace,
    kind: str,
    title: str,
    slugs: tuple[str, ...],
    options: RenderOptions,
    processes: int | None,
    time_limit: float,
    output: Path | None,
) -> Path:
    """Make a presentation of the lecture, or of the clips called `slugs`; return the file to open.

    Args:
        workspace: Where the work is done.
        kind: One of `MAKERS`.
        title: Of the whole lecture.
        slugs: The clips; all that are in the film if none is named.
        options: As typed.
        processes: The number of workers; one per core if None.
        time_limit: The longest time per clip in seconds.
        output: Where it goes, if that was typed.
    """
    maker = MAKERS[kind]
    with workspace.pool(processes, time_limit) as pool:
        with request_errors():
            settings, clips = resolve_request(options, slugs)
            path = maker.place(output, workspace.media)
            jobs = workspace.plan(settings, clips, QUALITIES[options.quality], pool)
        films = workspace.render(jobs, Output.CLIP, pool)
        workspace.report(films)
        stills = workspace.render(jobs, Output.STILLS, pool)
        workspace.report(stills)
    parts = [
        sections(clips, result.entries, wishes=options.without_folders())
        for result in (films, stills)
    ]
    title = clips[0].title if len(clips) == 1 else title
    with workspace.exclusive(path.parent):
        return maker.write(partial(write_slides, *parts), path, title)


def refresh(
    workspace: Workspace,
    path: Path,
    options: RenderOptions,
    processes: int | None,
    time_limit: float,
    output: Path | None,
    dry_run: bool,
) -> Iterator[str]:
    """Swap the stale clips in the presentation at `path` for fresh ones, and yield the report.

    Args:
        workspace: Where the work is done.
        path: Of the presentation.
        options: Today's settings, and a loss FILE.py:NAME that clips may be drawn with.
        processes: The number of workers; one per core if None.
        time_limit: The longest time per clip in seconds.
        output: Where it goes, if that was typed.
        dry_run: Whether the report only says what would be swapped.
    """
    with request_errors():
        resolve_request(RenderOptions(settings=options.settings))
        talk = presentation_with_clips(path)
        fresh = path if dry_run else destination(path, output)
    with workspace.pool(processes, time_limit) as pool:
        refresher = DeckUpdater(workspace, pool, options)
        verdicts = refresher.judge(talk.ours)
        if not dry_run:
            verdicts = refresher.write(talk, verdicts, fresh)
    yield from report(talk, verdicts)
    was_written = any(one.state == SWAPPED for one in verdicts)
    yield display_path(fresh) if was_written else f"{path.name} stays as it is."


def presentation_with_clips(path: Path) -> Presentation:
    """Return what is in the talk at `path`.

    Raises:
        ValueError: If it is no presentation with a clip of ours.
    """
    talk = read_presentation(path)
    if not talk.ours:
        raise InvalidValue(
            "--update",
            "get a talk with a clip of ours",
            got=f"'{path.name}', which has none",
            repair="insert what `render.py clip` wrote, or begin with `render.py deck --to pptx`.",
        )
    return talk
