"""The command line: no mathematics and no drawing.

Modules that take time to import are imported inside the commands, so that --help is quick.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from descent.checks.errors import InvalidValue
from understanding_gradients.commands.errors import Commands, display_path, echo, request_errors
from understanding_gradients.commands.options import (
    DESCENT,
    SLUGS,
    WORKERS,
    cluster_options,
    combine,
    output_option,
    render_options,
)
from understanding_gradients.commands.signals import Terminated, terminate_on_signals
from understanding_gradients.commands.workspace import Workspace
from understanding_gradients.installation import media_folder
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.spec.quality import QUALITIES

PACKAGE = "understanding-gradients"
TITLE = "Understanding Gradients"
GALLERY_WIDTH = 640  # pixels
# The options of `deck` that go with --update; the others are in each clip's provenance.
UPDATE_OPTIONS = {"settings", "loss", "processes", "time_limit", "output"}


def workspace() -> Workspace:
    """Return where commands work."""
    return Workspace(media_folder())


def print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    """Print the version and exit."""
    if value:
        try:
            echo(f"{TITLE} {version(PACKAGE)}")
        except PackageNotFoundError:
            echo(f"{TITLE}, not installed")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Draw the lecture "Understanding Gradients" from what PyTorch recorded."""


@cli.command("list")
@combine(SLUGS, render_options("settings"), WORKERS)
def list_clips(
    slugs: tuple[str, ...], options: RenderOptions, processes: int | None, time_limit: float
) -> None:
    """List the film's clips: slug, title, beats, duration, deck slides; of a SLUG its beats too.

    Beats and durations follow from the settings; those of a clip never drawn are counted first.
    """
    from understanding_gradients.commands.request import resolve_request
    from understanding_gradients.commands.tables import beats_in, known_timelines, table
    from understanding_gradients.spec.job import Output

    with workspace().pool(processes, time_limit) as pool:
        with request_errors():
            settings, clips = resolve_request(options, slugs)
            jobs = workspace().plan(settings, clips, QUALITIES["draft"], pool)
        entries = known_timelines(jobs, workspace().store)
        unknown = [job for job in jobs if job.clip.slug not in entries]
        counted = workspace().render(unknown, Output.FRAME_COUNT, pool)
    echo(table(clips, entries | counted.entries))
    if slugs:
        for place in beats_in(entries | counted.entries):
            echo(place)
    workspace().report(counted)


@cli.command()
@combine(
    render_options(*DESCENT, "quality"),
    WORKERS,
    cluster_options,
    output_option("The video; media/lecture.mp4 by default."),
)
def lecture(
    options: RenderOptions,
    processes: int | None,
    time_limit: float,
    cluster: dict[str, Any] | None,
    output: Path | None,
) -> None:
    """Render the whole video, with chapters and captions."""
    from understanding_gradients.commands.jobs import unused_captions
    from understanding_gradients.commands.request import resolve_request
    from understanding_gradients.commands.tables import summary
    from understanding_gradients.export.film import Part, files_beside, write_film
    from understanding_gradients.export.targets import writable_file
    from understanding_gradients.spec.job import Output

    with workspace().pool(processes, time_limit, cluster) as pool:
        with request_errors():
            settings, clips = resolve_request(options)
            path = writable_file(output or media_folder() / "lecture.mp4", ".mp4")
            for beside in files_beside(path, settings.film.captions):
                writable_file(beside, beside.suffix)
            jobs = workspace().plan(settings, clips, QUALITIES[options.quality], pool)
        result = workspace().render(jobs, Output.CLIP, pool)
    workspace().report(result)
    parts = [Part(clip.title, result.entries[clip.slug]) for clip in clips]
    with workspace().exclusive(path.parent):
        write_film(parts, path, TITLE, settings.film.captions)
    for sentence in unused_captions(settings, result.entries):
        click.echo(sentence, err=True)
    echo(f"{display_path(path)}: {summary(result)}")


