from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from descent.runs.trajectory import Trajectory
from descent.text.numbers import exact
from descent.views.landscape import Landscape
from scenes.facts.selection import steps_until_zero
from scenes.lecture_scene import LectureScene, SceneBeat
from scenes.mobjects.boxes import Box
from scenes.mobjects.plot import Plot
from scenes.mobjects.rows.neuron_line import NeuronLine
from scenes.mobjects.rows.row_plot import RowPlot
from scenes.mobjects.rows.row_table import RowTable
from scenes.mobjects.rows.row_working import RowWorking
from scenes.mobjects.rows.step_table import StepTable
from scenes.wording import rows as wording
from tests.lectures import played, small_frames
from tests.legibility import violations
from understanding_gradients.lecture.recordings import Rows, Run

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
    views = np.zeros(steps + 1, dtype=int)
    lowest = (np.empty(0), float("nan"), False)
    return Run(trajectory, trajectory, (landscape,), views, 1.0, 2.0, 0.0, *lowest, "one row", rate)


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
        ([-2.0, 0.0], "After 1 step: Loss = 0"),
        ([-2.0, -3e-5], "After 1 step: Loss = 0, to 4 decimals"),
        ([-2.0, 7e-4], "After 1 step: Loss = 0, to 2 decimals"),
        ([-2.0, 0.3], "After 1 step: Loss = 0.300, where it was −2.000"),
    ],
)
def test_the_sentence_about_zero_is_true(residuals: list[float], said: str) -> None:
    assert wording.describe_zero(np.array(residuals), 1) == said


def test_the_steps_end_where_only_rounding_is_left() -> None:
    residuals = np.array([1.0, 1e-3, 4e-16, 0.0, 0.0])
    assert steps_until_zero(residuals, 1.1, 9) == [0, 1, 2]
    assert len(steps_until_zero(np.ones(50), 1.1, 9)) == 9


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
    inputs = {"rows": data, "one_row": one_row_run(data, start)}

    def look(scene: LectureScene, beat: SceneBeat) -> None:
        wrong.extend(violations(scene))

    scene = played(slug, inputs, on_beat_end=look)
    assert wrong == []
    assert all(beat.end * 5 == pytest.approx(round(beat.end * 5)) for beat in scene.beats)
