"""Runs of which not every row was kept: their shape, norms, words, files and tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from descent import LOSSES, Trajectory, record, sharpness_along
from descent.checks.names import ParameterNames, shortened
from descent.pictures.single import single_run
from descent.runs.sketch import PathSketch, places_of, sketched
from descent.runs.step_norms import StepNorms

FLOAT32 = np.finfo(np.float32).eps


def whole(steps=20, **options):
    return record(LOSSES["rosenbrock"], [-1, 1], learning_rate=0.001, steps=steps, **options)


def products(run):
    before, after, step = run.gradients[:-1], run.gradients[1:], np.diff(run.iterates, axis=0)
    pairs = ((before, after), (before, step), (after, step))
    return np.stack([(one * other).sum(axis=1) for one, other in pairs], axis=1)


def norms(run, **changes):
    own = StepNorms(run.gradient_norms, run.parameter_norms, run.step_lengths)
    return replace(own, **changes)


def thinned(run, every=5):
    """Return a run as `every` leaves it."""
    steps = np.unique([*range(0, run.steps, every), run.steps])
    return replace(
        run,
        iterates=run.iterates[steps],
        gradients=run.gradients[steps],
        recorded_steps=steps,
        norms=norms(run),
    )


def bounded(run, every=5, width=64):
    """Return a run as a bounded memory leaves it."""
    rows = thinned(run, every)
    values = sketched(run.iterates - run.iterates[0], width, 7)
    return replace(
        rows,
        gradients=np.empty((0, len(run.names))),
        norms=norms(run, products=products(run)),
        sketch=PathSketch(values, np.arange(run.steps + 1), 7),
    )


partial = pytest.mark.parametrize("leave", [thinned, bounded])


def test_norms_are_those_of_numpy():
    run = whole()
    np.testing.assert_allclose(run.gradient_norms, np.linalg.norm(run.gradients, axis=1))
    np.testing.assert_allclose(run.parameter_norms, np.linalg.norm(run.iterates, axis=1))
    lengths = np.linalg.norm(np.diff(run.iterates, axis=0), axis=1)
    np.testing.assert_allclose(run.step_lengths, lengths)
    np.testing.assert_allclose(run.update_to_weight_ratios, lengths / run.parameter_norms[:-1])


@partial
def test_a_run_without_some_rows_is_the_same_after_it_was_saved(leave, tmp_path):
    run = leave(whole())
    again = Trajectory.load(run.save(tmp_path / "run.safetensors"))
    assert again.to_bytes() == run.to_bytes()
    assert again.iterates.dtype == run.iterates.dtype
    np.testing.assert_array_equal(again.recorded_steps, run.recorded_steps)
    for name in ("gradient_norms", "parameter_norms", "step_lengths", "losses"):
        np.testing.assert_array_equal(getattr(again, name), getattr(whole(), name))


def test_a_run_with_all_rows_has_the_bytes_it_had():
    assert b"recorded_steps" not in whole().to_bytes() and b"norms" not in whole().to_bytes()


@partial
@pytest.mark.parametrize("steps", [0, 1, 5, 7, 20, 30])
def test_the_first_steps_are_those_of_the_rows_that_were_kept(leave, steps, tmp_path):
    run, first = leave(whole()), leave(whole()).first(steps)
    assert first.steps == min(steps, 20)
    kept = run.recorded_steps[run.recorded_steps <= steps]
    np.testing.assert_array_equal(first.recorded_steps, kept)
    np.testing.assert_array_equal(first.iterates, run.iterates[: len(kept)])
    assert Trajectory.load(first.save(tmp_path / "run")).to_bytes() == first.to_bytes()


@partial
def test_between_rows_the_point_lies_on_the_straight_line(leave):
    run, all_rows = leave(whole()), whole()
    near = FLOAT32 if leave is bounded else 0
    for step in (0, 5, 20, 25):
        expected = all_rows.iterates[min(step, 20)]
        np.testing.assert_allclose(run.at(step), expected, rtol=near)
    expected = 0.6 * all_rows.iterates[5] + 0.4 * all_rows.iterates[10]
    np.testing.assert_allclose(run.at(7), expected, rtol=10 * FLOAT32)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("rate", [1e-4, 0.01, 0.1, 0.5, 0.95, 1.05])
def test_the_products_of_gradients_and_steps_tell_the_same_behavior(name, rate):
    loss = LOSSES[name]
    run = record(loss, loss.start, learning_rate=rate, steps=12)
    if np.abs(run.iterates).max() < 1e18:  # beyond, squares are no numbers of float32
        assert bounded(run).behavior == run.behavior


def test_without_products_the_losses_alone_tell_the_behavior():
    run = record(LOSSES["parabola"], [2], learning_rate=0.95, steps=12)
    assert run.behavior == "oscillating"
    assert thinned(run).behavior == replace(run, batch_losses=run.losses).behavior


def test_rows_that_are_missing_are_told_in_one_sentence():
    said = r"run must hold every row for .*; got 5 of 21 rows: record it with every=1\."
    with pytest.raises(ValueError, match=said):
        thinned(whole()).follows_update_rule  # noqa: B018
    with pytest.raises(ValueError, match="record it with a larger memory_mb, or with keep="):
        bounded(whole()).follows_update_rule  # noqa: B018
    with pytest.raises(ValueError, match=r"record it with a larger memory_mb\.$"):
        single_run(bounded(whole()), LOSSES["rosenbrock"], sharpness=True)
    assert thinned(whole()).is_plain_gradient_descent
    assert not thinned(whole(momentum=0.5)).is_plain_gradient_descent


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"norms": None}, "norms must be given where some rows are not"),
        ({"recorded_steps": [1, 5, 10, 15, 20]}, "recorded_steps must increase from 0"),
        ({"recorded_steps": [0, 5, 5, 15, 20]}, "recorded_steps must increase from 0"),
        ({"recorded_steps": [0, 5, 10, 15, 21]}, "recorded_steps must be at most 20"),
        ({"recorded_steps": [0, 5]}, r"iterates must have shape \(2, 2\)"),
        ({"gradients": np.empty((0, 2))}, r"gradients must have shape \(5, 2\)"),
        ({"norms": StepNorms([1, 1], [1, 1], [1])}, r"step_lengths must have shape \(20,\)"),
        ({"sketch": 3}, "sketch must be a PathSketch, or None"),
        ({"left_out": "many"}, "left_out must be a int"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(change, message):
    with pytest.raises((ValueError, TypeError), match=message):
        replace(thinned(whole()), **change)


# Sketches


def test_a_sketch_is_the_signed_sum_of_the_numbers_at_each_place():
    vectors = np.random.default_rng(0).standard_normal((3, 1000))
    places = places_of(1000, 16, seed=5)
    matrix = np.zeros((16, 1000))
    matrix[places % 16, range(1000)] = np.where(places < 16, 1, -1)
    np.testing.assert_allclose(sketched(vectors, 16, 5), vectors @ matrix.T, atol=1e-12)


def test_places_and_signs_are_spread_evenly_and_apart_for_each_seed():
    count, width = 200_000, 64
    one, other = (places_of(count, width, seed) for seed in (0, 1))
    counts = np.bincount(one, minlength=2 * width)
    chi_squared = float(((counts - counts.mean()) ** 2 / counts.mean()).sum())
    assert 70 < chi_squared < 200  # of 127 degrees of freedom: 127 ± 16
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.01
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 0.01
    assert places_of(3, 2, 3).tolist() == [3, 2, 0]  # as files of any version have it


def test_scalar_products_are_kept_on_average_as_closely_as_theory_says():
    one, other = np.random.default_rng(1).standard_normal((2, 5000))
    width, seeds = 128, range(200)
    found = [float(np.prod(sketched([one, other], width, s), axis=0).sum()) for s in seeds]
    spread = np.linalg.norm(one) * np.linalg.norm(other) / np.sqrt(width)
    assert abs(np.mean(found) - one @ other) < 4 * spread / np.sqrt(len(seeds))
    assert 0.8 * spread < np.std(found) < 1.2 * spread


# Names


def test_names_that_are_spelled_out_on_demand_are_those_names():
    spelled = ("W1[0,0]", "W1[0,1]", "W1[1,0]", "W1[1,1]", "b1", "x8", "x9", "x10", "c[0]", "c[1]")
    names = ParameterNames(shortened(spelled))
    assert (
        names == spelled and spelled == names and hash(names) == hash(ParameterNames(names.short))
    )
    assert tuple(names) == spelled and [names[k] for k in range(-10, 10)] == [*spelled, *spelled]
    assert names[2:9:3] == spelled[2:9:3] and len(names) == 10 and "x9" in names
    assert names != spelled[:-1] and names != (*spelled[:-1], "d") and names != "W1"
    with pytest.raises(IndexError):
        names[10]


@pytest.mark.parametrize("same", [[["a", [2]], "a[1]"], [["a1", 2, 3], "a13"], ["a", "a"]])
def test_names_that_are_the_same_are_found_before_they_are_spelled_out(same):
    assert not ParameterNames(same).are_distinct()
    rows = np.zeros((1, len(ParameterNames(same))))
    with pytest.raises(ValueError, match="names must be texts that differ"):
        Trajectory(rows, [1], rows, [], ParameterNames(same))
    assert ParameterNames([["a", [2]], "a", ["b", [3, 1]]]).are_distinct()


# What shows a run


@partial
def test_a_run_without_some_rows_says_so_and_is_drawn(leave):
    loss, run = LOSSES["rosenbrock"], leave(whole())
    assert "20 steps of SGD" in repr(run) and "5 of 21 iterates were kept" in run._repr_html_()
    for figure in (run.plot(resolution=9), run.plot(loss, resolution=9)):
        assert figure.axes
    table = run.to_pandas()
    assert len(table) == 21 and (table["loss"] == whole().losses).all()
    np.testing.assert_array_equal(table["step_length"][:-1], whole().step_lengths)
    assert ("θ1" in table or "x" in table) == (leave is thinned)
    found = sharpness_along(loss, run)
    assert np.isfinite(found[[0, 5, 10, 15, 20]]).all() and np.isnan(found[[1, 4, 19]]).all()
