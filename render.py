"""The command line of the lecture: no mathematics and no drawing here, and `--help` in a blink.

Everything that takes time to import is imported inside the commands.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from descent.endings import Ended
from understanding_gradients.commands.workspace import (
    Commands,
    Workspace,
    request_errors,
    say,
    shown,
)
from understanding_gradients.export.targets import media_folder
from understanding_gradients.spec.quality import QUALITIES

ROOT = Path(__file__).resolve().parent
MEDIA = media_folder()
TITLE = "Understanding Gradients"
GALLERY_WIDTH = 640
MOST_JOBS = 256
MOST_SECONDS = 7 * 24 * 3600  # that a clip may take


def options(*chosen: Callable[..., Any]) -> Callable[..., Any]:
    """Return a decorator that adds several options to a command, in this order."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(chosen):
            command = option(command)
        return command

    return add


def is_a_number(_: Any, option: click.Parameter, value: float) -> float:
    """Return the value of an option that may be any number but nan, which no range keeps out."""
    if value != value:
        raise click.BadParameter("must be a number; got nan.", param=option)
    return value


SLUGS = click.argument("slugs", metavar="[SLUG]...", nargs=-1)
SETTINGS = click.option(
    "--settings",
    "settings_path",
    type=click.Path(path_type=Path),
    default=ROOT / "lecture.toml",
    help="What to read instead of lecture.toml.",
)
THEME = click.option("--theme", type=click.Choice(["dark", "light"]), help="Of the film.")
LOSS = click.option("--loss", help="The name of a loss, or FILE.py:NAME.")
START = click.option("--start", help="Where the descent starts, as 2,1.")
STEPS = click.option("--steps", type=int, help="How many steps are shown.")
RATE = click.option("--learning-rate", help="Of the run that the clip shows.")
QUALITY = click.option(
    "-q", "--quality", type=click.Choice(list(QUALITIES)), default="hd", show_default=True
)
JOBS = options(
    click.option(
        "--jobs",
        type=click.IntRange(1, MOST_JOBS),
        help="Processes that draw; as many as there are cores.",
    ),
    click.option(
        "--time-limit",
        "limit",
        type=click.FloatRange(0, MOST_SECONDS, min_open=True),
        callback=is_a_number,
        default=3600,
        show_default=True,
        help="Seconds after which a clip is given up.",
    ),
)
CLUSTER = (
    click.option(
        "--cluster",
        metavar="tcp://HOST:PORT",
        help="Draw on the workers of this scheduler of dask.distributed, or of one here: local.",
    ),
    click.option("--tls-ca", type=click.Path(path_type=Path), help="For tls://…, a PEM file."),
    click.option("--tls-cert", type=click.Path(path_type=Path), help="For tls://…, a PEM file."),
    click.option("--tls-key", type=click.Path(path_type=Path), help="For tls://…, a PEM file."),
)


