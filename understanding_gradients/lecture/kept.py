"""What a process that stays keeps of a lecture for its next recordings, at other learning rates."""

from __future__ import annotations

from typing import Any

import msgspec

from understanding_gradients.lecture.settings import Settings

MOST_LECTURES = 3


class _Keeping:
    """Whether anything is kept in this process, and what."""

    def __init__(self) -> None:
        self.is_on = False
        self.lectures: dict[bytes, dict[str, Any]] = {}


_keeping = _Keeping()


def keep(is_on: bool = True) -> None:
    """Keep from now on what no learning rate changes, or forget it."""
    _keeping.is_on = is_on
    _keeping.lectures.clear()


def kept_of(settings: Settings) -> dict[str, Any]:
    """Return what is kept of a lecture by name, to which more is added.

    Of a lecture whose loss is in somebody's own file, nothing is kept: no key can cover what such a
    file reads.
    """
    if not _keeping.is_on or settings.descent.is_of_a_file:
        return {}
    lectures, key = _keeping.lectures, msgspec.json.encode([settings.data, settings.descent])
    lectures[key] = found = lectures.pop(key, {})
    while len(lectures) > MOST_LECTURES:
        del lectures[next(iter(lectures))]
    return found
