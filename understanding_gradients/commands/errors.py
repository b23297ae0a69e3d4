"""How commands report errors: one sentence and an exit status, and a traceback on request.

Status 2 is for a wrong request, status 1 for an operation that failed. An exception that neither
explains is an error in this program: its sentence says so, and its traceback goes into a log.
"""

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
from descent.checks.errors import InvalidArgument, RecordingFailed
from descent.checks.loss_file import is_loss_file, loss_file_place
from descent.checks.texts import described, in_a_line
from understanding_gradients.installation import PROJECT, media_folder
from understanding_gradients.spec.errors import OperationFailed

VERBOSE = "UNDERSTANDING_GRADIENTS_VERBOSE"
PACKAGES = ("descent", "scenes", "understanding_gradients")


class Command(click.Command):
    """A command with the option --verbose."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.params.append(
            click.Option(
                ["--verbose"],
                is_flag=True,
                expose_value=False,
                envvar=VERBOSE,
                callback=set_verbose,
                help="Show the traceback of an error.",
            )
        )

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Parse the arguments, and show the help if they ask for it."""
        with output_errors():
            return super().make_context(*args, **options)


class Commands(Command, click.Group):
    """A group of commands, of which each ends in one sentence if something stops it."""

    command_class = Command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        # click's own, and what it ends with itself.
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except (OSError, OperationFailed, MemoryError) as error:
            show_details(formatted(error))
            raise click.ClickException(sentence(error)) from error
        except Exception as error:
            command = ctx.invoked_subcommand or str(ctx.info_name)
            raise unexpected_failure(error, command) from error


def set_verbose(context: click.Context, _: click.Parameter, value: bool) -> None:
    """Keep whether the traceback of an error is to be shown, for all commands of the line."""
    context.meta[VERBOSE] = value or context.meta.get(VERBOSE, False)


def show_details(text: str) -> None:
    """Print a traceback or a worker's log to standard error if --verbose was given."""
    context = click.get_current_context(silent=True)
    if context is not None and context.meta.get(VERBOSE):
        click.echo(text.rstrip(), err=True)


def say(text: str) -> None:
    """Print the result of a command to standard output."""
    with output_errors():
        click.echo(text)


@contextmanager
def output_errors() -> Iterator[None]:
    """Turn an error of standard output into one sentence and status 1."""
    try:
        yield
    except OSError as error:
        # What is still buffered would fail once more when Python ends.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno == errno.EPIPE:  # the reader has read enough
            sys.exit(1)
        raise click.ClickException(
            f"Standard output must take what is said; got '{error.strerror}': send it elsewhere."
        ) from error


@contextmanager
def request_errors() -> Iterator[None]:
    """Turn a wrong request into one sentence and status 2.

    A request is wrong by an `InvalidArgument`, or by an OSError of a file that the user named.
    """
    try:
        yield
    except (InvalidArgument, OSError) as error:
        show_details(formatted(error))
        raise click.UsageError(sentence(error)) from error


@contextmanager
def recording_errors() -> Iterator[None]:
    """Turn a recording that fails on the way into an `OperationFailed`.

    `descent` raises `RecordingFailed` if a loss or a solver fails; a disk raises an OSError.
    """
    try:
        yield
    except (OSError, RecordingFailed) as error:
        raise OperationFailed(sentence(error)) from error


def failure_sentence(error: Exception, command: str) -> str:
    """Return the sentence that a command line ends with if `error` stops the command."""
    if isinstance(error, InvalidArgument | OSError | OperationFailed | MemoryError):
        return sentence(error)
    return unexpected_failure(error, command).message


def unexpected_failure(error: Exception, command: str) -> click.ClickException:
    """Return the error, with status 1, for an exception that nothing explains.

    It is an error in the user's loss file if that raised it, else one in this program.
    """
    details = formatted(error)
    show_details(details)
    if is_error_of_loss_file(error):
        place = loss_file_place(error)
        return click.ClickException(f"{place}: {described(error)}; {command} cannot go on.")
    log = write_log(f"{command}.command", details)
    where = f"the traceback is in {log}; " if log else ""
    return click.ClickException(
        f"{command} failed because of an error in {PROJECT}: {described(error)}; "
        f"{where}--verbose shows {'it' if log else 'the traceback'}."
    )


def sentence(error: BaseException) -> str:
    """Return the text of an error in one line, with its place in the user's loss file."""
    if isinstance(error, OSError) and error.strerror:
        file = f"{error.filename}: " if error.filename else ""
        return in_a_line(f"{file}{error.strerror}.")
    if isinstance(error, MemoryError):
        return in_a_line(f"Memory must suffice; got {str(error) or 'none left'}.")
    place = loss_file_place(error)
    return in_a_line(f"{place}: {error}" if place else str(error))


def is_error_of_loss_file(error: BaseException) -> bool:
    """Return whether a user's loss file raised, by itself or by what it called of a library."""
    for frame, _ in reversed(list(traceback.walk_tb(error.__traceback__))):
        if is_loss_file(frame):
            return True
        if str(frame.f_globals.get("__name__")).partition(".")[0] in PACKAGES:
            return False
    return False


def formatted(error: BaseException) -> str:
    """Return the traceback of an error as text."""
    return "".join(traceback.format_exception(error))


def write_log(name: str, text: str) -> str:
    """Write a text into the folder of logs; return its path, or "" if it cannot be written."""
    log = media_folder() / "logs" / f"{name}.txt"
    # A full disk must not hide the error itself.
    with suppress(OSError):
        log.parent.mkdir(parents=True, exist_ok=True)
        # A link in its place is replaced, not followed.
        with atomic_write(log) as unfinished:
            unfinished.write_text(text, encoding="utf-8", errors="backslashreplace")
        return shown(log)
    return ""


def shown(path: Path) -> str:
    """Return `path` relative to the working folder, if it is inside."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