@cli.command()
@combine(
    SLUGS,
    render_options("learning_rate", *DESCENT, "quality", "max_mb", "transparent"),
    WORKERS,
    cluster_options,
    click.option(
        "--format",
        "format_name",
        default="mp4",
        show_default=True,
        help="mp4, webm (transparent), gif, png (a still per beat) or pdf (a handout).",
    ),
    click.option("--beat", help="Only this beat of each clip: its name, or its number."),
    output_option("The folder for the clips; media/clips by default."),
)
def clip(
    slugs: tuple[str, ...],
    options: RenderOptions,
    processes: int | None,
    time_limit: float,
    cluster: dict[str, Any] | None,
    format_name: str,
    beat: str | None,
    output: Path | None,
) -> None:
    """Render clips, each to a file of its own."""
    from dataclasses import replace

    from understanding_gradients.commands.request import resolve_request
    from understanding_gradients.commands.tables import known_timelines
    from understanding_gradients.export.files import (
        FORMATS,
        check_format_options,
        export,
        sections,
    )
    from understanding_gradients.export.targets import writable_folder

    with workspace().pool(processes, time_limit, cluster) as pool:
        with request_errors():
            if not slugs:
                raise InvalidValue("clip", "name a clip", repair="`render.py list` shows them.")
            transparent = check_format_options(format_name, options.max_mb, options.transparent)
            chosen = FORMATS[format_name]
            theme = options.theme or chosen.theme or None
            settings, clips = resolve_request(replace(options, theme=theme), slugs)
            folder = writable_folder(output or media_folder() / "clips")
            quality = chosen.quality_called(options.quality)
            jobs = workspace().plan(settings, clips, quality, pool, transparent)
            # A clip once drawn knows its beats; of another, a wrong one is found after drawing.
            sections(clips, known_timelines(jobs, workspace().store), beat)
        result = workspace().render(jobs, chosen.output, pool)
    with request_errors():
        parts = sections(clips, result.entries, beat, options.without_folders())
    with workspace().exclusive(folder):
        for path in export(parts, folder, format_name, options.max_mb):
            echo(display_path(path))
    workspace().report(result)


@cli.command()
@combine(
    SLUGS,
    render_options("learning_rate", *DESCENT, "quality"),
    WORKERS,
    click.option("--to", "kind", type=click.Choice(["pptx", "html"]), help="Make a presentation."),
    click.option(
        "--update",
        "presentation",
        metavar="TALK.pptx",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Swap the stale clips in this presentation for fresh ones, in a copy beside it.",
    ),
    click.option("--dry-run", is_flag=True, help="Only say what --update would swap."),
    output_option(
        "media/lecture.pptx by default; for html the folder media/deck, else TALK-fresh.pptx."
    ),
)
def deck(
    slugs: tuple[str, ...],
    options: RenderOptions,
    processes: int | None,
    time_limit: float,
    kind: str | None,
    presentation: Path | None,
    dry_run: bool,
    output: Path | None,
) -> None:
    """Make a presentation, a slide per beat; or refresh the clips in one."""
    with request_errors():
        if (kind is None) == (presentation is None):
            got = "neither" if kind is None else "both"
            raise InvalidValue("deck", "get --to pptx, --to html or --update TALK.pptx", got=got)
        if dry_run and presentation is None:
            raise InvalidValue("--dry-run", "go with --update")
        if presentation is not None:
            refuse_with_update(click.get_current_context().params)
    from understanding_gradients.decks.commands import make, refresh

    if kind is not None:
        made = make(workspace(), kind, TITLE, slugs, options, processes, time_limit, output)
        echo(display_path(made))
    elif presentation is not None:
        for line in refresh(
            workspace(), presentation, options, processes, time_limit, output, dry_run
        ):
            echo(line)


def refuse_with_update(names: Iterable[str]) -> None:
    """Refuse options about the look of clips: each clip's provenance has its own.

    Raises:
        InvalidValue: If there is one.
    """
    source = click.get_current_context().get_parameter_source
    for name in sorted({*names} - UPDATE_OPTIONS - {"presentation", "dry_run", "kind"}):
        if source(name) is ParameterSource.COMMANDLINE:
            raise InvalidValue(
                "--update",
                f"go without {name.replace('_', '-')}",
                repair="every clip in a presentation is drawn with the options of its own file.",
            )


