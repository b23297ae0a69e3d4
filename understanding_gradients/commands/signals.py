"""Signals that end a command in order, with its workers, and leave nothing unfinished."""

from __future__ import annotations

import signal
from contextlib import suppress
from typing import Any

import click

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Terminated(BaseException):
    """A signal ended the command.

    It is a BaseException, which no `except Exception` in a user's loss file catches.

    Attributes:
        status: The exit status, 128 plus the signal's number, as in a shell.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number


def raise_on_signals() -> None:
    """Raise `Terminated` when a signal arrives; a second signal ends the process at once."""

    def terminate(number: int, _: Any) -> None:
        for one in handled:
            signal.signal(one, signal.SIG_DFL)
        # The terminal may be gone.
        with suppress(OSError):
            click.echo("Ended before the work was done; what was finished is kept.", err=True)
        raise Terminated(number)

    # nohup ignores SIGHUP, so that a command goes on without its terminal.
    handled = [one for one in SIGNALS if signal.getsignal(one) != signal.SIG_IGN]
    for one in handled:
        signal.signal(one, terminate)
