"""One recorded quantity has one text in all clips of a lecture; only axes have shorter numbers."""

from __future__ import annotations

import re
from collections import defaultdict

import numpy as np
import pytest

from tests.film.watching import recorded_lecture, watched_lecture
from tests.marks import slow_except

NUMBER = re.compile(r"\d[\d.]*(?:·10\^−?\d+)?")
RUNS = ("very_small", "just_right", "very_large", "neuron", "one_row", "curve")


def recorded_numbers(name):
    """The sizes of all parameters, gradients, changes and losses, but for those of typed data."""
    inputs = recorded_lecture(name)
    arrays = []
    for run in (inputs[key].full for key in RUNS):
        arrays += [run.iterates, run.gradients, np.diff(run.iterates, axis=0), run.losses]
    found = set(np.abs(np.concatenate([array.ravel() for array in arrays])).tolist())
    rows = inputs["rows"]
    return found - set(np.abs([*rows.x, *rows.y]).tolist())


@pytest.mark.parametrize(
    "name",
    slow_except(["default", "light", "diverging", "other-rows", "far-start"], "default"),
)
def test_a_recorded_number_is_written_alike_everywhere(name):
    recorded, shown = recorded_numbers(name), defaultdict(lambda: defaultdict(set))
    for clip in watched_lecture(name):
        for beat, texts in clip.texts.items():
            for text in set(texts) - clip.ticks[beat]:
                for number in NUMBER.findall(text):
                    for value in clip.written.get(number, set()) & recorded:
                        shown[value][number].add(f"{clip.slug}.{beat}")
    assert len(shown) > 30
    assert {value: dict(texts) for value, texts in shown.items() if len(texts) > 1} == {}
