"""A digest of what can be seen of a recording: its numbers to six figures.

Two processors round differently: torch computes x + a·y with one rounding where it can, else with
two. Nothing in a film shows that, so that it must make no picture stale. A film writes at most four
figures. A number half-way between two such texts is told from its neighbors, whose texts differ.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from descent.serialization import Saveable
from descent.views.landscape import Landscape
from understanding_gradients.lecture.recordings import load_recordings

HALF_WAY = re.compile(r"-?\d\.\d{0,3}50*e")


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
    elif isinstance(value, Saveable):
        for field in fields(value):  # pyright: ignore[reportArgumentType]  # all are dataclasses
            yield field.name
            yield from shown_texts(getattr(value, field.name))
    elif isinstance(value, tuple):
        yield f"{len(value)} items"
        for item in value:
            yield from shown_texts(item)
    elif isinstance(value, np.ndarray):
        yield str(value.shape)
        yield from map(shown_number if value.dtype.kind == "f" else repr, value.ravel().tolist())
    else:
        yield shown_number(value) if isinstance(value, float) else repr(value)


def shown_number(value: float) -> str:
    """Return a number to six figures, with a sign if it is less or more and that could be seen."""
    text = f"{value + 0.0:.5e}"  # no negative zero
    if value == float(text) or not HALF_WAY.match(text):
        return text
    return text + ("<" if value < float(text) else ">")
