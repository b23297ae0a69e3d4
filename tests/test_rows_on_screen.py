from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from manim import DL, UR

from descent.runs.trajectory import Trajectory
from descent.text.numbers import exact
from descent.views.landscape import Landscape
from scenes import style
from scenes.facts.selection import steps_until_zero
from scenes.lecture_scene import LectureScene, SceneBeat
from scenes.mobjects.boxes import Box
from scenes.mobjects.formulas import prediction_formula
from scenes.mobjects.plot import Plot
from scenes.mobjects.rows.neuron_line import NeuronLine
from scenes.mobjects.rows.row_plot import RowPlot
from scenes.mobjects.rows.row_table import RowTable
from scenes.mobjects.rows.row_working import RowWorking
from scenes.mobjects.rows.step_table import StepTable
from scenes.wording import rows as wording
from tests.lectures import played, small_frames
from tests.legibility import violations, visible_texts
from understanding_gradients.lecture.recordings import RowLosses, Rows, Run
from understanding_gradients.render.renderer import ClipRenderer

X, Y = (-1.0, 0.0, 0.5, 1.5, 2.0), (-0.6, 1.1, 1.2, 2.9, 2.9)


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    with small_frames():
        yield


def rows(x: tuple[float, ...] = X, y: tuple[float, ...] = Y, picked: int = 3) -> Rows:
    return Rows("x", "y", np.array(x), np.array(y), picked)


def one_row_run(data: Rows, start: tuple[float, float], steps: int = 4) -> Run:
    """Descent on the squared error of the picked row, without torch."""
    feature = np.array([data.x[data.picked], 1.0])
    truth, rate = data.y[data.picked], 0.375 / (feature @ feature)
    iterates = [np.array(start)]
    for _ in range(steps):
        iterates.append(iterates[-1] - rate * 2 * (iterates[-1] @ feature - truth) * feature)
    residuals = np.array([params @ feature - truth for params in iterates])
    trajectory = Trajectory(
        iterates=np.array(iterates),
        losses=residuals**2,
        gradients=2 * residuals[:, None] * feature,
        learning_rates=np.full(steps, rate),
        names=("W1", "b1"),
    )
    axes = (np.array([-1.0, 1.0]), np.array([-1.0, 1.0]))
    landscape = Landscape(axes, np.zeros((2, 2)), ("W1", "b1"))
    return Run(
        trajectory=trajectory,
        full=trajectory,
        landscapes=(landscape,),
        views=np.zeros(steps + 1, dtype=int),
        sharpness=1.0,
        critical_learning_rate=2.0,
        target=0.0,
        minimiser=np.empty(0),
        minimum=0.0,
        is_global=True,
        description="one row",
        learning_rate=rate,
    )


def inputs_of(data: Rows, start: tuple[float, float]) -> dict[str, Any]:
    """What the clips of the rows draw."""
    run = one_row_run(data, start)
    weights, biases = run.trajectory.iterates.T[..., None]
    squares = (weights * data.x + biases - data.y) ** 2
    return {"rows": data, "one_row": run, "row_losses": RowLosses(squares, squares.mean(axis=1))}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.5, "0.5"),
        (-1.0, "−1"),
        (4500.0, "4500"),
        (12.25, "12.25"),
        (0.0, "0"),
        (2e6, "2000000"),
        (2.5e-9, "2.50·10^−9"),
    ],
)
def test_a_number_of_the_data_is_written_with_the_decimals_it_has(value: float, shown: str) -> None:
    assert exact(value) == shown


def test_the_table_shows_every_row_as_it_is() -> None:
    shown = RowTable(rows()).plain_texts()
    assert shown[0] == ["1", "−1", "−0.6"]
    assert shown[3] == ["4", "1.5", "2.9"]
    assert len(shown) == len(X)


def test_a_long_table_keeps_the_picked_row_and_counts_the_hidden() -> None:
    twelve = tuple(float(k) for k in range(12))
    table = RowTable(rows(twelve, twelve, picked=9))
    assert list(table.plain_texts()) == [0, 1, 2, 9]
    assert table.more[0].plain_text == "and 8 more rows"


