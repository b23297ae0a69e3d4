"""Recorded runs become clip inputs; what a clip states is true for any optimizer."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest

from descent import LOSSES, Trajectory, record
from descent.runs.steps import goes_across
from scenes.mobjects.boxes import Box
from scenes.mobjects.descent.landscape import LossContours
from scenes.mobjects.descent.loss_panel import LossPanel
from scenes.mobjects.label_placement import along
from scenes.mobjects.plot import Plot
from scenes.wording.rates import describe_rule
from scenes.wording.runs import describe_end
from tests.lectures import played, small_frames
from understanding_gradients.lecture.from_runs import comparison_inputs, single_run_inputs

BOWL, RAVINE = LOSSES["bowl"], LOSSES["ravine"]
SLUG = "just-right-learning-rate"


def recorded(learning_rate=0.02, steps=3, loss=RAVINE, **options):
    return record(loss, loss.start, learning_rate=learning_rate, steps=steps, **options)


def rate_per_parameter():
    """Return a run of the bowl with one learning rate per parameter."""
    rates, slopes = np.array([0.3, 0.05]), np.array([2.0, 6.0])
    iterates = np.array(BOWL.start) * (1 - rates * slopes) ** np.arange(3)[:, None]
    losses = iterates**2 @ slopes / 2
    return Trajectory(iterates, losses, slopes * iterates, np.tile(rates, (2, 1)), ("a", "b"))


def with_batches(run):
    fields = {name: getattr(run, name) for name in ("iterates", "losses", "gradients", "names")}
    return Trajectory(**fields, learning_rates=run.learning_rates, batch_losses=run.losses + 1)


@pytest.mark.parametrize(
    ("run", "follows"),
    [
        (recorded(), [True] * 3),
        (recorded([0.02, 0.01, 0.03]), [True] * 3),
        (recorded(1e3, 30, BOWL), [True] * 30),
        (rate_per_parameter(), [True] * 2),
        (recorded(momentum=0.9), [True, False, False]),
        (recorded(optimizer="Adam"), [False] * 3),
        (recorded(weight_decay=0.1), [False] * 3),
    ],
)
def test_a_step_follows_the_rule_if_only_its_gradient_made_it(run, follows):
    assert run.follows_update_rule.tolist() == follows


def test_a_run_that_leaves_the_finite_numbers_at_once_follows_the_update_rule():
    run = record(LOSSES["rosenbrock"], [-1.5, 2.0], learning_rate=1e200, steps=3)
    assert (run.steps, run.diverged) == (0, True)
    assert run.follows_update_rule.shape == (0,)
    assert run.is_plain_gradient_descent


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (recorded(), "Learning rate η = 0.02, below the boundary 2 / λ = 0.04"),
        (recorded(optimizer="Adam"), "Adam, learning rate η = 0.02"),
        (
            recorded(momentum=0.9, nesterov=True),
            "SGD with momentum 0.9, nesterov, learning rate η = 0.02",
        ),
        (
            recorded([0.02, 0.01, 0.005]),
            "Learning rates η from 0.02 to 0.005",
        ),
        (
            recorded([0.02, 0.01, 0.02]),
            "Learning rates η = 0.02 first and last, at least 0.01",
        ),
        (rate_per_parameter(), "Learning rates η = 0.3, 0.05"),
        (with_batches(recorded()), "Learning rate η = 0.02, each gradient of a mini-batch"),
    ],
)
def test_only_plain_gradient_descent_has_a_critical_rate(run, sentence):
    plain = SimpleNamespace(
        full=run, learning_rate=0.02, critical_learning_rate=0.04, is_global=True
    )
    markup = re.sub(r"#text\(fill: [^)]*\)\)?\[(.*?)\]", r"\1", describe_rule(plain))
    markup = markup.replace("$", "").replace("\\/", "/").replace("\\", "")
    assert markup.replace("eta", "η").replace("lambda", "λ") == sentence
    assert run.is_plain_gradient_descent == ("boundary" in sentence)


def test_a_rate_of_the_size_of_the_critical_one_at_the_start_is_as_large():
    run = SimpleNamespace(
        full=recorded(), learning_rate=0.02, critical_learning_rate=0.02, is_global=False
    )
    assert ", as large as $2 \\/ lambda = 0.02$ at the start" in describe_rule(run)


@pytest.mark.parametrize(
    ("step", "after", "across"),
    [((0, -1), (-1, 1), False), ((0, -1), (1, -1), True), ((0, 1), (1, 1), False)],
)
def test_a_step_crosses_the_valley_if_the_slope_along_it_changes_sign(step, after, across):
    fields = {"losses": [2.0, 1.0], "learning_rates": [1.0], "names": ("a", "b")}
    run = Trajectory(iterates=[(0, 0), step], gradients=[(1, 0.1), after], **fields)
    assert goes_across(run, 0) is across
    assert not goes_across(with_batches(run), 0)


@pytest.mark.parametrize(
    ("rate", "steps", "sentence"),
    [
        # 4 · 0.8^40 + 3 · 0.4^40, and 4 · 0.2^40 + 3 · 1.4^40
        (0.1, 20, "In 20 steps the loss went from 7.000 to 0.001"),
        (0.4, 20, "In 20 steps the loss went from 7.000 to 2.10·10^6"),
        (3e3, 200, "Diverged at step 37: its numbers are no longer finite"),
    ],
)
def test_a_single_run_is_not_compared_with_others(rate, steps, sentence):
    run = recorded(rate, steps, BOWL)
    inputs = single_run_inputs(run, BOWL)
    assert inputs.full is run
    assert inputs.trajectory.steps == 6
    assert describe_end(inputs) == sentence


@pytest.mark.parametrize(("steps", "chosen", "shown"), [(12, None, 12), (13, None, 6), (13, 9, 9)])
def test_all_of_a_short_run_and_the_beginning_of_a_long_one_are_shown(steps, chosen, shown):
    run = recorded(steps=steps)
    assert single_run_inputs(run, RAVINE, chosen).trajectory.steps == shown


@pytest.mark.render
@pytest.mark.parametrize("run", [recorded(optimizer="Adam"), recorded([0.02, 0.01, 0.005])])
def test_the_table_shows_the_rate_of_each_step_and_the_arrow_its_change(run):
    seen = []

    def look(scene, beat):
        if not beat.name.startswith(("minimum", "every-step")):
            seen.append(scene.table.plain_texts()["step"])

    inputs = single_run_inputs(run, RAVINE, 2)
    with small_frames():
        scene = played(SLUG, {"just_right": inputs}, on_beat_end=look)
        panel = scene.panel
        step = panel.step_mark(1).get_end() - panel.path.place(1)
        panel.path.t, panel.mark = 1, panel.gradient_mark(1)
        panel.turn_into_step()
    units = panel.box.width / (panel.view.plot.x_high - panel.view.plot.x_low)
    np.testing.assert_allclose(step[:2], units * np.diff(run.iterates, axis=0)[1], atol=1e-9)
    # If more than the gradient made the step, gradient and step are drawn side by side.
    assert len(panel.mark.submobjects) == (2 if run.optimizer == "Adam" else 1)
    rates = [float(text[0].rpartition("= ")[2]) for text in seen]
    assert rates == [*run.learning_rates[:3], run.learning_rates[2]]


@pytest.mark.render
def test_the_table_shows_one_rate_per_parameter():
    with small_frames():
        loss = BOWL.function
        scene = played(SLUG, {"just_right": single_run_inputs(rate_per_parameter(), loss)})
    assert scene.table.plain_texts()["step"] == ["t = 2   η = 0.3, 0.05"]


@pytest.mark.parametrize(("loss", "rate"), [(RAVINE, 0.035), (BOWL, 0.1)])
def test_a_gradient_arrow_stays_inside_the_panel_and_clear_of_the_tag(loss, rate):
    with small_frames():
        panel = LossPanel(single_run_inputs(recorded(rate, 1, loss), loss))
    box, mark, tag = panel.box, panel.gradient_mark(0), panel.path.tag
    assert box.left <= mark.get_end()[0] <= box.right
    assert box.bottom <= mark.get_end()[1] <= box.top + 1e-9
    apart = np.abs(along(mark.get_start(), mark.get_end()) - tag.get_center())[:, :2]
    assert (apart > np.array([tag.width, tag.height]) / 2).any(axis=1).all()


@pytest.mark.parametrize(
    ("place", "way", "times"),
    [
        ((1, 1), (2, 0), 0.5),
        ((0.5, 1), (-2, 1), 0.25),
        ((1, 1), (0, 0), np.inf),
        ((3, 1), (1, 0), np.inf),
    ],
)
def test_the_reach_of_a_box_ends_at_its_edge(place, way, times):
    assert Box(0, 0, 2, 2).reach(np.array([*place, 0.0]), np.array([*way, 0.0])) == times


def test_contours_of_huge_losses_are_drawn():
    values = 1e22 * (1 + np.add.outer(np.linspace(0, 1, 9) ** 2, np.zeros(9)))
    axes = (np.linspace(0, 1, 9),) * 2
    with small_frames():
        plot = Plot(((0, 1), (0, 1)), Box(0, 0, 1, 1), x_name="x", y_name="y")
        assert len(LossContours(plot, SimpleNamespace(axes=axes, values=values)))


def runs_at(*rates, steps=4, **options):
    return [recorded(rate, steps, BOWL, **options) for rate in rates]


def test_three_runs_in_any_order_are_named_by_their_rates():
    inputs = comparison_inputs(runs_at(0.4, 0.003, 0.25), BOWL)
    rates = {name: run.learning_rate for name, run in inputs.items()}
    assert rates == {"very_small": 0.003, "just_right": 0.25, "very_large": 0.4}
    assert len({run.landscapes[0].window for run in inputs.values()}) == 1


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        (runs_at(0.1, 0.1, 0.2), "three increasing learning rates, .*; got 0.1, 0.1, 0.2"),
        ([*runs_at(0.1, 0.2), recorded(0.3, 4, BOWL, momentum=0.5)], "got another start or opt"),
        ([*runs_at(0.1, 0.2), recorded([0.3, 0.2, 0.2, 0.2], 4, BOWL)], "one of several rates"),
        ({"small": None}, "runs must be called very_small, just_right, very_large; got small"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(runs, message):
    with pytest.raises(ValueError, match=message):
        comparison_inputs(runs, BOWL)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (recorded(1e308, 1, BOWL), "got one that diverged at step 1"),
    ],
)
def test_a_run_that_cannot_be_drawn_is_refused(run, message):
    with pytest.raises(ValueError, match=message):
        single_run_inputs(run, lambda p: (p**2).sum())
