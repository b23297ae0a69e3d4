"""What is known about the exported files in a presentation, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from understanding_gradients.decks.presentation import EmbeddedFile
from understanding_gradients.installation import program
from understanding_gradients.spec.errors import OperationFailed
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.timeline import Timeline


class State(StrEnum):
    """What is known about a file in a presentation; the values are part of the report.

    Attributes:
        FRESH: Its picture is today's.
        STALE: It would be rendered again.
        SWAPPED: It was rendered again.
        LEFT: It is not as this project made it.
        FAILED: It could not be rendered.
        UNKNOWN: It cannot be rendered again as it was.
    """

    FRESH = "fresh already"
    STALE = "to be swapped"
    SWAPPED = "swapped"
    LEFT = "left"
    FAILED = "failed"
    UNKNOWN = "not drawn again"


# The states of a file that shows today's picture in the end.
CURRENT = (State.FRESH, State.STALE, State.SWAPPED)
# The states of a file that is swapped, or would be.
NEW = (State.STALE, State.SWAPPED)
# What the owner of a presentation can do about a file that is left.
INSERT = f"for today's, insert what `{program()} clip` writes"
KEEP = "delete the slide, or keep it as it is"


class CannotUpdate(Exception):
    """A file that cannot be rendered again as it was; the text says why."""


def state_after(error: Exception) -> State:
    """Return the state of a file whose update ended with `error`."""
    return State.FAILED if isinstance(error, OperationFailed) else State.UNKNOWN


@dataclass(frozen=True)
class ClipStatus:
    """The state of one file.

    Attributes:
        file: The file.
        state: Its state.
        reason: Why it is left, failed, or cannot be drawn again.
        job: Renders its clip if it is STALE.
        timeline: The beats of its clip today, with the lecturer's captions; None if not known.
        caption: Today's caption of its beat, if its picture is today's.
        milliseconds: How long the film in the presentation lasts; None if it is no film.
        remarks: What the owner should know of it if it is swapped, a sentence each.
    """

    file: EmbeddedFile
    state: State
    reason: str = ""
    job: Job | None = None
    timeline: Timeline | None = None
    caption: str = ""
    milliseconds: float | None = None
    remarks: tuple[str, ...] = ()
