"""The command `render.py deck`: make a presentation, or update the clips in one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

from descent.checks.errors import InvalidValue
from understanding_gradients.commands.errors import request_errors, say, shown
from understanding_gradients.commands.options import PoolOptions
from understanding_gradients.commands.request import resolve_typed
from understanding_gradients.commands.workspace import Workspace
from understanding_gradients.decks.classify import Classifier
from understanding_gradients.decks.presentation import Presentation, read_presentation
from understanding_gradients.decks.report import last_lines, report
from understanding_gradients.decks.slide import write_slides
from understanding_gradients.decks.status import ClipStatus
from understanding_gradients.decks.update import DeckUpdater, destination
from understanding_gradients.export.clip_part import clip_parts
from understanding_gradients.export.provenance import recorded_options
from understanding_gradients.installation import program
from understanding_gradients.spec.job import Output
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.spec.quality import QUALITIES


def make_deck(
    workspace: Workspace,
    kind: str,
    title: str,
    options: RenderOptions,
    pool_options: PoolOptions,
    slugs: Sequence[str],
    output: Path | None,
) -> Path:
    """Make a presentation of the lecture or of some clips, and return the file to open."""
    writer = import_module(f"understanding_gradients.decks.{kind}")
    with workspace.pool(pool_options) as pool:
        with request_errors():
            settings, clips = resolve_typed(options, slugs)
            path = writer.place(output, workspace.media)
            quality = QUALITIES[options.quality]
            jobs = workspace.plan(settings, clips, quality, pool, typed=options)
        videos = workspace.render(jobs, Output.CLIP, pool)
        workspace.exit_on_failures(videos)
        stills = workspace.render(jobs, Output.STILLS, pool)
        workspace.exit_on_failures(stills)
    recorded = recorded_options(options)
    parts = [
        clip_parts(clips, result.entries, options=recorded, captions=settings.captions)
        for result in (videos, stills)
    ]
    title = parts[0][0].title if len(clips) == 1 else title
    with workspace.exclusive(path.parent):
        return writer.write(partial(write_slides, *parts), path, title)


def update_deck(
    workspace: Workspace,
    path: Path,
    options: RenderOptions,
    pool_options: PoolOptions,
    output: Path | None,
    *,
    are_settings_named: bool,
    dry_run: bool,
) -> list[ClipStatus]:
    """Swap the stale clips in a presentation, print the report, and return the statuses.

    `options` are today's settings, and a loss file that may be run.
    """
    with workspace.pool(pool_options) as pool:
        with request_errors():
            classifier = Classifier(workspace, pool, options, are_settings_named)
            presentation = presentation_with_clips(path)
            target = path if dry_run else destination(path, output)
        updater = DeckUpdater(workspace, pool, classifier)
        statuses = classifier.classify(presentation)
        if dry_run:
            updated = updater.preview(presentation, statuses)
        else:
            updated = updater.write(presentation, statuses, target)
    lines = report(presentation, updated, dry_run)
    for line in (*lines, *last_lines(presentation, updated, dry_run, shown(target))):
        say(line)
    return updated.statuses


def presentation_with_clips(path: Path) -> Presentation:
    """Return the contents of the presentation at `path`."""
    presentation = read_presentation(path)
    if not presentation.ours and not presentation.links:
        raise InvalidValue(
            "--update",
            f"get a presentation with a clip made by this project; '{path.name}' has none",
            repair=f"insert what `{program()} clip` wrote, or begin with "
            f"`{program()} deck --to pptx`.",
        )
    return presentation
