"""Signals end a command, its workers and its temporary files in order."""

from __future__ import annotations

import signal
from contextlib import suppress
from typing import Any

import click


class Terminated(BaseException):
    """A signal ended the program.

    It is no Exception and no SystemExit, so that a user's loss file does not stop it by accident.

    Attributes:
        status: The exit status, as a shell has it: 128 plus the signal's number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number


def terminate_on_signals() -> None:
    """Raise `Terminated` at SIGINT, SIGTERM and SIGHUP; a second signal kills the process."""

    def terminate(number: int, _: Any) -> None:
        for one in handled:
            signal.signal(one, signal.SIG_DFL)
        # The terminal may be gone.
        with suppress(OSError):
            click.echo("Ended before the work was done; what was finished is kept.", err=True)
        raise Terminated(number)

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    # A signal that is ignored stays so: under nohup, a command goes on without its terminal.
    handled = [one for one in signals if signal.getsignal(one) != signal.SIG_IGN]
    for one in handled:
        signal.signal(one, terminate)