def test_the_working_uses_the_numbers_of_the_picked_row() -> None:
    working = RowWorking(rows(), np.array([-1.0, 1.6]), below=0.0)
    assert working.plain_texts() == [
        "ŷ = W1·x + b1",
        "= −1.000·1.5 + 1.600",
        "= 0.100",
        "Loss = Y_predicted − Y_actual",
        "= 0.100 − 2.9",
        "= −2.800",
    ]


def test_negative_numbers_get_brackets_and_a_negative_bias_is_deducted() -> None:
    working = RowWorking(rows(picked=0), np.array([2.0, -1.5]), below=0.0)
    assert working.plain_texts()[1] == "= 2.000·(−1) − 1.500"
    assert working.plain_texts()[4] == "= −3.500 − (−0.6)"


@pytest.mark.parametrize("params", [(-1.0, 1.6), (0.0, 2.0), (-80.0, 55.0), (1000.0, -3.0)])
def test_the_prediction_stands_on_the_line_and_the_residual_ends_at_the_dot(
    params: tuple[float, float],
) -> None:
    row_plot = RowPlot(rows(), np.array([params]))
    neuron = NeuronLine(row_plot, np.array(params))
    start, here, end = neuron.line.get_start(), neuron.here(), neuron.line.get_end()
    across = np.linalg.norm(np.cross(end - start, here - start))
    assert across < 1e-6 * np.linalg.norm(end - start)
    assert neuron.residual.get_start() == pytest.approx(row_plot.picked_dot().get_center())
    assert neuron.residual.get_end() == pytest.approx(here)
    assert row_plot.plot.y_low < row_plot.prediction(neuron.params) < row_plot.plot.y_high


def test_the_step_table_shows_the_recorded_losses_and_their_squares() -> None:
    table = StepTable([0, 1, 2], np.array([0.1, 2.4, 2.9]), np.array([-2.8, -0.5, -2e-5]), 4)
    for line in range(3):
        table.fill(line)
    table.square()
    assert table.plain_texts("loss") == ["−2.8000", "−0.5000", "0.0000"]
    assert table.plain_texts("squared") == ["7.8400", "0.2500", "0.0000"]


@pytest.mark.parametrize(
    ("residuals", "said"),
    [
        ([-2.0, 0.0], "After 1 step: LOSS 0"),
        ([-2.0, -3e-5], "After 1 step: LOSS 0, to 3 decimals"),
        ([-2.0, 7e-4], "After 1 step: LOSS 0, to 2 decimals"),
        ([-2.0, 0.3], "After 1 step: LOSS 0.300, where it was −2.000"),
    ],
)
def test_the_sentence_about_zero_is_true(residuals: list[float], said: str) -> None:
    kinds = wording.is_zero, wording.nearly_zero, wording.not_zero
    (claim,) = (made for kind in kinds if (made := kind(np.array(residuals), 1)))
    assert re.sub(r"#text\([^]]*\)\[Loss \$= ([^$]*)\$\]", r"LOSS \1", claim) == said


def test_the_cards_end_above_the_place_of_subtitles() -> None:
    twelve = tuple(float(k) for k in range(12))
    table = RowTable(rows(twelve, twelve, picked=9))
    working = RowWorking(rows(), np.array([-1.0, 1.6]), below=table.box.bottom)
    assert working.loss_box.bottom >= style.BOTTOM


def test_the_name_of_the_line_touches_no_dot() -> None:
    x = (-12.5, -8.0, -3.5, 0.5, 4.0, 7.5, 12.0, 16.0)
    data = rows(x, (61.2, 55.9, 47.3, 40.8, 33.1, 29.9, 20.4, 12.2))
    params = np.array([1.0, 10.0])
    neuron = NeuronLine(RowPlot(data, params[None]), params)
    label = neuron.line_label(prediction_formula())
    low, high = label.get_corner(DL), label.get_corner(UR)
    for dot in neuron.row_plot.dots:
        nearest = np.clip(dot.get_center(), low, high)
        assert np.linalg.norm(nearest - dot.get_center()) > dot.width / 2 + 0.04


