"""How many points a plot evaluates of a loss that takes long, told by a clock of the loss's own."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch

import descent
from descent import plot_runs, record, sweep
from descent.plots.loss_panel import RESOLUTION
from descent.sweeps.keeping import views_for
from descent.views import budget
from descent.views.windows import ON_A_PLANE
from tests.figures import heading


class Clock:
    """A clock that goes on only when a loss is evaluated."""

    def __init__(self):
        self.now = self.spent = 0.0
        self.seconds = 0.0
        self.calls = 0

    def perf_counter(self):
        return self.now

    def loss(self, p):
        """Return a loss that takes some seconds, one point at a time."""
        self.calls += 1
        self.now += self.seconds
        return (p**2).sum() * (1 + 0 * p[0].item())


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr(budget, "time", found)
    return found


@pytest.mark.parametrize("start", [[2.0], [2.0, 1.0], [2.0, 1.0, 0.5]], ids=len)
@pytest.mark.parametrize("seconds", [0.01, 0.25, 1.0])
def test_a_plot_takes_some_ten_seconds_of_any_loss(clock, start, seconds):
    run = record(clock.loss, start, learning_rate=0.1, steps=3)
    clock.now, clock.seconds = 0.0, seconds
    figure = plot_runs(run, clock.loss)
    assert 3 < clock.now < 26
    said = heading(figure)[-1]
    all_are_drawn = len(start) == 1 and seconds == 0.01
    assert all_are_drawn != said.startswith("The loss takes long to evaluate, and is drawn from ")


def test_a_loss_that_is_soon_evaluated_is_drawn_from_all_points(clock):
    run = record(clock.loss, [2.0], learning_rate=0.1, steps=3)
    clock.now, clock.calls, clock.seconds = 0.0, 0, 1e-3
    figure = plot_runs(run, clock.loss)
    assert 2 * RESOLUTION < clock.calls < 2 * RESOLUTION + 100
    assert "points" not in heading(figure)[-1]


def test_the_points_that_are_asked_for_are_evaluated_however_long_it_takes(clock):
    run = record(clock.loss, [2.0], learning_rate=0.1, steps=3)
    clock.now, clock.calls, clock.seconds = 0.0, 0, 5.0
    figure = plot_runs(run, clock.loss, resolution=40)
    assert clock.calls > 80
    assert "points" not in heading(figure)[-1]


def test_the_views_of_a_sweep_take_some_ten_seconds_together(clock):
    found = sweep(lambda p: (p**2).sum(), [2.0, 1.0, 0.5], [0.1, 0.2], 3, keep=2)
    assert {view.values.shape for view in found.landscapes} == {ON_A_PLANE}
    clock.now, clock.seconds = 0.0, 0.1
    _, views = views_for(clock.loss, found.trajectories)
    assert 3 < clock.now < 26
    assert all(view.values.size < 1000 for view in views)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_what_takes_more_than_two_seconds_is_told_on_a_terminal_alone(clock, monkeypatch, stream):
    told = stream()
    monkeypatch.setattr("sys.stderr", told)
    run = record(clock.loss, [2.0], learning_rate=0.1, steps=3)
    clock.seconds = 0.05
    plot_runs(run, clock.loss)
    if stream is Terminal:
        assert "Evaluating the loss: " in told.getvalue()
        assert told.getvalue().endswith(" \r"), "and taken away"
        before = told.getvalue()
        clock.seconds = 1e-4
        plot_runs(run, clock.loss)
        assert told.getvalue() == before, "not of what is soon done"
    else:
        assert told.getvalue() == ""


# Losses that differentiate inside


def physics(p):
    """Return how far a small network is from y′ = −y, y(0) = 1."""
    x = torch.linspace(0, 1, 6, dtype=torch.float64)[:, None].requires_grad_()

    def solution(x):
        return torch.tanh(x * p[:2] + p[2:4]) @ p[4:6]

    y = solution(x)
    (slope,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    return (slope[:, 0] + y).pow(2).mean() + (solution(torch.zeros(1, 1).double()) - 1).pow(2).sum()


def test_a_loss_that_differentiates_inside_is_drawn():
    start = np.array([0.5, -0.3, 0.1, 0.2, 0.7, -0.4])
    run = record(physics, start, learning_rate=0.1, steps=4)
    figure = plot_runs(run, physics, resolution=9)
    assert figure.axes
    plane = descent.path_plane(run)
    found = descent.sample(plane.restrict(physics), [(-0.1, 0.1)] * 2, 3)
    for i, x in enumerate(found.axes[0]):
        for j, y in enumerate(found.axes[1]):
            value = physics(torch.tensor(plane.lift([x, y])))
            assert found.values[i, j] == pytest.approx(value.item(), rel=1e-12)


def test_a_loss_that_differentiates_its_own_parameters_is_drawn():
    def penalized(p):
        p = p if p.requires_grad else p.clone().requires_grad_()
        value = (p**4).sum()
        (slope,) = torch.autograd.grad(value, p, create_graph=True)
        return value + slope.pow(2).sum()

    found = descent.sample(penalized, [(-1, 1)], 5)
    x = found.axes[0]
    np.testing.assert_allclose(found.values, x**4 + 16 * x**6)
