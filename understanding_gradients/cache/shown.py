"""A digest of what can be seen of a recording: its numbers to six figures.

Two processors round differently: torch computes x + a·y with one rounding where it can, else with
two. Nothing in a film shows that, so that it must make no picture stale. A film writes at most four
figures. A number half-way between two such texts is told from its neighbors, whose texts differ.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.serialization import Saveable
from descent.text.numbers import ROUNDING
from descent.views.landscape import Landscape
from understanding_gradients.lecture.recordings import Slice, load_recordings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory

HALF_WAY = re.compile(r"^-?\d\.\d{0,3}50*e.*", re.MULTILINE)


def shown_digest(path: Path) -> str:
    """Return the digest of a recording's file, which has the recording's name."""
    recording = load_recordings(path.parent, [path.stem])[path.stem]
    content = hashlib.sha256()
    for text in shown_texts(recording):
        content.update(f"{text}\n".encode())
    return content.hexdigest()


def shown_texts(value: Any) -> Iterator[str]:
    """Yield what can be seen of a value of a recording."""
    if isinstance(value, Landscape):
        # Its axes are evenly spaced; near 0 they have nothing but rounding errors.
        yield from shown_texts((value.window, value.values, value.names))
    elif isinstance(value, Slice):
        # It is drawn, and told, by shares of the height and the distance at which descents begin.
        yield from _shown_fields(replace(value, **_without_rounding(value)))
    elif isinstance(value, Saveable):
        yield from _shown_fields(value)
    elif isinstance(value, tuple):
        yield f"{len(value)} items"
        for item in value:
            yield from shown_texts(item)
    elif isinstance(value, np.ndarray) and value.dtype.kind == "f":
        yield f"{value.shape}\n{shown_numbers(value.ravel())}"
    elif isinstance(value, np.ndarray):
        yield f"{value.shape}\n{value.ravel().tolist()!r}"
    else:
        yield shown_numbers(np.array([value])) if isinstance(value, float) else repr(value)


def _shown_fields(recording: Saveable) -> Iterator[str]:
    for field in fields(recording):  # pyright: ignore[reportArgumentType]  # all are dataclasses
        yield field.name
        yield from shown_texts(getattr(recording, field.name))


def _without_rounding(one: Slice) -> dict[str, Any]:
    """Return the fields of a slice in which 0 may be a rounding error, with 0 for those."""
    sampled = {
        name: _zero_below(ROUNDING * np.max(np.abs(array), initial=0), array)
        for name, array in (("heights", one.heights), ("slopes", one.slopes))
    }
    return sampled | {"descents": tuple(map(_without_rounding_of, one.descents))}


def _without_rounding_of(descent: Trajectory) -> Trajectory:
    arrays = {name: getattr(descent, name) for name in ("iterates", "losses", "gradients")}
    return replace(
        descent,
        **{name: _zero_below(ROUNDING * np.abs(rows[0]), rows) for name, rows in arrays.items()},
    )


def _zero_below(least: Any, array: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.abs(array) < least, 0.0, array)


def shown_numbers(values: NDArray[np.float64]) -> str:
    """Return numbers to six figures, one a line.

    One that is half-way between two texts of fewer figures has a sign if it is less or more than
    that, so that it could be seen.
    """
    values = values + 0.0  # no negative zero
    text = ("%.5e\n" * len(values)) % tuple(values.tolist())
    ends = np.flatnonzero(np.frombuffer(text.encode(), dtype=np.uint8) == ord("\n"))

    def with_side(found: re.Match[str]) -> str:
        value, written = values[np.searchsorted(ends, found.start())], float(found[0])
        return found[0] + ("" if value == written else "<" if value < written else ">")

    return HALF_WAY.sub(with_side, text)
