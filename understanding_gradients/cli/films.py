"""The commands `lecture` and `clip`: the whole video, and each clip as a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from descent.checks.errors import InvalidValue
from understanding_gradients.cli.group import command, slugs_argument
from understanding_gradients.commands.errors import request_errors, say, shown
from understanding_gradients.commands.options import (
    PoolOptions,
    output_option,
    pool_options,
    render_options,
)
from understanding_gradients.commands.workspace import Workspace
from understanding_gradients.export.exporter import (
    check_format_options,
    export,
    exporters,
    format_names,
)
from understanding_gradients.export.targets import writable_file, writable_folder
from understanding_gradients.installation import PROJECT, program
from understanding_gradients.spec.job import Output
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.spec.quality import QUALITIES


@command()
@render_options("settings", "theme", "loss", "model", "run", "start", "steps", "quality")
@pool_options(with_cluster=True)
@output_option("The video; media/lecture.mp4 if not given.")
def lecture(
    workspace: Workspace, options: RenderOptions, pool_options: PoolOptions, output: Path | None
) -> None:
    """Render the whole video, with chapters and captions."""
    from understanding_gradients.commands.request import resolve_request, unused_captions
    from understanding_gradients.commands.tables import film_summary
    from understanding_gradients.export.clip_part import clip_parts
    from understanding_gradients.export.film import files_beside, too_few_chapters, write_film

    with workspace.pool(pool_options) as pool:
        with request_errors():
            settings, clips = resolve_request(options)
            path = writable_file(output or workspace.media / "lecture.mp4", ".mp4")
            for beside in files_beside(path, settings.film.captions):
                writable_file(beside, beside.suffix)
            quality = QUALITIES[options.quality]
            jobs = workspace.plan(settings, clips, quality, pool, typed=options)
        result = workspace.render(jobs, Output.CLIP, pool)
    workspace.exit_on_failures(result)
    parts = clip_parts(clips, result.entries, captions=settings.captions)
    with workspace.exclusive(path.parent):
        write_film(parts, path, PROJECT, settings.film.captions)
    for sentence in (*unused_captions(settings.captions, result.entries), too_few_chapters(parts)):
        if sentence:
            click.echo(sentence, err=True)
    say(f"{shown(path)}: {film_summary(result)}")


@command()
@slugs_argument
@render_options(
    "learning_rate",
    "settings",
    "theme",
    "loss",
    "model",
    "run",
    "start",
    "steps",
    "quality",
    "max_mb",
    "transparent",
)
@pool_options(with_cluster=True)
@click.option(
    "--format",
    "kind",
    type=click.Choice(format_names()),
    default="mp4",
    show_default=True,
    help="webm and mov are transparent; png and svg are a still per beat; pdf is a handout, or "
    "with --beat a figure.",
)
@click.option("--beat", help="Only this beat of each clip: its name, or its number.")
@output_option("The folder for the clips; media/clips if not given.")
def clip(
    workspace: Workspace,
    slugs: tuple[str, ...],
    options: RenderOptions,
    pool_options: PoolOptions,
    kind: str,
    beat: str | None,
    output: Path | None,
) -> None:
    """Render clips, each to its own file."""
    from understanding_gradients.commands.request import resolve_typed
    from understanding_gradients.commands.tables import known_timelines
    from understanding_gradients.export.clip_part import clip_parts
    from understanding_gradients.export.provenance import recorded_options

    exporter = exporters()[kind]
    with workspace.pool(pool_options) as pool:
        with request_errors():
            if not slugs:
                raise InvalidValue(
                    "clip", "be told which clips", repair=f"`{program()} list` shows them."
                )
            check_format_options(kind, options)
            themed = replace(options, theme=options.theme or exporter.theme or None)
            settings, clips = resolve_typed(themed, slugs)
            exporter.check_captions(settings.captions)
            folder = writable_folder(output or workspace.media / "clips")
            recorded = recorded_options(options)
            jobs = workspace.plan(
                settings,
                clips,
                exporter.quality_for(options),
                pool,
                typed=options,
                transparent=exporter.is_transparent_with(options),
            )
            # The beats of a clip that was drawn before are known; others are checked afterwards.
            clip_parts(clips, known_timelines(jobs, workspace.store), beat)
        result = workspace.render(jobs, exporter.output, pool)
    with request_errors():
        parts = clip_parts(clips, result.entries, beat, recorded, settings.captions)
    with workspace.exclusive(folder):
        for path in export(parts, folder, kind):
            say(shown(path))
    workspace.exit_on_failures(result)
