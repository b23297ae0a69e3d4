"""Work beside a scene that is played: done by forked children of this process, and by itself.

A child has all that its parent had at that moment, in memory that both share until one writes to
it: to draw a recorded segment it need not load Manim, and nobody plays the scene again. So one
process plays a clip, and as many as have a core draw it.

To fork costs more than to draw a few frames: pages are copied as they are written to, and a camera
that has drawn nothing draws its first frame whole. So a child takes all the work that waits at that
moment. Whoever is free takes the next piece: a pipe has a byte for each, and a byte is read once.

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
from dataclasses import dataclass
from typing import NoReturn

from descent._files.disk_space import CannotWrite

CAN_FORK = sys.platform == "linux"
MOST_SHARED = 256  # pieces of work that a byte can tell apart
# Frames that wait for a child before this process draws some: each takes memory.
MOST_WAITING = 120


class ChildFailed(Exception):
    """A child ended before its work was done; its log says why.

    Attributes:
        status: Its exit status; minus the number of the signal that ended it.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"a child ended with status {status}")
        self.status = status


@dataclass(frozen=True)
class Work:
    """A segment to be drawn.

    Attributes:
        frames: How many it has.
        draw: Draws it; called with a function that is told of newly drawn frames.
        on_done: Called in the process that plays the scene when it is drawn, with the number of
            frames that it has not been told of.
    """

    frames: int
    draw: Callable[[Callable[[int], object]], object]
    on_done: Callable[[int], object]


class WorkQueue:
    """Segments that are drawn in this process and in its children.

    Args:
        max_children: Asked with the number of children at work how many may be.
        detach: Called first in each child: it must not use what its parent writes to.
        on_drawn: Told of frames that were drawn in this process.
    """

    def __init__(
        self,
        max_children: Callable[[int], int],
        detach: Callable[[], object],
        on_drawn: Callable[[int], object],
    ) -> None:
        self._max_children, self._detach, self._on_drawn = max_children, detach, on_drawn
        self._waiting: list[Work] = []
        self._shared: list[_Shared] = []

    def add(self, work: Work) -> None:
        """Have `work` done: at once, by a child, or until `finish` returns.

        Raises:
            ChildFailed: If a child has failed.
        """
        self._waiting.append(work)
        if not self._fork():
            # No core is free but this one.
            while self._waiting:
                self._do_one()
        while sum(one.frames for one in self._waiting) > MOST_WAITING:
            self._do_one()

    def finish(self) -> None:
        """Do all that is left, and wait for the children.

        Raises:
            ChildFailed: If a child has failed.
        """
        while self._waiting or any(shared.children for shared in self._shared):
            if len(self._waiting) > 1:
                self._fork()
            if not self._do_one():
                self._shared[0].wait()
            self._note_done()

    def kill(self) -> None:
        """Kill the children: nobody waits for what they make."""
        for shared in self._shared:
            shared.kill()
        self._waiting, self._shared = [], []

    def _fork(self) -> int:
        """Let the children that there is a core for share what waits; return how many may work."""
        self._note_done()
        running = sum(len(shared.children) for shared in self._shared)
        most = self._max_children(running)
        if (more := min(most - running, len(self._waiting))) <= 0:
            return most
        shared = _Shared(self._waiting[:MOST_SHARED])
        try:
            for _ in range(more):
                shared.start_child(self._detach)
        except OSError:  # the system lets no further process start
            if not shared.children:
                shared.close()
                return running
        self._waiting = self._waiting[MOST_SHARED:]
        self._shared.append(shared)
        return most

    def _do_one(self) -> bool:
        """Do what a child is asked to do and has not begun, or what waits; return if there was."""
        for shared in self._shared:
            if (work := shared.take()) is not None:
                break
        else:
            if not self._waiting:
                return False
            work = self._waiting.pop(0)
        told = 0

        def on_drawn(frames: int) -> None:
            nonlocal told
            told += frames
            self._on_drawn(frames)

        work.draw(on_drawn)
        work.on_done(work.frames - told)
        return True

    def _note_done(self) -> None:
        """Note what the children have done, without waiting."""
        for shared in list(self._shared):
            shared.note_done()
            if not shared.children:
                self._shared.remove(shared)
                # All of it was begun, or its children would not have ended.
                shared.close()


class _Shared:
    """Work that children share with this process.

    Attributes:
        children: The process numbers of those that have not been seen to end.
    """

    def __init__(self, works: list[Work]) -> None:
        self._works = works
        self.children: list[int] = []
        self._left, numbers = os.pipe()
        os.write(numbers, bytes(range(len(works))))
        os.close(numbers)
        self._done, self._report = os.pipe()
        os.set_blocking(self._done, False)

    def start_child(self, detach: Callable[[], object]) -> None:
        """Start a child, which ends when no work is left to begin."""
        with warnings.catch_warnings():
            # From Python 3.12 on, of the thread that sleeps.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            self._work_and_exit(detach)
        self.children.append(child)

    def take(self) -> Work | None:
        """Return work that nobody has begun; None if there is none."""
        number = os.read(self._left, 1)
        return self._works[number[0]] if number else None

    def note_done(self) -> None:
        """Note what was done and which children have ended, without waiting.

        Raises:
            ChildFailed: If one has failed.
        """
        for child in list(self.children):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                self._note_ended(child, status)
        self._note_reports()

    def wait(self) -> None:
        """Wait until a child has ended.

        Raises:
            ChildFailed: If it has failed.
        """
        self._note_ended(*os.waitpid(self.children[0], 0))

    def kill(self) -> None:
        """Kill the children."""
        for child in self.children:
            os.kill(child, signal.SIGKILL)
        for child in self.children:
            os.waitpid(child, 0)
        self.close()

    def close(self) -> None:
        """Close the pipes."""
        for pipe in (self._left, self._done, self._report):
            os.close(pipe)

    def _note_ended(self, child: int, status: int) -> None:
        self.children.remove(child)
        if status:
            raise ChildFailed(os.waitstatus_to_exitcode(status))

    def _note_reports(self) -> None:
        while True:
            try:
                numbers = os.read(self._done, MOST_SHARED)
            except BlockingIOError:
                return
            for number in numbers:
                self._works[number].on_done(self._works[number].frames)

    def _work_and_exit(self, detach: Callable[[], object]) -> NoReturn:
        status = 1
        try:
            detach()
            # To look for garbage would copy pages that are shared.
            gc.disable()
            while number := os.read(self._left, 1):
                self._works[number[0]].draw(lambda frames: None)
                os.write(self._report, number)
            status = 0
        except CannotWrite as error:
            print(error, file=sys.stderr)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            # Nothing of the parent's is closed or deleted.
            os._exit(status)
