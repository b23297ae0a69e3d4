"""A question presumes nothing that the recording does not show."""

from types import SimpleNamespace

import pytest

from descent import LOSSES, record
from scenes.wording import prompts


@pytest.mark.parametrize(
    ("rate", "question"),
    [(0.01, "How far down will 3 steps lead?"), (0.8, "Where will 3 steps lead?")],
)
def test_a_way_down_is_presumed_only_where_there_is_one(rate, question):
    bowl = LOSSES["bowl"]
    run = record(bowl, bowl.start, learning_rate=rate, steps=3)
    assert prompts.how_far_down(SimpleNamespace(trajectory=run)) == question


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [(2, 6, "Steps 3 to 6"), (2, 3, "Step 3"), (0, 100, "Steps 1 to 100")],
)
def test_steps_are_named_by_the_first_and_the_last(first, last, name):
    assert prompts.later_steps(first, last) == name
