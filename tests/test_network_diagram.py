"""The network's clip: what it shows is the recorded gradient, whatever the network's size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from descent import NetworkGradient
from descent.text.numbers import fixed
from scenes import style
from scenes.claims import Claim, Prompt
from scenes.facts.partials import layer_sizes, partials
from scenes.mobjects.network.gradient_column import LEAST_BAR, MOST_ROWS, GradientColumn
from scenes.mobjects.network.gradient_formula import GradientFormula
from scenes.mobjects.network.network_diagram import NetworkDiagram
from scenes.mobjects.network.signed_line import line_width
from scenes.typesetting.labels import Label
from scenes.wording.network import gradient_of_zeros
from tests.lectures import played, small_frames
from tests.legibility import violations, visible_texts
from tests.marks import slow_except
from understanding_gradients.lecture.network import NetworkPass

UNKIND = {
    "one weight": ((1, 1), 1.0),
    "two inputs": ((2, 4, 1), 1.0),
    "five layers": ((1, 2, 8, 2, 3, 1), 1.0),
    "too many to draw": ((2, 30, 2), 1.0),
    "steep": ((1, 3, 1), 1e6),
}


def network(sizes=(1, 3, 1), scale=1.0, biased=True):
    """A network whose partials are random numbers, times `scale`."""
    random = np.random.default_rng(7)
    shapes = [(after, before) for before, after in zip(sizes, sizes[1:], strict=False)]
    biases = tuple(random.normal(size=after if biased else 0) for after, _ in shapes)
    return NetworkGradient(
        weights=tuple(random.normal(size=shape) for shape in shapes),
        biases=biases,
        weight_gradients=tuple(scale * random.normal(size=shape) for shape in shapes),
        bias_gradients=tuple(scale * random.normal(size=bias.shape) for bias in biases),
        loss=2.5,
    )


def forward(given, **changes):
    """A forward pass through `given` whose values are random numbers."""
    random = np.random.default_rng(8)
    parts = {
        "columns": tuple(random.normal(size=size) for size in layer_sizes(given)),
        "activation": "tanh",
        "rows": 5,
        "picked": 3,
        "is_standardised": False,
        "flat": 0.0,
    }
    return NetworkPass(**{**parts, **changes})


def inputs(given, **changes):
    return {"network": given, "network_pass": forward(given, **changes)}


def full_stills(scene, beat):
    """What is wrong with the stills on which everything has arrived."""
    return violations(scene) if beat.name in ("forward", "layer-1", "general") else []


def test_every_partial_is_read_under_the_name_that_pytorch_indexes():
    given = network((2, 3, 1))
    read = {one.name: one.value for one in partials(given)}
    assert len(read) == 6 + 3 + 3 + 1
    assert read["W1[2,1]"] == given.weight_gradients[0][2, 1]
    assert read["b1[0]"] == given.bias_gradients[0][0]
    assert read["b2"] == given.bias_gradients[1][0]


def test_the_column_shows_every_partial_with_its_number_and_a_bar_of_its_sign():
    every = partials(network())
    with small_frames():
        column = GradientColumn(every)
    assert [label.plain_text for label in column.numbers] == [
        fixed(p.value, signed=True) for p in every
    ]
    ends = [bar.get_end()[0] - bar.get_start()[0] for bar in column.bars]
    assert np.sign(ends).tolist() == [np.sign(one.value) for one in every]
    sizes = np.array([one.size for one in every])
    to_scale = np.abs(ends) > 1.01 * LEAST_BAR
    lengths = np.abs(ends)[to_scale] / sizes[to_scale]
    assert to_scale.sum() >= 8
    assert lengths == pytest.approx(lengths[0], rel=1e-2)


def test_a_bar_that_would_be_too_short_to_see_has_the_least_length():
    every = partials(network())
    smallest = min(every, key=lambda one: one.size)
    every[every.index(smallest)] = replace(smallest, value=-1e-6)
    with small_frames():
        column = GradientColumn(every)
    bar = column.bars[[one.value for one in every].index(-1e-6)]
    assert bar.get_end()[0] - bar.get_start()[0] == pytest.approx(-LEAST_BAR)


def test_where_every_partial_is_zero_nothing_is_drawn_for_it():
    every = partials(network(scale=0.0))
    with small_frames():
        given = network(scale=0.0)
        column, diagram = GradientColumn(every), NetworkDiagram(given, forward(given))
        diagram.show_partials(1, every[:6], 0.0)
    assert {bar.get_stroke_width() for bar in column.bars} == {0}
    assert {diagram.marks[one.key].get_stroke_width() for one in every[:6]} == {style.HAIRLINE}
    assert gradient_of_zeros(every) == "The gradient here: 10 numbers, each zero"


def test_where_not_all_fit_the_largest_are_shown_and_the_others_counted():
    every = partials(network((1, 8, 1)))
    with small_frames():
        column = GradientColumn(every)
    assert len(column.rows) == MOST_ROWS - 1
    smallest_shown = min(one.size for one in column.rows)
    assert all(one.size <= smallest_shown for one in every if one not in column.rows)
    assert column.rest.plain_text == f"and {25 - len(column.rows)} smaller ones"


def test_a_line_is_as_much_wider_as_its_partial_is_larger():
    widths = [line_width(size, 2.0, 15.0) for size in (0.0, 1.0, 2.0)]
    assert widths[2] == 15.0
    assert widths[2] - widths[1] == pytest.approx(widths[1] - widths[0])
    assert line_width(0.0, 0.0, 15.0) == widths[0]


def test_every_drawn_weight_and_bias_has_its_mark_and_no_neurons_touch():
    with small_frames():
        given = network((2, 9, 1))
        diagram = NetworkDiagram(given, forward(given))
    assert len(diagram.marks) == 18 + 9 + 9 + 1
    places = np.array([place for column in diagram.columns for place in column.values()])
    distances = np.linalg.norm(places[:, None] - places, axis=-1) + 9 * np.eye(len(places))
    assert distances.min() > 2 * diagram.radius


def test_layers_that_form_no_chain_are_refused():
    weights, biases = (np.ones((3, 1)), np.ones((1, 2))), (np.ones(3), np.ones(1))
    loose = NetworkGradient(weights, biases, weights, biases, loss=1.0)
    with pytest.raises(ValueError, match="must form a chain to be drawn"):
        layer_sizes(loose)


@pytest.mark.render
@pytest.mark.parametrize("case", slow_except(UNKIND, "two inputs"))
def test_every_still_of_an_unkind_network_can_be_read(case):
    sizes, scale = UNKIND[case]
    found = []
    with small_frames():
        played(
            "gradient-of-a-network",
            inputs(
                network(sizes, scale, biased=case != "two inputs"),
                is_standardised=case == "steep",
                flat=1.0,
            ),
            on_beat_end=lambda scene, beat: found.extend(full_stills(scene, beat)),
        )
    assert found == []


def test_every_neuron_shows_its_activation_and_its_recorded_value():
    given = network()
    passed = forward(given)
    with small_frames():
        diagram = NetworkDiagram(given, passed)
    shown = [[label[-1].plain_text for label in column] for column in diagram.values]
    assert shown == [[fixed(float(v)) for v in column] for column in passed.columns]
    written = [
        part.plain_text for part in diagram.neurons[1].submobjects if isinstance(part, Label)
    ]
    assert written == ["tanh"] * 3


def test_the_formula_of_any_network_ends_with_layer_m():
    given = network()
    with small_frames():
        formula = GradientFormula(2, NetworkDiagram(given, forward(given)).heads)
    assert list(formula.phrase.parts) == ["open", "W1", "b1", "W2", "b2", "close"]
    assert list(formula.general.parts) == ["open", "W1", "b1", "…", "WM", "bM", "close"]


@pytest.mark.render
def test_partials_arrive_from_the_loss_backwards():
    with small_frames():
        scene = played("gradient-of-a-network", inputs(network((1, 2, 2, 1))))
    names = [beat.name for beat in scene.beats]
    assert names[4:7] == ["layer-3", "layer-2", "layer-1"]
    assert scene.beats[-1].caption == "Here M is 3."
    assert all(isinstance(beat.headline, Claim | Prompt) for beat in scene.beats)


@pytest.mark.render
def test_standardised_data_are_said_to_be():
    with small_frames():
        scene = played("gradient-of-a-network", inputs(network(), is_standardised=True, flat=1.0))
    (beat,) = [beat for beat in scene.beats if beat.name == "standardised"]
    assert beat.headline == "x and y are standardised: at the raw x, tanh is often flat"
    notes = [text.text for text in visible_texts(scene)]
    assert "x, y standardised" in notes
