"""A run of mini-batches is told by the loss over all data, or by what their noise does not hide."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from descent import Trajectory
from descent.runs import run_behavior
from descent.runs.behavior import codes
from descent.runs.run_behavior import deciding_losses
from descent.runs.trend import trend_of
from descent.text import runs as text
from descent.text.numbers import fixed, significant
from tests.test_watched_runs import watched

ROWS = 100
T = np.arange(ROWS)


def noisy(means, noise=0.3, **changes):
    """Return what a loop left whose batches have these mean losses, shape (rows,), and noise."""
    draw = np.random.default_rng(5).normal(size=(2, len(means)))
    steps = len(means) - 1
    return Trajectory(
        iterates=np.linspace(1, 2, len(means))[:, None],
        losses=means + noise * draw[0],
        gradients=draw[1][:, None],
        learning_rates=np.full(steps, 0.1),
        names=("θ",),
        loss_counts=np.ones(steps, np.int64),
        **changes,
    )


def measured(means, at, full):
    """Return such a run with its loss over all data at some rows."""
    full_losses = np.full(len(means), np.nan)
    full_losses[at] = full
    return noisy(means, full_losses=full_losses)


COURSES = {
    "falls and settles": (1 + 3 * 0.95**T, "converging", "A loss that falls"),
    "falls in equal steps": (10 - 0.03 * T, "slow", "A slow descent"),
    "stays": (np.ones(ROWS), "bounded", "A run that does not settle"),
    "rises": (1 + 0.01 * T, "bounded", "A loss that ends higher than it began"),
}


@pytest.mark.parametrize(("means", "behavior", "title"), COURSES.values(), ids=COURSES)
def test_noise_does_not_hide_where_the_losses_of_batches_lead(means, behavior, title):
    run = noisy(means)
    assert run.behavior == behavior and text.what_it_does(run) == title
    assert replace(run, losses=7 * run.losses - 40).behavior == behavior
    first, last = float(run.losses[:10].mean()), float(run.losses[-10:].mean())
    went = f"went from {fixed(first)} to {fixed(last)}, means of 10 each"
    assert text.descended(run) == f"In 99 steps the loss {went}"
    told = f"mean loss {significant(first)} → {significant(last)}"
    assert text.status(run) == f"{behavior}: {told}"


def test_gradients_of_one_loss_are_judged_as_ever():
    run = replace(noisy(COURSES["falls and settles"][0]), loss_counts=np.empty(0, np.int64))
    assert run.has_one_loss
    assert run.behavior in ("bounded", "oscillating")
    assert text.descended(run).startswith(
        f"In 99 steps the loss went from {fixed(run.losses[0])} to "
    )


def test_few_losses_have_no_trend():
    run = noisy(COURSES["falls and settles"][0])
    assert trend_of(run.losses[:19]) is None and trend_of(run.losses[:20]) is not None
    assert text.descended(run.first(18)).startswith("In 18 steps the loss went from ")


def test_where_the_loss_over_all_data_was_measured_it_tells_what_the_run_does():
    at, means = [0, 25, 50, 75, 99], np.ones(ROWS)
    falling = measured(means, at, [4.0, 2.0, 1.2, 1.1, 1.05])
    assert noisy(means).behavior == "bounded" and falling.behavior == "converging"
    assert deciding_losses(falling).tolist() == [4.0, 2.0, 1.2, 1.1, 1.05]
    said = "In 99 steps the loss over all data went from 4.000 to 1.050"
    assert text.descended(falling) == text.ending(falling) == said
    assert text.status(falling) == "converging: full-batch loss 4 → 1.05"
    rising = measured(3 * 0.95**T, at, [1.0, 1.3, 1.2, 1.5, 1.4])
    assert rising.behavior == "bounded"
    assert text.what_it_does(rising) == "A loss that ends higher than it began"
    assert measured(means, [0], [4.0]).behavior == "bounded"  # one row tells of no change


def test_a_loop_over_mini_batches_is_judged_by_all_data():
    run = watched(60, 0.05, rows=4, is_measured=True, full_loss_every=10)
    assert run.evaluated.losses[-1] > 0 and not run.has_one_loss
    measured_losses = run.full_losses[np.isfinite(run.full_losses)]
    assert (np.diff(measured_losses) < 0).all() and run.behavior == "converging"
    assert "loss over all data" in text.summary(run) and "full-batch loss" in repr(run)


def test_what_a_run_does_is_found_once_however_often_it_is_told(monkeypatch):
    run, asked = noisy(1 + 3 * 0.95**T), []
    monkeypatch.setattr(run_behavior, "codes", lambda *args: asked.append(1) or codes(*args))
    assert run.behavior == "converging" and text.descended(run) and text.what_it_does(run)
    assert run_behavior.noise_trend(run).behavior == run.behavior
    assert len(asked) == 1
