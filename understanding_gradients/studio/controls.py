"""What controls show that lecture.toml does not say: the scale of the rates, the map of the start.

Both follow from recordings. For a network there is no map, for saved runs neither; a sentence says
why.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from descent.text.numbers import rate, superscript
from scenes.facts.map_place import shares_of_frame
from understanding_gradients.lecture.recordings import RATE_NAMES, RateTable, load_recordings
from understanding_gradients.lecture.settings import SUGGEST, Settings

RATES, MAP = "rates", "map"
RATE_TABLE, START_VIEW = "rates", "start_view"
# Powers of ten that a slider has below and above those around the boundary.
BELOW, ABOVE = 3, 1
LEAST, MOST = -307, 308  # powers of ten that are numbers
PLACES = 100  # at least, to which the start can be moved along each axis


@dataclass(frozen=True)
class RateScale:
    """The scale of the sliders of learning rates.

    Attributes:
        low: The least rate of a slider.
        high: The largest.
        boundary: 2/λ at the start; None where the loss does not curve upwards.
        boundary_text: The same as it is written beside its mark.
        suggested: What "suggest" came to, by the name of the rate.
        sentence: Why there are no rates to be chosen; "" if there are.
    """

    low: float = 0.0
    high: float = 0.0
    boundary: float | None = None
    boundary_text: str = ""
    suggested: dict[str, float] = field(default_factory=dict)
    sentence: str = ""


@dataclass(frozen=True)
class StartMap:
    """The picture on which the start is moved.

    Attributes:
        picture: Its address; "" if there is none.
        alt: What it shows.
        names: Of the parameters along its axes.
        window: The values at the ends of each axis.
        steps: How far apart along each axis the places are to which the start can be moved.
        box: The left and the top edge of the map in the picture, its width and height, as shares.
        own_start: Where the loss starts by itself; empty if nowhere.
        sentence: What the map shows besides, or why there is none.
    """

    picture: str = ""
    alt: str = ""
    names: tuple[str, ...] = ()
    window: tuple[tuple[float, float], ...] = ()
    steps: tuple[float, ...] = ()
    box: dict[str, float] = field(default_factory=dict)
    own_start: tuple[float, ...] = ()
    sentence: str = ""


def recordings_for(settings: Settings) -> tuple[str, ...]:
    """Return the names of the recordings that the controls need."""
    if settings.descent.runs:
        return ()
    return (RATE_TABLE,) if settings.descent.model else (RATE_TABLE, START_VIEW)


def rate_scale(settings: Settings, folder: Path | None) -> RateScale:
    """Return the scale of the rates.

    Args:
        settings: Of the lecture.
        folder: Of the table of rates; None for saved runs.
    """
    if folder is None:
        return RateScale(sentence=f"The learning rates are those of the saved {_runs(settings)}.")
    table: Any = load_recordings(folder, [RATE_TABLE])[RATE_TABLE]
    low, high = rate_range(table)
    boundary = table.critical_learning_rate if has_boundary(table) else None
    shown = dict(zip(RATE_NAMES, table.shown_rates.tolist(), strict=True))
    chosen = settings.learning_rates
    return RateScale(
        low=low,
        high=high,
        boundary=boundary,
        boundary_text=f"boundary 2/λ = {superscript(rate(boundary))}"
        if boundary is not None
        else "",
        suggested={name: shown[name] for name in RATE_NAMES if getattr(chosen, name) == SUGGEST},
    )


def start_map(settings: Settings, folder: Path | None, picture: str) -> StartMap:
    """Return the map of the start.

    Args:
        settings: Of the lecture.
        folder: Of the view of the start; None for a network and for saved runs.
        picture: The address of the drawn map.
    """
    if settings.descent.model:
        return StartMap(sentence="A network starts at the weights that its file gives it.")
    if folder is None:
        return StartMap(sentence=f"The start is that of the saved {_runs(settings)}.")
    view: Any = load_recordings(folder, [START_VIEW])[START_VIEW]
    landscape = view.landscape
    return StartMap(
        picture=picture,
        alt=f"The loss over {' and '.join(landscape.names)}",
        names=landscape.names,
        window=landscape.window,
        steps=tuple(place_step(high - low) for low, high in landscape.window),
        box=shares_of_frame(),
        own_start=tuple(view.own_start.tolist()),
        sentence="The cross marks a minimum." if view.has_minimum else "",
    )


def has_boundary(table: RateTable) -> bool:
    """Return whether 2/λ at the start is a number."""
    return 0 < table.critical_learning_rate < math.inf


def rate_range(table: RateTable) -> tuple[float, float]:
    """Return the ends of the sliders, powers of ten: they stay while the boundary does."""
    ends = [float(one) for one in table.learning_rates[[0, -1]]]
    if has_boundary(table):
        ends = table.shown_rates.tolist()
    low, high = math.floor(math.log10(min(ends))), math.ceil(math.log10(max(ends)))
    if has_boundary(table):
        boundary = math.log10(table.critical_learning_rate)
        low = min(low, math.floor(boundary) - BELOW)
        high = max(high, math.ceil(boundary) + ABOVE)
    return ten_to_the(low), ten_to_the(high)


def place_step(span: float) -> float:
    """Return the largest power of ten that divides an axis into `PLACES` or more."""
    return ten_to_the(math.floor(math.log10(span / PLACES)))


def ten_to_the(exponent: int) -> float:
    """Return a power of ten, or the nearest one that is a number."""
    return float(f"1e{min(max(exponent, LEAST), MOST)}")


def _runs(settings: Settings) -> str:
    return "runs" if len(settings.descent.runs) > 1 else "run"
