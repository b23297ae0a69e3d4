"""Where a gradient becomes a step, the lengths on the screen are those of the update rule."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent import LOSSES, record
from scenes.facts.gradients import is_zero
from scenes.facts.scale import plain_scale, scale_text
from scenes.mobjects.arrows import TURN
from scenes.mobjects.descent.iterate_path import HALO
from scenes.mobjects.descent.loss_panel import LossPanel
from scenes.mobjects.descent.value_table import ValueTable
from tests.lectures import DEFAULT, small_frames
from understanding_gradients.lecture.from_runs import single_run_inputs
from understanding_gradients.lecture.record import record_lecture

RATES = ("very_small", "just_right", "very_large")
LOWEST = (1.2017543859649122, 0.7789473684210526)  # of the default rows, with a gradient of 2e-16


@pytest.fixture(scope="module")
def lecture():
    return record_lecture(DEFAULT, RATES)


def length(mark):
    return float(np.linalg.norm(mark.get_end() - mark.get_start()))


def value(text):
    """The value of a scale as it is written."""
    top, _, below = text.replace("−", "-").partition("/")
    return float(top.replace("·10^", "e").replace("10^", "1e")) / float(below or 1)


@pytest.mark.parametrize("name", RATES)
def test_a_step_is_the_learning_rate_times_its_gradient_in_the_scale_that_is_said(lecture, name):
    run = lecture[name]
    with small_frames():
        for t in range(run.trajectory.steps):
            panel = LossPanel(run, view=int(run.views[t + 1]))
            panel.path.t = t
            said = value(panel.scale_note().plain_text.removeprefix("gradient × "))
            gradient, step = length(panel.gradient_mark(t)), length(panel.step_mark(t))
            if min(gradient, step) > 0.1:
                assert step / gradient * said == pytest.approx(run.learning_rate, rel=1e-3)


def test_the_scale_is_said_with_the_first_gradient_and_again_where_the_view_widens(lecture):
    run = lecture["very_large"]
    with small_frames():
        panel = LossPanel(run)
        assert panel.note is None
        panel.show_gradient()
        first, last = panel.note.plain_text, run.trajectory.steps
        moves = panel.widen(last)
    said = panel.note.plain_text
    assert run.views[last] > run.views[0]
    assert said != first
    assert value(said.removeprefix("gradient × ")) == pytest.approx(panel.gradient_scale())
    assert sum(move.mobject is panel.note for move in moves) == 1


@given(st.floats(1e-290, 1e290))
def test_a_scale_is_the_largest_that_can_be_said(most):
    scale = plain_scale(most)
    assert 0.39 * most < scale <= most * (1 + 1e-8)
    assert value(scale_text(scale)) == pytest.approx(scale, rel=1e-9)
    assert sum(digit in "123456789" for digit in scale_text(scale).partition("10^")[0]) <= 2


@pytest.mark.parametrize(
    ("most", "text"),
    [(1 / 8.3, "1/9"), (1.0, "1"), (0.25, "1/4"), (1 / 33, "1/40"), (1e-5, "10^−5")]
    + [(27, "20"), (1 / 3001, "2·10^−4"), (7e8, "5·10^8")],
)
def test_scales_are_plain_fractions_and_whole_numbers(most, text):
    assert scale_text(plain_scale(most)) == text


def test_an_infinite_or_missing_gradient_has_no_scale():
    assert [plain_scale(most) for most in (0.0, np.inf, np.nan, 5e-324)] == [0.0] * 4


def test_a_gradient_of_rounding_noise_is_none():
    run = record_lecture(
        DEFAULT.replace(start=LOWEST, steps=2, very_small=0.01, just_right=0.4, very_large=0.6),
        ["just_right"],
    )["just_right"]
    assert 0 < np.abs(run.trajectory.gradients[0]).max() < 1e-14
    assert all(is_zero(run, t) for t in range(3))
    with small_frames():
        panel = LossPanel(run)
        panel.show_gradient()
        assert panel.mark.get_stroke_opacity() == 0
        assert panel.note is None
        table = ValueTable(run.trajectory, sharpness=run.sharpness)
        table.fill_all(0, "gradient", "change", "loss")
    noise = ["≈0", "≈0"]
    assert table.plain_texts() == {"gradient": noise, "change": noise, "loss": ["0.070"]}


@pytest.mark.parametrize("rate", [0.1, 0.24])
def test_a_small_gradient_that_is_true_is_no_rounding(rate):
    bowl = LOSSES["bowl"]
    whole = record(bowl, bowl.start, learning_rate=rate, steps=60)
    assert np.abs(whole.gradients[-1]).max() < 1e-4
    run = SimpleNamespace(trajectory=whole, sharpness=6.0)
    assert not any(is_zero(run, t) for t in range(whole.steps + 1))


def test_the_minus_turns_the_arrow_and_the_rate_then_gives_it_its_length(lecture):
    run = lecture["just_right"]
    with small_frames():
        panel = LossPanel(run)
        panel.show_gradient()
        here, before = panel.path.place(0), panel.mark.copy()
        turning = panel.turn_into_step()
        turning.begin()
        ways = []
        for alpha in np.linspace(0, 1, 41):
            turning.interpolate(alpha)
            ways.append((alpha, (panel.mark.get_end() - here)[:2]))
    whole = length(before)
    for alpha, way in ways:
        if alpha <= TURN:
            assert np.linalg.norm(way) == pytest.approx(whole, rel=1e-6)
    turned = next(way for alpha, way in ways if alpha >= TURN)
    uphill = (before.get_end() - here)[:2]
    assert turned / np.linalg.norm(turned) == pytest.approx(-uphill / whole, abs=1e-6)
    assert min(np.linalg.norm(way) for _, way in ways) > 0.99 * whole
    assert ways[-1][1] == pytest.approx((panel.path.place(1) - here)[:2], abs=1e-6)


def test_the_scale_of_an_arrow_that_the_point_hides_is_not_said(lecture):
    run = lecture["just_right"]
    said, seen = [], []
    with small_frames():
        panel = LossPanel(run)
        for t in range(run.trajectory.steps + 1):
            panel.path.t = t
            panel.show_gradient()
            said.append(panel.note is not None)
            seen.append(length(panel.mark) > HALO)
    assert said == seen
    assert said[0] and not said[-1]


def test_beside_the_tangent_of_a_curve_a_step_grows():
    parabola = LOSSES["parabola"]
    run = record(parabola, parabola.start, learning_rate=0.1, steps=2)
    with small_frames():
        panel = LossPanel(single_run_inputs(run, parabola))
        panel.show_gradient()
        panel.turn_into_step()
    tangent, step = panel.mark
    assert panel.note is None
    units = panel.box.width / (panel.view.plot.x_high - panel.view.plot.x_low)
    assert length(step) == pytest.approx(units * abs(np.diff(run.iterates[:2, 0])[0]), rel=1e-6)
    assert tangent.get_start()[0] < panel.path.place(0)[0] < tangent.get_end()[0]
