"""The line protocol between a worker process and its parent: one JSON object per line.

The parent sends a `Task`. The worker answers with events, of which `TaskStarted` is the first and
`TaskDone` the last; the parent answers each `SegmentStarted` with a `Decision`, and each
`ChildrenRunning` with a number.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from understanding_gradients.spec.job import Task


class Event(msgspec.Struct, frozen=True, tag_field="event"):
    """Something that happens in a worker."""


class TaskStarted(Event, frozen=True, tag="task started"):
    """The worker has loaded all it needs and starts the task."""


class SegmentStarted(Event, frozen=True, tag="segment started"):
    """The scene has come to the segment `number`: should it be drawn?"""

    number: int


class ChildrenRunning(Event, frozen=True, tag="children running"):
    """So many children of the worker draw segments: how many may?"""

    count: int


class FramesPlanned(Event, frozen=True, tag="frames planned"):
    """The clip will have a number of frames."""

    frames: int


class FramesDrawn(Event, frozen=True, tag="frames drawn"):
    """A number of frames has been drawn since the last such event."""

    frames: int


class SegmentDone(Event, frozen=True, tag="segment"):
    """The segment `number` has a number of frames and this key, under which it is stored."""

    number: int
    key: str
    frames: int


class StillDrawn(Event, frozen=True, tag="still"):
    """The last frame of the beat at a position, with its name, is in a file."""

    position: int
    name: str
    path: str


class StoreWarning(Event, frozen=True, tag="warning"):
    """The store has found damage."""

    sentence: str


class TaskDone(Event, frozen=True, tag="task done"):
    """The task has been done."""


WorkerEvent = (
    TaskStarted
    | SegmentStarted
    | ChildrenRunning
    | FramesPlanned
    | FramesDrawn
    | SegmentDone
    | StillDrawn
    | StoreWarning
    | TaskDone
)


class Decision(StrEnum):
    """The answer to `SegmentStarted`.

    Attributes:
        DRAW: Draw this segment.
        SKIP: Play it without drawing.
        STOP: End the scene: neither this segment nor a later one is needed.
    """

    DRAW = "draw"
    SKIP = "skip"
    STOP = "stop"


def encode_line(message: Task | Event | Decision | int) -> bytes:
    """Return `message` as a line."""
    return msgspec.json.encode(message, enc_hook=_from_path) + b"\n"


def decode_event(line: bytes) -> WorkerEvent:
    """Return the event in a line from a worker."""
    return _event_decoder.decode(line)


def decode_decision(line: bytes) -> Decision:
    """Return the decision in a line from the parent."""
    return msgspec.json.decode(line, type=Decision)


def decode_number(line: bytes) -> int:
    """Return the number in a line from the parent."""
    return msgspec.json.decode(line, type=int)


def decode_task(line: bytes) -> Task:
    """Return the task in a line from the parent."""
    return msgspec.json.decode(line, type=Task, dec_hook=_to_path)


def _from_path(path: Any) -> str:
    """Return the bytes of a path as Latin-1: a folder's name need not be valid UTF-8."""
    return os.fsencode(path).decode("latin-1")


def _to_path(kind: type, value: Any) -> Path:
    return kind(os.fsdecode(value.encode("latin-1")))


_event_decoder = msgspec.json.Decoder(WorkerEvent)
