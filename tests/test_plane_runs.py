"""A run of many parameters is drawn on a plane, and told by the numbers of all of them."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch

from descent import Plane, path_plane, record, sharpness
from descent.runs.projected import ProjectedTrajectory, projected, rates_of
from descent.runs.steps import gathers_pace, goes_across
from descent.views.landscape import contains
from scenes.wording.rates import describe_rates, describe_rule
from scenes.wording.titles import earns_name
from understanding_gradients.lecture.from_runs import comparison_inputs, single_run_inputs
from understanding_gradients.lecture.recordings import Run

pytestmark = pytest.mark.usefixtures("coarse_landscapes")
CURVATURES = torch.tensor([1.0, 2.0, 4.0, 8.0], dtype=torch.float64)
START = [1.0, -2.0, 1.5, 0.5]


def bowl(p):
    return (CURVATURES * p**2).sum() / 2


def ran(rate=0.1, steps=6, loss=bowl, **options):
    return record(loss, START, learning_rate=rate, steps=steps, **options)


def test_coordinates_are_least_squares_and_steps_follow_the_rule_on_the_plane_too():
    run = ran()
    plane = path_plane(run)
    seen = projected(run, plane)
    found, *_ = np.linalg.lstsq(plane.directions.T, (run.iterates - plane.origin).T, rcond=None)
    np.testing.assert_allclose(seen.iterates, found.T, atol=1e-12)
    np.testing.assert_allclose(
        seen.iterates[1:], seen.iterates[:-1] - 0.1 * seen.gradients[:-1], atol=1e-12
    )
    assert seen.losses.tobytes() == run.losses.tobytes() and seen.names == plane.names


def test_what_holds_in_all_parameters_is_kept_beside_the_picture():
    run = ran()
    plane = path_plane(run)
    whole = projected(run, plane).whole
    np.testing.assert_allclose(whole.gradient_norms, np.linalg.norm(run.gradients, axis=1))
    np.testing.assert_allclose(
        whole.step_lengths, np.linalg.norm(np.diff(run.iterates, axis=0), axis=1)
    )
    np.testing.assert_allclose(whole.distances, plane.distance(run.iterates))
    spread = np.linalg.svd(run.iterates - run.iterates.mean(axis=0), compute_uv=False) ** 2
    assert whole.shown == pytest.approx(spread[:2].sum() / spread.sum(), rel=1e-12)
    assert whole.parameters == 4
    assert whole.start == hashlib.sha256(run.iterates[0].tobytes()).hexdigest()


@pytest.mark.parametrize("options", [{}, {"rate": 0.24}, {"rate": 0.3, "steps": 40}])
def test_the_behavior_is_that_of_the_run_and_not_of_its_picture(options):
    run = ran(**options)
    flat = Plane([0, 0, 0, 0], [[1, 0, 0, 0], [0, 1, 0, 0]])  # of the two flattest directions
    seen = projected(run, flat)
    assert seen.behavior == run.behavior and seen.goes_away == run.goes_away
    assert seen.is_plain_gradient_descent and seen.follows_update_rule.all()
    assert gathers_pace(seen) == gathers_pace(run)
    assert not goes_across(seen, 0)
    np.testing.assert_array_equal(seen.gradient_norms, run.gradient_norms)
    np.testing.assert_array_equal(seen.step_lengths, run.step_lengths)


def test_a_step_of_adam_follows_no_rule_on_the_plane_either():
    seen = projected(ran(optimizer="Adam"), path_plane(ran()))
    assert not seen.follows_update_rule.any() and not seen.is_plain_gradient_descent


def test_the_rates_of_all_groups_are_kept_beside_the_picture_and_said():
    run = ran(rate=[0.1, 0.05, 0.02], groups=[0, 1, 1, 2])
    picture = single_run_inputs(run, bowl)
    assert rates_of(picture.trajectory).tolist() == [[0.1, 0.05, 0.02]] * 6
    assert describe_rates(rates_of(run)) == describe_rates(rates_of(picture.full))
    assert "0.1" in (said := describe_rule(picture)) and "0.05" in said and "0.02" in said
    two = projected(ran(rate=[0.1, 0.05], groups=[0, 1, 1, 0]), path_plane(run))
    assert not two.whole.rates.size and rates_of(two).tolist() == [[0.05, 0.1]] * 6


def test_a_picture_is_not_cut():
    seen = projected(ran(), path_plane(ran()))
    assert seen.first(6) is seen
    with pytest.raises(ValueError, match="cut the run before it is projected"):
        seen.first(3)


def test_a_run_beyond_all_squares_is_projected():
    run = ran(1e80, 30)
    assert run.diverged
    seen = projected(run, path_plane(run.first(1)))
    assert np.isfinite(seen.iterates).all() and np.isfinite(seen.whole.gradient_norms).all()


def test_a_film_of_all_steps_has_one_plane_and_a_longer_run_one_of_its_own():
    short, long = single_run_inputs(ran(), bowl), single_run_inputs(ran(steps=40), bowl)
    assert short.full is short.trajectory and short.overview == ()
    assert long.trajectory.steps == 6 and long.full.steps == 40 and len(long.overview) == 1
    assert isinstance(long.full, ProjectedTrajectory)
    plane = path_plane(ran())
    np.testing.assert_allclose(long.trajectory.iterates, plane.project(ran().iterates))
    np.testing.assert_allclose(long.projection.plane_losses[:1], _loss_below(plane, ran()))
    assert contains(long.overview[0].window, long.full.iterates).all()
    assert long.sharpness == sharpness(bowl, START) == pytest.approx(8)
    assert long.minimiser.size == 0 and np.isnan(long.minimum) and not long.is_global


def _loss_below(plane, run):
    return [float(bowl(torch.tensor(plane.lift(plane.project(run.iterates[:1]))[0])))]


def test_the_landscape_is_the_loss_on_the_plane():
    run = ran()
    view = single_run_inputs(run, bowl).landscapes[0]
    xs, ys = view.axes
    place = torch.tensor(path_plane(run).lift([xs[3], ys[5]]))
    assert view.values[3, 5] == pytest.approx(float(bowl(place)), rel=1e-12)


def test_a_run_that_goes_away_stays_on_a_plane_that_shows_every_step_it_begins_with():
    """Of the path's own plane, the last and longest steps would choose both directions."""
    run = ran(0.6, 200)
    found = single_run_inputs(run, bowl)
    assert found.overview == () and found.views.max() > 0
    steps, seen = np.diff(run.iterates[:7], axis=0), np.diff(found.full.iterates[:7], axis=0)
    shares = np.linalg.norm(seen, axis=1) / np.linalg.norm(steps, axis=1)
    of_path = path_plane(run.first(6)).project(run.iterates[:7])
    poor = np.linalg.norm(np.diff(of_path, axis=0), axis=1) / np.linalg.norm(steps, axis=1)
    assert shares.min() > 0.9 and shares.min() > poor.min()


