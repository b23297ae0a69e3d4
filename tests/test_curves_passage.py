"""A saved run without its loss is told in curves and numbers, whatever became of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from descent import LOSSES, Trajectory, model_loss, path_plane, record, watch
from descent.pictures.bare import bare_picture
from descent.text.numbers import fixed
from scenes.curves_passage import CurvesPassage
from tests.lectures import played, small_frames
from tests.legibility import violations
from tests.marks import slow_except
from understanding_gradients.lecture.from_runs import single_run_inputs
from understanding_gradients.lecture.saved_runs import saved_run
from understanding_gradients.render.renderer import ClipRenderer

SLUG = "just-right-learning-rate"


def network_loss():
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))
    x = torch.linspace(-1, 1, 5)[:, None]
    return model_loss(module, x, x**2, torch.nn.MSELoss())[:2]


def network(**options):
    loss, start = network_loss()
    return record(loss, start, learning_rate=0.1, steps=20, **options)


def watched(steps=4, **options):
    torch.manual_seed(0)
    model, x = torch.nn.Linear(1, 1), torch.tensor([[0.0], [1.0], [2.0]])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer, **options) as seen:
        for _ in range(steps):
            optimizer.zero_grad()
            seen.loss(torch.nn.functional.mse_loss(model(x), 2 * x)).backward()
            optimizer.step()
    return seen.trajectory


LOSS_OF = {
    "some rows": lambda: LOSSES["bowl"],
    "some rows of a network": lambda: network_loss()[0],
    "a sketch": lambda: network_loss()[0],
}
RUNS = {
    "bowl": lambda: record(LOSSES["bowl"], [2, 1], learning_rate=0.2, steps=20),
    "network": network,
    "watched": watched,
    "some rows": lambda: record(LOSSES["bowl"], [2, 1], learning_rate=0.2, steps=20, every=6),
    "some rows of a network": lambda: network(every=6),
    "a sketch": lambda: network(memory_mb=1e-4),
    "one parameter": lambda: record(LOSSES["parabola"], [2], learning_rate=0.2, steps=3),
    "diverging": lambda: record(LOSSES["bowl"], [2, 1], learning_rate=1e3, steps=200),
    "two steps": lambda: record(LOSSES["rosenbrock"], [-1.5, 2.0], learning_rate=1e60, steps=9),
    "still": lambda: record(LOSSES["bowl"], [0, 0], learning_rate=0.1, steps=4),
    "Adam": lambda: record(LOSSES["bowl"], [2, 1], learning_rate=0.2, steps=4, optimizer="Adam"),
}


@pytest.mark.render
@pytest.mark.parametrize("name", slow_except(RUNS, "network", "a sketch"))
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


@pytest.mark.parametrize("name", LOSS_OF)
def test_of_a_thinned_run_the_numbers_are_those_of_every_step(name):
    run = RUNS[name]()
    whole = RUNS["bowl" if name == "some rows" else "network"]()
    assert not run.has_every_row
    for part in (bare_picture(run).full, single_run_inputs(run, LOSS_OF[name]()).full):
        assert part.losses.tolist() == whole.losses.tolist()
        np.testing.assert_allclose(part.gradient_norms, whole.gradient_norms)
        np.testing.assert_allclose(part.step_lengths, whole.step_lengths)
        assert part.behavior == whole.behavior and part.is_plain_gradient_descent
        assert part.recorded_steps.tolist() == run.recorded_steps.tolist()


@pytest.mark.parametrize("given", ["plane", "sharpness"])
def test_a_thinned_run_is_shown_without_what_needs_every_row(given, tmp_path):
    run, loss = RUNS["some rows of a network"](), LOSS_OF["some rows of a network"]()
    options = {given: path_plane(run) if given == "plane" else True}
    said = rf"hold every row to be filmed with {given}=\.\.\.; got 5 of 21 rows: record it with"
    for call in (single_run_inputs, partial(Trajectory.save, path=tmp_path / "run")):
        with pytest.raises(ValueError, match=said):
            call(run, loss=loss, **options)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", LOSS_OF)
def test_a_thinned_run_is_saved_with_the_picture_that_its_film_draws(name, tmp_path):
    run, loss, path = RUNS[name](), LOSS_OF[name](), tmp_path / "run.safetensors"
    rows = f"{len(run.recorded_steps)} of 21"
    with pytest.warns(UserWarning, match=f"^{rows} iterates are kept.*: its film shows curves and"):
        run.save(path, loss=loss, steps=3)
    picture = saved_run(str(path)).picture
    assert picture.to_bytes() == single_run_inputs(run, loss, 3).to_bytes()
    assert picture.trajectory.steps == 3 and Trajectory.load(path).to_bytes() == run.to_bytes()


def test_a_thinned_loop_is_shown_up_to_its_last_loss_and_saved_as_a_film_reads_it(tmp_path):
    run = watched(30, every=29)
    picture = bare_picture(run)
    assert picture.full.steps == 29 and picture.full.recorded_steps.tolist() == [0, 29]
    run.save(tmp_path / "run.safetensors")
    assert saved_run(str(tmp_path / "run.safetensors")).picture.to_bytes() == picture.to_bytes()


def test_no_view_is_asked_for_where_there_is_none():
    with pytest.raises(ValueError, match="views must be indices"):
        replace(bare_picture(RUNS["bowl"]()), views=np.ones(7))
