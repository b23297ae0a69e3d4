"""Small recordings from which claims are made, or must not be made."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from tests.lectures import DEFAULT
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.lecture.recordings import RateTable

NAMES = ("very_small", "just_right", "very_large", "rates", "slice", "standing")
HOUSES = [(45, 148), (60, 190), (72, 231), (85, 265), (98, 310), (110, 322), (130, 399), (155, 461)]
HEATING = [
    *((-12.5, 61.2), (-8, 55.9), (-3.5, 47.3), (0.5, 40.8)),
    *((4, 33.1), (7.5, 29.9), (12, 20.4), (16, 12.2)),
]
LECTURES = {
    "default": {},
    "houses": {"rows": HOUSES, "picked_row": 5, "start": (0.0, 0.0)},
    "heating": {"rows": HEATING, "picked_row": 3, "start": (1.0, 10.0), "steps": 3},
    "one-row": {"rows": [(2, 3)], "picked_row": 1, "start": (-1.0, 0.5)},
    "barely": {"very_small": 0.02, "just_right": 0.2, "very_large": 0.53},
    "minimum": {"start": (1.15217391, 0.82826087)},
    "exact": {
        "start": (1.2017543859649122, 0.7789473684210526),
        **{"very_small": 0.0053, "just_right": 0.4, "very_large": 0.61},
    },
    "himmelblau": {"loss": "himmelblau", "start": (0.0, 0.0)},
    "negative": {"start": (2.0, 1.0), "very_large": 8.1},
    "wavy": {"start": (4.0,)},
    "valley": {"start": (-2.0, 1.0)},
    "unbounded": {"start": (1.0, 0.5)},
    "shifted": {"start": (3.0, 2.0)},
}
FILE = Path(__file__).with_name("losses.py")


@cache
def lecture(name, **changes):
    """Return the recordings of a lecture that is called in `LECTURES`, or by its loss."""
    chosen = LECTURES.get(name, {"loss": name})
    in_file = f"def {name}(" in FILE.read_text()
    loss = f"{FILE}:{name}" if in_file else chosen.get("loss", "neuron")
    start = DEFAULT.descent.start if loss == "neuron" else "suggest"
    settings = {"start": start, **chosen, "loss": loss, **changes}
    return record_lecture(DEFAULT.replace(**settings), NAMES)


def table(final_losses, critical=1.0, start=4.0, sharpness=None):
    """Return a table of the rates 0.5, 0.9, 1.1, 2 with these losses."""
    rates = [0.5, 0.9, 1.1, 2.0]
    sharpness = 2 / critical if sharpness is None else sharpness
    return RateTable(rates, np.array(final_losses, float), 100, start, sharpness, critical)
