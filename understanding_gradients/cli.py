"""The commands of the command line.

What takes time to import is imported inside the commands, so that `--help` is immediate.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from descent.checks.errors import InvalidValue
from understanding_gradients.commands.errors import (
    Commands,
    recording_errors,
    request_errors,
    say,
    shown,
)
from understanding_gradients.commands.options import (
    PoolOptions,
    is_number,
    output_option,
    pool_options,
    render_options,
)
from understanding_gradients.commands.signals import Terminated, raise_on_signals
from understanding_gradients.commands.workspace import Workspace
from understanding_gradients.decks import PRESENTATION_FORMATS
from understanding_gradients.export.exporter import (
    check_format_options,
    export,
    exporters,
    format_names,
)
from understanding_gradients.export.targets import writable_file, writable_folder
from understanding_gradients.installation import (
    PROJECT,
    ROOT,
    cache_folder,
    is_checkout,
    media_folder,
    program,
)
from understanding_gradients.spec.errors import OperationFailed
from understanding_gradients.spec.job import Output
from understanding_gradients.spec.options import OPTIONS, RenderOptions, flag
from understanding_gradients.spec.quality import QUALITIES

GALLERY_WIDTH = 640  # pixels
GIGABYTE = 10**9
MAX_GIGABYTES = 1e9

slugs_argument = click.argument("slugs", metavar="[SLUG]...", nargs=-1)


def main() -> None:
    """Run the command line; a signal ends it in order, with the status that a shell expects."""
    raise_on_signals()
    try:
        cli()
    except Terminated as terminated:
        sys.exit(terminated.status)


def show_version(context: click.Context, _: click.Parameter, is_asked: bool) -> None:
    """Print the version and end."""
    if is_asked:
        say(project_version())
        context.exit()


def project_version() -> str:
    """Return the version of this source, which a checkout states in pyproject.toml."""
    if not is_checkout():
        from importlib.metadata import version

        return version("understanding-gradients")
    import tomllib

    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["version"]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_version,
    help="Show the version and exit.",
)
@click.pass_context
def cli(context: click.Context) -> None:
    """Draw the lecture "Understanding Gradients" from what PyTorch recorded."""
    context.obj = Workspace(media_folder(), cache_folder())


def command(name: str | None = None) -> Callable[[Callable[..., Any]], click.Command]:
    """Return a decorator that adds a command, which is passed the workspace."""
    return lambda function: cli.command(name)(click.pass_obj(function))


@command("list")
@slugs_argument
@render_options("settings", "model", "run")
@pool_options()
def list_clips(
    workspace: Workspace, slugs: tuple[str, ...], options: RenderOptions, pool_options: PoolOptions
) -> None:
    """List the film's clips: slug, title, beats, duration, deck slides; of a SLUG its beats too.

    Beats and durations follow from the settings; those of a clip never drawn are counted first.
    """
    from scenes import registry
    from understanding_gradients.commands.request import resolve_request
    from understanding_gradients.commands.subjects import remarks
    from understanding_gradients.commands.tables import beats_in, known_timelines, table

    with workspace.pool(pool_options) as pool:
        with request_errors():
            settings, clips = resolve_request(options, slugs)
            jobs = workspace.plan(settings, clips, QUALITIES["draft"], pool, typed=options)
        entries = known_timelines(jobs, workspace.store)
        unknown = [job for job in jobs if job.clip.slug not in entries]
        result = workspace.render(unknown, Output.FRAME_COUNT, pool)
    say(table(clips, entries | result.entries))
    if slugs:
        for beat in beats_in(entries | result.entries):
            say(beat)
    for remark in remarks(settings, clips, registry.CLIPS):
        say(remark)
    workspace.exit_on_failures(result)


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


@command()
@slugs_argument
@render_options(
    "learning_rate", "settings", "theme", "loss", "model", "run", "start", "steps", "quality"
)
@pool_options()
@click.option("--to", "kind", type=click.Choice(PRESENTATION_FORMATS), help="Make a presentation.")
@click.option(
    "--update",
    "presentation",
    metavar="TALK.pptx",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Swap the clips in this presentation for fresh ones, in a copy beside it.",
)
@click.option("--dry-run", is_flag=True, help="Only say what --update would swap.")
@output_option(
    "media/lecture.pptx if not given; for html the folder media/deck, else TALK-fresh.pptx."
)
def deck(
    workspace: Workspace,
    slugs: tuple[str, ...],
    options: RenderOptions,
    pool_options: PoolOptions,
    kind: str | None,
    presentation: Path | None,
    dry_run: bool,
    output: Path | None,
) -> None:
    """Make a presentation, a slide per beat; or update the clips in one.

    With --update go --settings, --dry-run, --jobs, --time-limit and -o, and --loss or --model for
    clips whose loss or network is in a file. Every clip keeps the other options that it was made
    with.
    """
    with request_errors():
        check_deck_options(kind, presentation, dry_run)
    from understanding_gradients.decks.commands import make_deck, update_deck
    from understanding_gradients.decks.status import State

    if kind is not None:
        path = make_deck(workspace, kind, PROJECT, options, pool_options, slugs, output)
        say(shown(path))
    elif presentation is not None:
        statuses = update_deck(
            workspace,
            presentation,
            options,
            pool_options,
            output,
            are_settings_named=is_typed("settings"),
            dry_run=dry_run,
        )
        if any(status.state == State.FAILED for status in statuses):
            sys.exit(1)


def check_deck_options(kind: str | None, presentation: Path | None, dry_run: bool) -> None:
    """Check that the options of `deck` fit together."""
    if (kind is None) == (presentation is None):
        raise InvalidValue(
            "deck",
            f"be told either --to {' or '.join(PRESENTATION_FORMATS)}, or --update TALK.pptx",
            got="neither" if kind is None else "both",
        )
    if presentation is None:
        if dry_run:
            raise InvalidValue("--dry-run", "go with --update")
        return
    # A file only allows the loss or the network that a clip already names.
    kept = [name for name, one in OPTIONS.items() if one.suffix and not one.is_named_again]
    for name in ("slugs", *kept):
        if is_typed(name):
            raise InvalidValue(
                "--update",
                f"go without {name if name == 'slugs' else flag(name)}",
                repair="every clip in a presentation is drawn with the options that it was made "
                "with.",
            )


def is_typed(name: str) -> bool:
    """Return whether an option or argument of the command stands on the command line."""
    source = click.get_current_context().get_parameter_source(name)
    return source is ParameterSource.COMMANDLINE


@command()
@slugs_argument
@render_options("learning_rate", "settings", "theme", "loss", "model", "run", "start", "steps")
@pool_options(with_cluster=True)
@output_option("The folder for the sheets; media/sheets if not given.")
def sheet(
    workspace: Workspace,
    slugs: tuple[str, ...],
    options: RenderOptions,
    pool_options: PoolOptions,
    output: Path | None,
) -> None:
    """Draw contact sheets: the last frame of every beat."""
    from understanding_gradients.commands.request import resolve_typed
    from understanding_gradients.export.clip_part import clip_parts
    from understanding_gradients.export.contact_sheet import write_sheets

    with workspace.pool(pool_options) as pool:
        with request_errors():
            settings, clips = resolve_typed(options, slugs)
            folder = writable_folder(output or workspace.media / "sheets")
            jobs = workspace.plan(settings, clips, QUALITIES["hd"], pool, typed=options)
        result = workspace.render(jobs, Output.STILLS, pool)
    with workspace.exclusive(folder):
        for path in write_sheets(clip_parts(clips, result.entries), folder):
            say(shown(path))
    workspace.exit_on_failures(result)


@command()
@slugs_argument
@render_options("settings", "theme")
@pool_options()
@output_option("The folder; media/gallery if not given.")
def gallery(
    workspace: Workspace,
    slugs: tuple[str, ...],
    options: RenderOptions,
    pool_options: PoolOptions,
    output: Path | None,
) -> None:
    """Draw small stills for the README: the last beat of each clip, or SLUG.BEAT."""
    from understanding_gradients.commands.request import resolve_request
    from understanding_gradients.commands.tables import known_timelines
    from understanding_gradients.export.clip_part import clip_parts
    from understanding_gradients.export.contact_sheet import chosen_stills, write_stills

    pairs = [(slug, beat) for slug, _, beat in (word.partition(".") for word in slugs)]
    with workspace.pool(pool_options) as pool:
        with request_errors():
            settings, clips = resolve_request(options, [slug for slug, _ in pairs])
            folder = writable_folder(output or workspace.media / "gallery")
            jobs = workspace.plan(settings, clips, QUALITIES["hd"], pool)
            # The beats of a clip that was drawn before are known; others are checked afterwards.
            chosen_stills(clip_parts(clips, known_timelines(jobs, workspace.store)), pairs)
        result = workspace.render(jobs, Output.STILLS, pool)
    pairs = pairs or [(clip.slug, "") for clip in clips]
    with request_errors():
        stills = chosen_stills(clip_parts(clips, result.entries), pairs)
    with workspace.exclusive(folder):
        for path in write_stills(stills, folder, GALLERY_WIDTH):
            say(shown(path))
    workspace.exit_on_failures(result)


@cli.command()
@render_options(
    "settings",
    "loss",
    "model",
    "run",
    "start",
    "steps",
    "learning_rate",
    steps="How many steps are taken; 100 if not given.",
    learning_rate="Positive, or suggest; just_right of lecture.toml's own loss.",
)
@click.option("--optimizer", default="SGD", show_default=True, help="A name in torch.optim.")
@output_option("The file to write, ending in .safetensors.")
def record(options: RenderOptions, optimizer: str, output: Path | None) -> None:
    """Record a descent without drawing it; of a saved run, say what it is, and with -o copy it."""
    from understanding_gradients.commands.record import record_run, saved, told
    from understanding_gradients.commands.request import (
        check_beside_runs,
        check_together,
        named_by_options,
        parse_rate,
        parse_start,
    )
    from understanding_gradients.lecture.settings import settings_in

    with request_errors():
        check_together(options)
        settings = settings_in(options.settings)
        files = options.run or settings.descent.runs * (not (options.loss or options.model))
        if output is None and not files:
            raise InvalidValue("record", "be told where to write", repair="add -o run.safetensors.")
        path = None if output is None else writable_file(output, ".safetensors")
        start = None if options.start is None else parse_start(options.start)
        rate = None if options.learning_rate is None else parse_rate(options.learning_rate)
        chosen = {
            "loss": options.loss,
            "start": start,
            "steps": options.steps,
            "learning_rate": rate,
            "model": options.model,
        }
        named = [name for name, value in chosen.items() if value is not None]
        with named_by_options({name: flag(name) for name in (*named, "optimizer")}):
            if files:
                check_beside_runs(options, settings)
                run, whole = saved(files, is_typed("optimizer"))
            else:
                with recording_errors():
                    run = whole = record_run(settings, optimizer=optimizer, **chosen)
    if path is not None:
        whole.save(path)
    say(f"{files[0] if path is None else shown(path)}: {told(run)}")
    if run.error:
        raise OperationFailed(f"{run.error}; the steps before it are kept.")


@command()
@click.option("--size", is_flag=True, help="Show how much is stored.")
@click.option("--prune", is_flag=True, help="Delete what was used longest ago.")
@click.option(
    "--max-gb",
    type=click.FloatRange(0, MAX_GIGABYTES),
    callback=is_number,
    default=1.0,
    show_default=True,
    help="How much --prune leaves, in gigabytes.",
)
def store(workspace: Workspace, size: bool, prune: bool, max_gb: float) -> None:
    """Show or limit the size of the store of finished work, from which nothing is drawn twice."""
    from descent._files.disk_space import size_text

    if size == prune:
        raise click.UsageError("store must be told either --size or --prune.")
    if size and is_typed("max_gb"):
        raise click.UsageError("--max-gb must go with --prune.")
    if prune:
        deleted = workspace.store.prune(max_bytes=round(max_gb * GIGABYTE))
        say(f"{deleted.entries} entries deleted, {size_text(deleted.bytes)}")
    left = workspace.store.size()
    place = shown(workspace.store.folder)
    say(f"{place}: {left.entries} entries, {size_text(left.bytes)}")
