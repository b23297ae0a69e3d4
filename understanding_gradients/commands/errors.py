"""How commands end: 0 done, 1 something failed, 2 the request was wrong; one sentence each."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from descent._files.atomic_write import atomic_write
from descent.checks.errors import InvalidArgument
from descent.checks.texts import in_a_line
from understanding_gradients.installation import media_folder

VERBOSE_VARIABLE = "UNDERSTANDING_GRADIENTS_VERBOSE"


class Command(click.Command):
    """A command with the option --verbose, which ends in one sentence where it fails."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.params.append(
            click.Option(
                ["--verbose"],
                is_flag=True,
                expose_value=False,
                callback=remember_verbose,
                help="Show the traceback of an error.",
            )
        )

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Parse the command line; standard output may refuse the help."""
        with output_errors():
            return super().make_context(*args, **options)


class Commands(click.Group, Command):
    """Commands whose failures and bugs are told apart."""

    command_class = Command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            with runtime_errors():
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            raise internal_error(error, ctx.invoked_subcommand or "command") from error


def remember_verbose(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    """Keep --verbose, before or after the name of the command."""
    if value:
        ctx.find_root().meta["verbose"] = True


def is_verbose() -> bool:
    """Return whether tracebacks are shown."""
    ctx = click.get_current_context(silent=True)
    asked = ctx is not None and ctx.find_root().meta.get("verbose", False)
    return asked or bool(os.environ.get(VERBOSE_VARIABLE))


def show_traceback(error: BaseException) -> None:
    """Print the traceback of `error` if that was asked for."""
    if is_verbose():
        click.echo("".join(traceback.format_exception(error)), err=True)


@contextmanager
def request_errors() -> Iterator[None]:
    """Turn a wrong request, or a file that cannot be read, into one sentence and status 2."""
    try:
        yield
    except (InvalidArgument, OSError) as error:
        show_traceback(error)
        raise click.UsageError(error_message(error)) from error


@contextmanager
def runtime_errors() -> Iterator[None]:
    """Turn a failure of the system, or of an operation, into one sentence and status 1."""
    try:
        yield
    except (click.exceptions.Exit, click.Abort):  # RuntimeErrors too, by which click ends
        raise
    except (OSError, RuntimeError) as error:
        show_traceback(error)
        raise click.ClickException(error_message(error)) from error


def internal_error(error: Exception, command: str) -> click.ClickException:
    """Return the sentence about an error of this project's own, whose traceback goes to a log."""
    show_traceback(error)
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    log = write_log(command, "".join(traceback.format_exception(error)))
    where = f": the traceback is in {display_path(log)}, and --verbose shows it" if log else ""
    return click.ClickException(
        in_a_line(
            f"{command} failed because of an error in Understanding Gradients, "
            f"not in the request; got {said}{where}."
        )
    )


def write_log(name: str, text: str, media: Path | None = None) -> Path | None:
    """Write media/logs/`name`.txt and return its path; None if that cannot be written."""
    path = (media or media_folder()) / "logs" / f"{name}.txt"
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Replacing the file does not follow a link in its place.
        with atomic_write(path) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
        return path
    return None


def echo(text: str) -> None:
    """Print to standard output."""
    with output_errors():
        click.echo(text)


@contextmanager
def output_errors() -> Iterator[None]:
    """Turn a standard output that takes nothing into one sentence and status 1."""
    try:
        yield
    except OSError as error:
        # The buffered rest would fail once more at exit.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno == errno.EPIPE:  # the reader has read enough
            sys.exit(1)
        raise click.ClickException(
            f"Standard output must be writable; got '{error.strerror}': send it elsewhere."
        ) from error


def display_path(path: Path) -> str:
    """Return `path` relative to the working folder if it lies there."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def error_message(error: Exception) -> str:
    """Return the text of an error on one line; of a system error the path and reason."""
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return in_a_line(f"{place}{error.strerror}.")
    return in_a_line(str(error))