def test_no_text_flies_and_every_dot_lands_where_its_row_belongs() -> None:
    seen: list[tuple[set[Any], list[Any]]] = []

    class Watch(ClipRenderer):
        def update_frame(self, scene: Any, *args: Any, **kwargs: Any) -> None:
            if scene._open is not None and scene._open.name == "rows":
                # Where each text is, and where its capitals end: what fades in is there already.
                texts = {(t.text, round(t.left, 6), round(t.top, 6)) for t in visible_texts(scene)}
                seen.append((texts, [dot.get_center().copy() for dot in scene.row_plot.dots]))

        def _record(self, repeat: int) -> None:
            self.frame_count += repeat

    played("loss-of-one-row", inputs_of(rows(), (-1.0, 1.6)), Watch(lambda number: True))
    last_texts, last_dots = seen[-1]
    assert len({len(texts) for texts, _ in seen} - {len(last_texts)}) <= 1, "but the headline"
    assert all(texts <= last_texts for texts, _ in seen)
    assert any(np.abs(dots[0] - last_dots[0]).max() > 1 for _, dots in seen), "it flies"
    plot = RowPlot(rows(), np.array([[-1.0, 1.6]])).plot
    assert [dot[0] for dot in last_dots] == pytest.approx([plot.x(x) for x in X])


def test_zero_loss_ends_with_the_rows_that_the_line_misses() -> None:
    scene = played("zero-loss", inputs_of(rows(), (-1.0, 1.6)))
    names, last = [beat.name for beat in scene.beats], scene.beats[-1]
    assert names == ["target", "closing", "zero", "bare", "squared", "convention", "all-rows"]
    run = one_row_run(rows(), (-1.0, 1.6)).trajectory.iterates[-1]
    mean = np.mean((run[0] * np.array(X) + run[1] - np.array(Y)) ** 2)
    assert (
        f"the mean over all 5 rows is {wording.colored('loss', f'${mean:.3f}$')}" in last.headline
    )
    assert last.caption.startswith("2 of the other 4 rows are further off than before")


def test_a_single_row_has_no_others_to_look_at() -> None:
    scene = played("zero-loss", inputs_of(rows((2.0,), (3.0,), 0), (-1.0, 0.5)))
    assert [beat.name for beat in scene.beats][-1] == "convention"


def test_the_steps_end_where_only_rounding_is_left() -> None:
    residuals = np.array([1.0, 1e-3, 4e-16, 0.0, 0.0])
    assert steps_until_zero(residuals, 1.1, 9) == [0, 1, 2]
    assert steps_until_zero(np.ones(50), 1.1, 3) == [0, 1, 2, 49]
    assert steps_until_zero(np.zeros(50), 1.1, 3) == [0]


def test_wide_numbers_of_an_axis_share_a_power_of_ten() -> None:
    plot = Plot(((0, 1), (0, 45_000)), Box(0, 0, 3, 3), y_name="$y$")
    assert plot.y_power == 4
    assert "·10^4" in [label.plain_text for label in plot.names]
    assert {label.plain_text for label in plot.ticks[1]} >= {"0", "2", "4"}


@pytest.mark.render
@pytest.mark.parametrize(
    ("slug", "picked", "start"),
    [
        ("loss-of-one-row", 0, (-0.5, 2.4)),
        pytest.param("loss-of-one-row", 1, (-1.0, 1.1), marks=pytest.mark.slow),
        pytest.param("zero-loss", 1, (-1.0, 1.1), marks=pytest.mark.slow),
    ],
)
def test_every_beat_of_the_row_clips_can_be_read(
    slug: str, picked: int, start: tuple[float, float]
) -> None:
    data = rows(picked=picked)
    wrong: list[str] = []
    inputs = inputs_of(data, start)

    def look(scene: LectureScene, beat: SceneBeat) -> None:
        wrong.extend(violations(scene))

    scene = played(slug, inputs, on_beat_end=look)
    assert wrong == []
    assert all(beat.end * 5 == pytest.approx(round(beat.end * 5)) for beat in scene.beats)
