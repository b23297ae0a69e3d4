"""What a loss is taken over is said of the neuron's loss alone, and is true of the data."""

from __future__ import annotations

import pytest

from scenes import clip
from scenes.facts import chips
from scenes.facts.neurons import is_of_neuron
from scenes.mobjects.chip import Chip
from tests.lectures import LECTURES, SHORT, played
from understanding_gradients.lecture.record import record_lecture

ONE_ROW = SHORT.replace(rows=((2.0, 3.0),), picked_row=1)


def inputs_of(settings):
    return record_lecture(settings, ["rows", "just_right"])


@pytest.mark.parametrize(
    ("settings", "words"),
    [(SHORT, "all 5 rows"), (ONE_ROW, "the only row"), (LECTURES["valley"], "")],
    ids=["neuron", "one-row", "another-loss"],
)
def test_only_the_neurons_loss_is_taken_over_rows(settings, words):
    inputs = inputs_of(settings)
    assert chips.over_rows(inputs["just_right"]) == words
    assert bool(words) == is_of_neuron(inputs["rows"], inputs["just_right"])


def test_a_picked_row_is_counted_from_one_unless_it_is_alone():
    assert chips.picked_row(inputs_of(SHORT)["rows"]) == "row 4"
    assert chips.picked_row(inputs_of(ONE_ROW)["rows"]) == "the only row"


def test_another_loss_is_announced_where_it_takes_the_neurons_place():
    slug = "gradient-at-an-instant"
    scene = played(slug, record_lecture(LECTURES["one-parameter"], clip(slug).inputs))
    chip_texts = [one.label.plain_text for one in family(scene) if isinstance(one, Chip)]
    assert chip_texts == ["another loss"]


def family(scene):
    return [one for mobject in scene.mobjects for one in mobject.get_family()]