def test_a_network_alone_is_not_called_right_since_no_minimum_of_it_is_known():
    found = single_run_inputs(ran(0.1, 12), bowl)
    assert found.trajectory.behavior == "converging" and not earns_name("just_right", found)
    compared = comparison_inputs([ran(rate, 12) for rate in (0.001, 0.1, 0.3)], bowl)
    assert earns_name("just_right", compared["just_right"])


def test_three_runs_have_one_plane_that_of_those_that_stay():
    runs = [ran(rate) for rate in (0.01, 0.2, 0.3)]
    found = comparison_inputs(runs, bowl)
    plane = path_plane(runs[:2])
    for run, one in zip(runs, found.values(), strict=True):
        np.testing.assert_allclose(one.trajectory.iterates, plane.project(run.iterates))
    assert len({one.landscapes[0].window for one in found.values()}) == 1


def waves(p):
    return (2 - torch.cos(2 * p)).sum()


def test_a_run_that_leaps_about_and_ends_higher_does_not_choose_the_plane():
    leaping, *calm = (
        record(waves, [0.6, -0.5, 0.4], learning_rate=rate, steps=7) for rate in (0.9, 0.05, 0.1)
    )
    assert not leaping.goes_away and leaping.losses[-1] > leaping.losses[0]
    found = comparison_inputs([leaping, *calm], waves)
    place = path_plane(calm).project(leaping.iterates)
    np.testing.assert_allclose(found["very_large"].trajectory.iterates, place, atol=1e-12)


def test_a_plane_may_be_given():
    plane = Plane([0, 0, 0, 0], [[2, 0, 0, 0], [0, 0, 0, 1]], ("flat", "steep"))
    found = single_run_inputs(ran(steps=40), bowl, plane=plane)
    assert found.trajectory.names == ("flat", "steep") and found.overview == ()
    np.testing.assert_allclose(found.trajectory.iterates, ran().iterates[:, [0, 3]] / [2, 1])
    for wrong, message in (("xy", "plane must be a descent.Plane"), (path_plane(_of_three()), "4")):
        with pytest.raises((TypeError, ValueError), match=message):
            single_run_inputs(ran(), bowl, plane=wrong)


def _of_three():
    return record(lambda p: (p**2).sum(), [1.0, 2.0, 3.0], learning_rate=0.1, steps=3)


def test_a_recording_is_the_same_after_it_was_saved(tmp_path):
    found = single_run_inputs(ran(steps=40), bowl)
    again = Run.load(found.save(tmp_path / "run.safetensors"))
    assert again.to_bytes() == found.to_bytes()
    assert again.full.behavior == "converging"