@cli.command()
@combine(
    SLUGS,
    render_options("learning_rate", *DESCENT),
    WORKERS,
    cluster_options,
    output_option("The folder for the sheets; media/sheets by default."),
)
def sheet(
    slugs: tuple[str, ...],
    options: RenderOptions,
    processes: int | None,
    time_limit: float,
    cluster: dict[str, Any] | None,
    output: Path | None,
) -> None:
    """Draw contact sheets: the last frame of every beat."""
    from understanding_gradients.commands.request import resolve_request
    from understanding_gradients.export.contact_sheet import write_sheets
    from understanding_gradients.export.targets import writable_folder
    from understanding_gradients.spec.job import Output

    with workspace().pool(processes, time_limit, cluster) as pool:
        with request_errors():
            settings, clips = resolve_request(options, slugs)
            folder = writable_folder(output or media_folder() / "sheets")
            jobs = workspace().plan(settings, clips, QUALITIES["hd"], pool)
        result = workspace().render(jobs, Output.STILLS, pool)
    with workspace().exclusive(folder):
        for path in write_sheets(result.entries, folder):
            echo(display_path(path))
    workspace().report(result)


@cli.command()
@combine(
    SLUGS,
    render_options("settings", "theme"),
    WORKERS,
    output_option("The folder; media/gallery by default."),
)
def gallery(
    slugs: tuple[str, ...],
    options: RenderOptions,
    processes: int | None,
    time_limit: float,
    output: Path | None,
) -> None:
    """Draw small stills for the README: the last beat of each clip, or SLUG.BEAT."""
    from understanding_gradients.commands.request import resolve_request
    from understanding_gradients.commands.tables import known_timelines
    from understanding_gradients.export.contact_sheet import still_of, stills_of, write_stills
    from understanding_gradients.export.targets import writable_folder
    from understanding_gradients.spec.job import Output

    pairs = [(slug, beat) for slug, _, beat in (word.partition(".") for word in slugs)]
    with workspace().pool(processes, time_limit) as pool:
        with request_errors():
            settings, clips = resolve_request(options, tuple(slug for slug, _ in pairs))
            folder = writable_folder(output or media_folder() / "gallery")
            jobs = workspace().plan(settings, clips, QUALITIES["hd"], pool)
            # A clip once drawn knows its beats; of another, a wrong one is found after drawing.
            known = known_timelines(jobs, workspace().store)
            for slug, beat in pairs:
                if slug in known:
                    still_of(stills_of(slug, known[slug]), beat)
        result = workspace().render(jobs, Output.STILLS, pool)
    wanted = dict.fromkeys(pairs or [(one.slug, "") for one in clips])
    with workspace().exclusive(folder), request_errors():
        for path in write_stills(result.entries, folder, GALLERY_WIDTH, wanted):
            echo(display_path(path))
    workspace().report(result)


@cli.command()
@combine(
    render_options("settings", "loss", "start", "steps", "learning_rate"),
    click.option("--optimizer", default="SGD", show_default=True, help="A name in torch.optim."),
    output_option("The file to write, ending in .safetensors."),
)
def record(options: RenderOptions, optimizer: str, output: Path | None) -> None:
    """Record a descent without drawing it; 100 steps by default."""
    from understanding_gradients.commands.record import record_run
    from understanding_gradients.export.targets import writable_file

    with request_errors():
        if output is None:
            raise InvalidValue("record", "get a file to write", repair="add -o run.safetensors.")
        path = writable_file(output, ".safetensors")
        run = record_run(options, optimizer)
    run.save(path)
    rate = f"learning rate {run.learning_rates[0]:.6g}, " if run.steps else ""
    echo(
        f"{display_path(path)}: {run.steps} steps, {rate}{run.behaviour}, "
        f"last loss {run.losses[-1]:.6g}"
    )


@cli.command()
@click.option("--size", is_flag=True, help="Say how large the store is.")
@click.option(
    "--prune",
    metavar="SIZE",
    help="Delete the least recently used entries until the store has SIZE, such as 2GB or 500MB.",
)
def store(size: bool, prune: str | None) -> None:
    """Say how large the store of finished work is, or prune it."""
    from understanding_gradients.commands.store import parse_size, size_in_words

    with request_errors():
        if size == (prune is not None):
            got = "both" if size else "neither"
            raise InvalidValue("store", "get either --size or --prune SIZE", got=got)
        limit = None if prune is None else parse_size(prune)
    finished = workspace().store
    if limit is not None:
        echo(f"deleted {size_in_words(finished.prune(limit))}")
    echo(f"{display_path(finished.folder)}: {size_in_words(finished.size())}")


def main() -> None:
    """Run the command line until it ends, or a signal ends it."""
    terminate_on_signals()
    try:
        cli()
    except Terminated as terminated:
        sys.exit(terminated.status)