def on_cluster(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command draw elsewhere: it is given where as `cluster`; None is here."""

    @wraps(command)
    def asked(*args: Any, cluster: str | None, **wishes: Any) -> Any:
        files = {name: wishes.pop(f"tls_{name}") for name in ("ca", "cert", "key")}
        if cluster is None and any(files.values()):
            raise click.UsageError("--tls-ca, --tls-cert and --tls-key must go with --cluster.")
        where = None if cluster is None else {"address": cluster, **files}
        return command(*args, cluster=where, **wishes)

    return options(*CLUSTER)(asked)


def into(what: str) -> Callable[..., Any]:
    """Return the option that says where a command's files go."""
    return click.option("-o", "--output", type=click.Path(path_type=Path), help=what)


ASKED = options(SETTINGS, THEME, LOSS, START, STEPS)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Draw the lecture "Understanding Gradients" from what PyTorch recorded."""


@cli.command("list")
@options(SLUGS, SETTINGS, JOBS)
def list_clips(slugs: tuple[str, ...], settings_path: Path, jobs: int | None, limit: float) -> None:
    """List the film's clips: slug, title, beats, duration, deck slides; of a SLUG its beats too.

    Beats and durations follow from the settings; those of a clip never drawn are counted first.
    """
    from understanding_gradients.commands.request import asked
    from understanding_gradients.commands.tables import beats_in, known_timelines, table

    with workspace().pool(jobs, limit) as pool:
        with request_errors():
            settings, clips = asked(settings_path, slugs)
            planned = workspace().plan(settings, clips, QUALITIES["draft"], pool)
        entries = known_timelines(planned, workspace().store)
        made = workspace().make(
            [job for job in planned if job.clip.slug not in entries], "count", pool
        )
    say(table(clips, entries | made.entries))
    if slugs:
        for place in beats_in(entries | made.entries):
            say(place)
    workspace().report(made)


@cli.command()
@options(ASKED, QUALITY, JOBS, on_cluster, into("The video; media/lecture.mp4 if not given."))
def lecture(
    quality: str,
    jobs: int | None,
    limit: float,
    cluster: dict[str, Any] | None,
    output: Path | None,
    **wishes: Any,
) -> None:
    """Render the whole video, with chapters and captions."""
    from understanding_gradients.commands.request import asked, unused_captions
    from understanding_gradients.commands.tables import summary
    from understanding_gradients.export.film import Part, files_beside, write_film
    from understanding_gradients.export.targets import writable_file

    with workspace().pool(jobs, limit, cluster) as pool:
        with request_errors():
            settings, clips = asked(**wishes)
            path = writable_file(output or MEDIA / "lecture.mp4", ".mp4")
            for beside in files_beside(path, settings.film.captions):
                writable_file(beside, beside.suffix)
            planned = workspace().plan(settings, clips, QUALITIES[quality], pool)
        made = workspace().make(planned, "clip", pool)
    workspace().report(made)
    parts = [Part(clip.title, made.entries[clip.slug]) for clip in clips]
    with workspace().exclusive(path.parent):
        write_film(parts, path, TITLE, settings.film.captions)
    for sentence in unused_captions(settings, made.entries):
        click.echo(sentence, err=True)
    say(f"{shown(path)}: {summary(made)}")


@cli.command()
@options(SLUGS, RATE, ASKED, QUALITY, JOBS, on_cluster)
@click.option(
    "--format",
    "kind",
    default="mp4",
    show_default=True,
    help="mp4, webm (transparent), gif, png (a still a beat) or pdf (a handout).",
)
@click.option("--beat", help="Only this beat of each clip: its name, or its number.")
@click.option("--max-mb", type=float, help="How many megabytes a GIF may have.")
@click.option("--transparent", is_flag=True, help="Stills without a ground.")
@into("The folder for the clips; media/clips if not given.")
def clip(
    slugs: tuple[str, ...],
    learning_rate: str | None,
    quality: str,
    jobs: int | None,
    limit: float,
    cluster: dict[str, Any] | None,
    kind: str,
    beat: str | None,
    max_mb: float | None,
    transparent: bool,
    output: Path | None,
    **wishes: Any,
) -> None:
    """Render clips, each to a file of its own."""
    from understanding_gradients.commands.request import asked, requested_options
    from understanding_gradients.commands.tables import known_timelines
    from understanding_gradients.export.files import FORMATS, check_format_options, export, sections
    from understanding_gradients.export.targets import writable_folder

    said = requested_options(
        learning_rate=learning_rate,
        quality=quality,
        max_mb=max_mb,
        transparent=transparent,
        **wishes,
    )
    with workspace().pool(jobs, limit, cluster) as pool:
        with request_errors():
            if not slugs:
                raise ValueError("clip must be told which clips; `render.py list` shows them.")
            transparent = check_format_options(kind, max_mb, transparent)
            wishes["theme"] = wishes["theme"] or FORMATS[kind].theme or None
            settings, clips = asked(slugs=slugs, learning_rate=learning_rate, **wishes)
            folder = writable_folder(output or MEDIA / "clips")
            size = FORMATS[kind].quality_called(quality)
            planned = workspace().plan(settings, clips, size, pool, transparent)
            # A clip once drawn knows its beats; of another, a wrong one is found after drawing.
            sections(clips, known_timelines(planned, workspace().store), beat)
        made = workspace().make(planned, FORMATS[kind].makes, pool)
    with request_errors():
        parts = sections(clips, made.entries, beat, said)
    with workspace().exclusive(folder):
        for path in export(parts, folder, kind, max_mb):
            say(shown(path))
    workspace().report(made)


@cli.command()
@options(SLUGS, RATE, ASKED, QUALITY, JOBS)
@click.option("--to", "kind", help="Make a presentation: pptx or html.")
@click.option(
    "--update",
    "talk",
    metavar="TALK.pptx",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Swap the clips in this presentation for fresh ones, in a copy beside it.",
)
@click.option("--dry-run", is_flag=True, help="Only say what --update would swap.")
@into("media/lecture.pptx if not given; for html the folder media/deck, else TALK-fresh.pptx.")
def deck(kind: str | None, talk: Path | None, dry_run: bool, **wishes: Any) -> None:
    """Make a presentation, a slide a beat; or refresh the clips in one."""
    with request_errors():
        if (kind is None) == (talk is None):
            got = "neither" if kind is None else "both"
            raise ValueError(
                f"deck must be told either --to pptx or html, or --update TALK.pptx; got {got}."
            )
        if kind not in (None, "pptx", "html"):
            raise ValueError(f"--to must be pptx or html; got '{kind}'.")
        if dry_run and talk is None:
            raise ValueError("--dry-run must go with --update.")
        if talk is not None:
            refuse_with_update(wishes)
    from understanding_gradients.decks.commands import make, refresh

    if kind is not None:
        say(shown(make(workspace(), kind, TITLE, **wishes)))
    elif talk is not None:
        kept = {name: wishes[name] for name in ("settings_path", "loss", "jobs", "limit", "output")}
        for line in refresh(workspace(), talk, dry_run, **kept):
            say(line)


def refuse_with_update(wishes: Iterable[str]) -> None:
    """Refuse options that say how clips look: a talk knows that itself.

    Raises:
        ValueError: If there is one.
    """
    source = click.get_current_context().get_parameter_source
    for name in sorted({*wishes} - {"settings_path", "loss", "jobs", "limit", "output"}):
        if source(name) is ParameterSource.COMMANDLINE:
            raise ValueError(
                f"--update must go without {name.replace('_', '-')}: every clip in a talk is drawn "
                "with what it was asked for when it was made."
            )


@cli.command()
@options(SLUGS, RATE, ASKED, JOBS, on_cluster)
@into("The folder for the sheets; media/sheets if not given.")
def sheet(
    slugs: tuple[str, ...],
    learning_rate: str | None,
    jobs: int | None,
    limit: float,
    cluster: dict[str, Any] | None,
    output: Path | None,
    **wishes: Any,
) -> None:
    """Draw contact sheets: the last frame of every beat."""
    from understanding_gradients.commands.request import asked
    from understanding_gradients.export.contact_sheet import write_sheets
    from understanding_gradients.export.targets import writable_folder

    with workspace().pool(jobs, limit, cluster) as pool:
        with request_errors():
            settings, clips = asked(slugs=slugs, learning_rate=learning_rate, **wishes)
            folder = writable_folder(output or MEDIA / "sheets")
            planned = workspace().plan(settings, clips, QUALITIES["hd"], pool)
        made = workspace().make(planned, "stills", pool)
    with workspace().exclusive(folder):
        for path in write_sheets(made.entries, folder):
            say(shown(path))
    workspace().report(made)


@cli.command()
@options(SLUGS, SETTINGS, THEME, JOBS, into("The folder; media/gallery if not given."))
def gallery(
    slugs: tuple[str, ...], jobs: int | None, limit: float, output: Path | None, **wishes: Any
) -> None:
    """Draw small stills for the README: the last beat of each clip, or SLUG.BEAT."""
    from understanding_gradients.commands.request import asked
    from understanding_gradients.commands.tables import known_timelines
    from understanding_gradients.export.contact_sheet import still_of, stills_of, write_stills
    from understanding_gradients.export.targets import writable_folder

    pairs = [(slug, beat) for slug, _, beat in (word.partition(".") for word in slugs)]
    with workspace().pool(jobs, limit) as pool:
        with request_errors():
            settings, clips = asked(slugs=tuple(slug for slug, _ in pairs), **wishes)
            folder = writable_folder(output or MEDIA / "gallery")
            planned = workspace().plan(settings, clips, QUALITIES["hd"], pool)
            # A clip once drawn knows its beats; of another, a wrong one is found after drawing.
            known = known_timelines(planned, workspace().store)
            for slug, beat in pairs:
                if slug in known:
                    still_of(stills_of(slug, known[slug]), beat)
        made = workspace().make(planned, "stills", pool)
    wanted = dict.fromkeys(pairs or [(clip.slug, "") for clip in clips])
    with workspace().exclusive(folder), request_errors():
        for path in write_stills(made.entries, folder, GALLERY_WIDTH, wanted):
            say(shown(path))
    workspace().report(made)


@cli.command()
@options(SETTINGS, LOSS, START)
@click.option("--steps", type=int, help="How many steps are taken; 100 if not given.")
@click.option(
    "--learning-rate", help="Positive, or suggest; just_right of lecture.toml's own loss."
)
@click.option("--optimizer", default="SGD", show_default=True, help="A name in torch.optim.")
@into("The file to write, ending in .safetensors.")
def record(
    start: str | None, learning_rate: str | None, output: Path | None, **wishes: Any
) -> None:
    """Record a descent without drawing it."""
    from understanding_gradients.commands.record import record_run
    from understanding_gradients.commands.request import naming, numbers, parse_rate
    from understanding_gradients.export.targets import writable_file

    with request_errors():
        if output is None:
            raise ValueError("record must be told where to write; add -o run.safetensors.")
        path = writable_file(output, ".safetensors")
        wishes["start"] = None if start is None else numbers(start)
        if learning_rate is not None:
            wishes["learning_rate"] = parse_rate(learning_rate)
        named = ("start", "steps", "learning_rate", "optimizer")
        typed = [name for name in named if wishes.get(name) is not None]
        with naming({name: f"--{name.replace('_', '-')}" for name in typed}):
            run = record_run(**wishes)
    run.save(path)
    rate = f"learning rate {run.learning_rates[0]:.6g}, " if run.steps else ""
    say(f"{shown(path)}: {run.steps} steps, {rate}{run.behavior}, last loss {run.losses[-1]:.6g}")
    if run.error:
        raise RuntimeError(f"{run.error}; the file has the steps before it.")


def workspace() -> Workspace:
    """Return where commands work."""
    return Workspace(MEDIA)


def end_in_order() -> None:
    """Let who ends the program from outside end its workers too, and leave nothing half done.

    The status is 128 and the signal's number, as a shell has it. A second signal ends it at once.
    """

    def end(number: int, _: Any) -> None:
        for one in ended_by:
            signal.signal(one, signal.SIG_DFL)
        # The terminal may be gone.
        with suppress(OSError):
            click.echo("Ended before the work was done; what was finished is kept.", err=True)
        raise Ended(128 + number)

    given = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    # Whoever started it may want it to go on without a terminal.
    ended_by = [one for one in given if signal.getsignal(one) != signal.SIG_IGN]
    for one in ended_by:
        signal.signal(one, end)


if __name__ == "__main__":
    end_in_order()
    cli()
