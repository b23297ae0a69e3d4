"""A worker process, which runs one task after the other.

It is started as `python -m understanding_gradients.workers PARENT FOLDER`. PARENT is the
number of the process that sends the tasks; when that is gone, however it ended, the worker deletes
FOLDER, which they shared, and ends.

Tasks arrive on standard input, and events leave on standard output (`workers.events`); everything
that Manim prints goes to standard error. As each segment starts, the worker asks its parent whether
to draw it: several workers may play the same scene, and each draws what no other has claimed.

All that a task may need except its scene is loaded before the first one arrives.
"""

from __future__ import annotations

import gc
import os
import shutil
import sys
import threading
from contextlib import suppress
from typing import BinaryIO, NoReturn

from descent._files.disk_space import CannotWrite
from understanding_gradients.cache.keys import WORKER
from understanding_gradients.cache.sources import Sources
from understanding_gradients.render.forking import CAN_FORK, ChildFailed
from understanding_gradients.render.renderer import NoMoreSegments
from understanding_gradients.render.task import run_task
from understanding_gradients.workers.child import end_with, take_standard_output
from understanding_gradients.workers.events import (
    ChildrenRunning,
    Decision,
    Event,
    FramesDrawn,
    FramesPlanned,
    SegmentDone,
    SegmentStarted,
    StillDrawn,
    StoreWarning,
    TaskDone,
    TaskStarted,
    decode_decision,
    decode_number,
    decode_task,
    encode_line,
)

# Frames between two reports of progress.
REPORT_EVERY = 15
# Of a folder that is still written into.
DELETE_TRIES = 10
DELETING = threading.Lock()


class ParentGone(BaseException):
    """The process that sends the tasks is gone."""


class ParentProcess:
    """The process that sends the tasks and decisions, and receives the events of this one."""

    def __init__(self, events: BinaryIO, answers: BinaryIO) -> None:
        self._events, self._answers = events, answers
        self._unreported = 0
        self._pid = os.getpid()

    def emit(self, event: Event) -> None:
        """Send an event."""
        self._events.write(encode_line(event))
        self._events.flush()

    def should_draw(self, number: int) -> bool:
        """Ask whether to draw the segment `number`.

        Raises:
            NoMoreSegments: If neither it nor a later one is needed.
            ParentGone: If there is no answer.
        """
        decision = decode_decision(self._ask(SegmentStarted(number)))
        if decision == Decision.STOP:
            raise NoMoreSegments
        return decision == Decision.DRAW

    def max_children(self, running: int) -> int:
        """Ask how many children of this process may draw, where `running` do.

        Raises:
            ParentGone: If there is no answer.
        """
        return decode_number(self._ask(ChildrenRunning(running))) if CAN_FORK else 0

    def detach(self) -> None:
        """Leave the parent to this process; called in a child, which ends with this process."""
        end_with(self._pid)
        self._events.close()
        self._answers.close()

    def _ask(self, question: Event) -> bytes:
        self.emit(question)
        line = self._answers.readline()
        if not line:
            raise ParentGone
        return line

    def planned(self, frames: int) -> None:
        """Report the number of frames of the clip."""
        self.emit(FramesPlanned(frames))

    def drawn(self, frames: int, at_once: bool = False) -> None:
        """Report newly drawn frames, together with later ones unless `at_once`."""
        self._unreported += frames
        if self._unreported >= REPORT_EVERY or (at_once and self._unreported):
            self.emit(FramesDrawn(self._unreported))
            self._unreported = 0

    def segment_done(self, number: int, key: str, frames: int) -> None:
        """Report the key of a segment."""
        self.emit(SegmentDone(number, key, frames))

    def still_drawn(self, position: int, name: str, path: str) -> None:
        """Report the still of a beat."""
        self.emit(StillDrawn(position, name, path))

    def warn(self, sentence: str) -> None:
        """Report a warning of the store."""
        self.emit(StoreWarning(sentence))


def delete(folder: str) -> None:
    """Delete the folder of a worker, whose other thread may write into it or delete it too."""
    with DELETING:
        for _ in range(DELETE_TRIES):
            shutil.rmtree(folder, ignore_errors=True)
            if not os.path.lexists(folder):
                return


def end_as(status: int) -> NoReturn:
    """End as a child did whose work this process cannot do without."""
    if status < 0:
        os.kill(os.getpid(), -status)
    sys.exit(1)


def serve(events: BinaryIO, messages: BinaryIO) -> None:
    """Run the tasks in `messages`, one per line."""
    parent = ParentProcess(events, messages)
    loaded = Sources().digest([WORKER])
    while line := messages.readline():
        task = decode_task(line)
        if task.source != loaded:
            sys.exit("the source changed while a worker loaded it; render it again")
        parent.emit(TaskStarted())
        try:
            run_task(task, parent)
        except CannotWrite as error:
            sys.exit(str(error))
        except ChildFailed as failed:
            end_as(failed.status)
        parent.emit(TaskDone())
        # While it waits: a scene and its camera refer to each other.
        gc.collect()


def main() -> None:
    """Serve the process that started this one until it is gone."""
    parent, folder = sys.argv[1:]
    end_with(int(parent), lambda: delete(folder))
    events = take_standard_output()
    # A clip's mobjects live until its end: to collect garbage this rarely saves a twentieth of the
    # time, and takes no more memory.
    gc.set_threshold(50_000, 20, 50)
    # What is loaded stays, and need not be looked at by whoever collects.
    gc.freeze()
    with suppress(ParentGone, BrokenPipeError):
        serve(events, sys.stdin.buffer)
    delete(folder)
