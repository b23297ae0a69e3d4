"""A saved run without its loss is told in curves and numbers, whatever became of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from descent import LOSSES, model_loss, record, watch
from descent.pictures.bare import bare_picture
from descent.text.numbers import fixed
from scenes.curves_passage import CurvesPassage
from tests.lectures import played, small_frames
from tests.legibility import violations
from tests.marks import slow_except
from understanding_gradients.render.renderer import ClipRenderer

SLUG = "just-right-learning-rate"


def network():
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))
    x = torch.linspace(-1, 1, 5)[:, None]
    loss, start, _ = model_loss(module, x, x**2, torch.nn.MSELoss())
    return record(loss, start, learning_rate=0.1, steps=20)


def watched(steps=4):
    torch.manual_seed(0)
    model, x = torch.nn.Linear(1, 1), torch.tensor([[0.0], [1.0], [2.0]])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer) as seen:
        for _ in range(steps):
            optimizer.zero_grad()
            seen.loss(torch.nn.functional.mse_loss(model(x), 2 * x)).backward()
            optimizer.step()
    return seen.trajectory


RUNS = {
    "bowl": lambda: record(LOSSES["bowl"], [2, 1], learning_rate=0.2, steps=20),
    "network": network,
    "watched": watched,
    "one parameter": lambda: record(LOSSES["parabola"], [2], learning_rate=0.2, steps=3),
    "diverging": lambda: record(LOSSES["bowl"], [2, 1], learning_rate=1e3, steps=200),
    "two steps": lambda: record(LOSSES["rosenbrock"], [-1.5, 2.0], learning_rate=1e60, steps=9),
    "still": lambda: record(LOSSES["bowl"], [0, 0], learning_rate=0.1, steps=4),
    "Adam": lambda: record(LOSSES["bowl"], [2, 1], learning_rate=0.2, steps=4, optimizer="Adam"),
}


@pytest.mark.render
@pytest.mark.parametrize("name", slow_except(RUNS, "bowl", "network"))
def test_curves_and_numbers_are_told_and_that_there_is_no_map(name):
    picture, seen, faults = bare_picture(RUNS[name]()), {}, []

    def look(scene, beat):
        seen[beat.name] = scene.table.plain_texts()
        faults.extend((beat.name, fault) for fault in violations(scene))

    with small_frames():
        scene = played(SLUG, {"just_right": picture}, ClipRenderer(), on_beat_end=look)
    assert isinstance(scene, CurvesPassage)
    assert faults == []
    shown = picture.trajectory
    assert set(seen) == {"start", "carried-on", *(f"step-{t + 1}" for t in range(shown.steps))}
    assert seen["step-1"]["loss"] == [fixed(shown.losses[1])]
    assert scene.curves[0].losses.tolist() == shown.losses.tolist()


def test_the_lengths_are_those_in_all_parameters():
    run = network()
    picture = bare_picture(run)
    expected = np.linalg.norm(run.gradients, axis=1)
    np.testing.assert_allclose(picture.full.gradient_norms, expected, rtol=1e-12)
    assert picture.full.losses.tolist() == run.losses.tolist()


def test_a_loop_that_was_watched_is_shown_up_to_its_last_loss():
    run = watched()
    picture = bare_picture(run)
    assert picture.full.steps == run.steps - 1
    assert np.isfinite(picture.full.losses).all()
    with pytest.raises(ValueError, match="run must have taken a step"):
        bare_picture(watched(1))


def test_no_view_is_asked_for_where_there_is_none():
    with pytest.raises(ValueError, match="views must be indices"):
        replace(bare_picture(RUNS["bowl"]()), views=np.ones(7))
