"""Over how many rows of its data a loss is drawn that takes long, told by a clock of its own."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from descent import LOSSES, model_loss, path_plane, plot_runs, record, sample
from descent.pictures import making
from descent.pictures.on_planes import Descent, run_on_planes
from descent.pictures.single import single_run
from descent.views import budget
from descent.views.landscape import Landscape
from descent.views.windows import FILM_SECONDS, landscape
from tests.figures import heading
from understanding_gradients.lecture import three_rates
from understanding_gradients.lecture.descents import Descents
from understanding_gradients.lecture.recordings import RATE_NAMES
from understanding_gradients.lecture.settings import LearningRates
from understanding_gradients.lecture.three_rates import ThreeRates

ROWS = 4000
WINDOW = ((-1.0, 1.0), (-0.5, 0.5))
X = np.random.default_rng(1).standard_normal((ROWS, 2))
Y = X.sum(axis=1, keepdims=True) + 0.5


class Clock:
    """A clock that goes on only when a network is evaluated."""

    def __init__(self):
        self.now = self.a_row = 0.0
        self.evaluations: list[int] = []

    def perf_counter(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr(budget, "time", found)
    return found


def timed(clock):
    """Return a linear network of three parameters, for which a clock goes on."""

    class Timed(torch.nn.Linear):
        def forward(self, x):
            self.weight.sum().item()  # not for many at once
            clock.evaluations.append(len(x))
            clock.now += len(x) * clock.a_row
            return super().forward(x)

    torch.manual_seed(0)
    return Timed(2, 1)


def recorded(clock, criterion=None, *data):
    """Return a run of three steps and its loss, with the clock at zero."""
    criterion = criterion or torch.nn.MSELoss()
    loss, start, _ = model_loss(timed(clock), *(data or (X, Y)), criterion=criterion)
    run = record(loss, start, learning_rate=1e-5, steps=3)
    clock.now = 0.0
    clock.evaluations.clear()
    return run, loss


def over_chosen(count, place):
    """Return the mean squared error over the first rows of the fixed order."""
    rows = np.random.default_rng(0).permutation(ROWS)[:count]
    return float(((X[rows] @ place[:2] + place[2] - Y[rows, 0]) ** 2).mean())


@pytest.mark.parametrize("evaluation", [0.5, 1.0, 10.0, 100.0])
def test_a_slow_loss_is_drawn_over_some_rows_within_its_time_and_one_evaluation(clock, evaluation):
    run, loss = recorded(clock)
    clock.a_row = evaluation / ROWS
    plane = path_plane(run)
    found = landscape(plane.restrict(loss), WINDOW, 10.0, rows=None)
    assert clock.now < 10.0 + 1.2 * evaluation
    assert clock.evaluations.count(ROWS) * evaluation <= max(4.0, evaluation)
    assert (0 < found.rows < found.all_rows) and found.all_rows == ROWS
    assert min(found.values.shape) >= (9 if evaluation <= 1 else 3)
    for i, j in ((0, 0), (-1, 2)):
        place = plane.lift([found.axes[0][i], found.axes[1][j]])
        assert found.values[i, j] == pytest.approx(over_chosen(found.rows, place), rel=1e-12)


def test_a_loss_that_is_soon_evaluated_is_drawn_over_all_rows_to_the_bit(clock):
    run, loss = recorded(clock)
    clock.a_row = 1e-5 / ROWS
    flat = path_plane(run).restrict(loss)
    found = budget.fitting_sample(flat, WINDOW, (9, 6), rows=None)
    assert (found.rows, found.all_rows) == (0, 0)
    assert found.to_bytes() == sample(flat, WINDOW, (9, 6)).to_bytes()


def test_batches_of_a_loader_give_their_rows(clock):
    rows = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y))
    run, loss = recorded(clock, None, torch.utils.data.DataLoader(rows, batch_size=300), None)
    clock.a_row = 10.0 / ROWS
    plane = path_plane(run)
    found = landscape(plane.restrict(loss), WINDOW, 10.0, rows=None)
    assert clock.now < 22
    place = plane.lift([found.axes[0][0], found.axes[1][0]])
    assert found.values[0, 0] == pytest.approx(over_chosen(found.rows, place), rel=1e-12)


@pytest.mark.parametrize("kind", ["sum", "function"])
def test_what_has_no_fewer_rows_says_how_long_it_takes(clock, kind):
    run, loss = recorded(clock, torch.nn.MSELoss(reduction="sum"))
    clock.a_row = 5.0 / ROWS
    flat = path_plane(run).restrict((lambda p: loss(p)) if kind == "function" else loss)
    with pytest.warns(RuntimeWarning) as told:
        found = landscape(flat, WINDOW, 10.0, rows=None)
    assert (found.rows, found.values.shape) == (0, (3, 3))
    (one,) = told
    assert one.filename == __file__, "the line that asked for it"
    assert str(one.message) == (
        "One evaluation of the loss takes about 5 s: its picture, even of 9 points, takes about 45 "
        "s."
    )


def test_a_plot_names_the_rows_that_it_is_drawn_over(clock):
    run, loss = recorded(clock)
    clock.a_row = 10.0 / ROWS
    said = heading(plot_runs(run, loss))[-1]
    assert said.startswith("The loss takes long to evaluate, and is drawn from ")
    assert said.endswith(" points over 20 of 4000 rows alone")


def test_all_views_of_a_film_are_drawn_over_the_same_rows_in_half_a_minute(clock):
    run, loss = recorded(clock)
    clock.a_row = 10.0 / ROWS
    found = run_on_planes(loss, Descent(run.first(2), run, 1e-5))
    views = (*found.landscapes, *found.overview)
    assert len(views) > 1
    assert len({view.rows for view in views}) == 1
    assert 0 < views[0].rows < ROWS
    in_views = clock.evaluations.count(views[0].rows) * views[0].rows * clock.a_row
    assert in_views < 30


def test_a_film_is_drawn_over_the_rows_that_are_asked_for(clock, coarse_landscapes):
    run, loss = recorded(clock)
    for rows in (0, 50):
        assert {view.rows for view in single_run(run, loss, rows=rows).landscapes} == {rows}


def noted(monkeypatch, *modules):
    """Return a list of the seconds that each view is given, as it grows."""
    given = []
    for module in modules:
        monkeypatch.setattr(
            module, "landscape", lambda *args: given.append(args[2]) or landscape(*args)
        )
    return given


def test_the_views_of_a_film_of_two_parameters_share_all_of_its_time(monkeypatch):
    given = noted(monkeypatch, making)
    run = record(LOSSES["bowl"], [2, 1], learning_rate=0.5, steps=6)
    views = single_run(run, LOSSES["bowl"]).landscapes
    assert len(views) == len(given) > 2
    assert sum(given) == pytest.approx(FILM_SECONDS)


def test_three_runs_and_the_view_of_the_gradient_share_the_time_of_one_film(monkeypatch):
    given = noted(monkeypatch, making, three_rates)
    bowl = LOSSES["bowl"]
    descents = Descents(bowl, np.array(bowl.start), 6)
    lecture = ThreeRates(descents, LearningRates(0.01, 0.3, 0.5))
    runs = [lecture.run(name) for name in RATE_NAMES]
    lecture.gradient_view()
    assert sum(given) <= FILM_SECONDS * (1 + 1e-9)
    assert len(given) == 2 + sum(len(run.landscapes) - 1 for run in runs)


def test_a_part_of_the_rows_is_less_than_all(tmp_path):
    axes = (np.linspace(0, 1, 3),)
    with pytest.raises(ValueError, match="rows must be some of all rows; got 5 of 5"):
        Landscape(axes, np.zeros(3), ("x",), rows=5, all_rows=5)
    kept = Landscape(axes, np.zeros(3), ("x",), rows=4, all_rows=5)
    assert Landscape.load(kept.save(tmp_path / "kept")).rows == 4
