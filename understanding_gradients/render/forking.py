"""Work beside a scene that is played: forked children of this process, which finish segments.

A child has all that its parent had at that moment, in memory that both share until one writes to
it: to draw a recorded segment it need not load Manim, and nobody plays the scene again. So one
process plays a clip, and as many as have a core draw it.

Forking is sound where nothing else runs in the process that could hold a lock: a worker has one
other thread, which sleeps until its parent is gone, and its libraries are told to start none. On
systems other than Linux the libraries of the system themselves may not be used after a fork.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import NoReturn

from descent._files.disk_space import CannotWrite

CAN_FORK = sys.platform == "linux"


class ChildFailed(Exception):
    """A child ended before its work was done; its log says why.

    Attributes:
        status: Its exit status; minus the number of the signal that ended it.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"a child ended with status {status}")
        self.status = status


class Children:
    """The children of this process that are at work.

    Args:
        detach: Called first in each child: it must not use what its parent writes to.
    """

    def __init__(self, detach: Callable[[], object]) -> None:
        self._detach = detach
        self._running: dict[int, tuple[str, Callable[[], object]]] = {}

    def __len__(self) -> int:
        """Return how many have not been seen to end."""
        return len(self._running)

    def start(self, key: str, work: Callable[[], object], on_done: Callable[[], object]) -> None:
        """Do `work` in a child; call `on_done` here when it is seen to have ended well.

        Args:
            key: What it makes.
            work: Called in the child.
            on_done: Called in this process.
        """
        with warnings.catch_warnings():
            # From Python 3.12 on, of the thread that sleeps.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            self._work_and_exit(work)
        self._running[child] = key, on_done

    def is_making(self, key: str) -> bool:
        """Return whether a child makes what has this key."""
        return any(key == made for made, _ in self._running.values())

    def note_ended(self) -> None:
        """Note which have ended, without waiting.

        Raises:
            ChildFailed: If one has failed.
        """
        for child in list(self._running):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                self._note(child, status)

    def wait(self, most: int = 0) -> None:
        """Wait until at most so many are at work.

        Raises:
            ChildFailed: If one has failed.
        """
        while len(self._running) > most:
            self._note(*os.wait())

    def kill(self) -> None:
        """Kill all: nobody waits for what they make."""
        for child in self._running:
            os.kill(child, signal.SIGKILL)
        for child in self._running:
            os.waitpid(child, 0)
        self._running.clear()

    def _note(self, child: int, status: int) -> None:
        # A scene may have started other processes.
        if child not in self._running:
            return
        _, on_done = self._running.pop(child)
        if status:
            raise ChildFailed(os.waitstatus_to_exitcode(status))
        on_done()

    def _work_and_exit(self, work: Callable[[], object]) -> NoReturn:
        status = 1
        try:
            self._detach()
            # To look for garbage would copy pages that are shared.
            gc.disable()
            work()
            status = 0
        except CannotWrite as error:
            print(error, file=sys.stderr)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            # Nothing of the parent's is closed or deleted.
            os._exit(status)
