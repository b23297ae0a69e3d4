"""The runs of a sweep that are kept whole, and the views that hold them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from descent import LOSSES, Sweep, model_loss, path_plane, record, sample, sweep

BOWL = LOSSES["bowl"]
RATES = np.geomspace(0.01, 0.6, 60)
pytestmark = pytest.mark.usefixtures("coarse_landscapes")


def test_a_number_of_runs_is_spread_evenly_from_the_least_rate_to_the_largest():
    shuffled = np.random.default_rng(0).permutation(RATES)
    found = sweep(BOWL, [2, 1], shuffled, 8, keep=7)
    kept = [float(shuffled[place]) for place in found.kept]
    assert kept == sorted(kept)
    assert kept[0] == RATES[0] and kept[-1] == RATES[-1]
    places = np.searchsorted(RATES, kept)
    assert np.ptp(np.diff(places)) <= 1


@pytest.mark.parametrize("keep", [2, np.int64(2), np.array(2)])
def test_any_whole_number_of_runs_can_be_kept(keep):
    assert sweep(BOWL, [2, 1], RATES, 3, keep=keep).kept == ((0,), (59,))


def test_a_kept_run_is_what_record_records_to_the_bit():
    found = sweep(BOWL, [2, 1], RATES, 30, keep=[3, 40, 59])
    assert found.kept == ((3,), (40,), (59,))
    for place, run in zip(found.kept, found.trajectories, strict=True):
        alone = record(BOWL, [2, 1], learning_rate=float(RATES[place]), steps=30)
        assert run.to_bytes() == alone.to_bytes()
        assert found.final_losses[place] == pytest.approx(run.losses[-1], rel=1e-10)


def test_the_arrays_say_of_a_kept_run_what_its_recording_says():
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    x = torch.linspace(-2, 2, 16).reshape(-1, 1)
    loss, start, _ = model_loss(module, x, torch.sin(3 * x), torch.nn.MSELoss())
    # Beyond the edge of stability the last bit decides, and one of a batch ends elsewhere.
    rates = np.geomspace(0.1, 2, 20)
    found = sweep(loss, start, rates, 120, keep=[9, 11, 13], tolerance=0.1)
    for place, run in zip(found.kept, found.trajectories, strict=True):
        low = np.flatnonzero(run.losses <= 0.1)
        assert found.final_losses[place] == run.losses[-1]
        assert found.steps_taken[place] == run.steps
        assert found.behaviors[place] == run.behavior
        assert found.diverged[place] == run.diverged
        assert found.steps_to_tolerance[place] == (low[0] if low.size else -1)


def test_places_of_a_map_name_pairs_and_may_count_from_the_end():
    pairs = np.stack(np.meshgrid([0.1, 0.2, 0.3], [0.05, 0.4], indexing="ij"), axis=-1)
    found = sweep(BOWL, [2, 1], pairs, 9, groups=[0, 1], keep=[(-1, 0), (0, 1), (0, 1)])
    assert found.kept == ((0, 1), (2, 0))
    np.testing.assert_allclose(found.trajectories[0].learning_rates, [[0.1, 0.4]] * 9)
    expected = [2 * (1 - 2 * 0.3) ** 9, (1 - 6 * 0.05) ** 9]
    np.testing.assert_allclose(found.trajectories[1].iterates[-1], expected)


def test_the_first_view_holds_what_converges_and_the_last_what_can_be_drawn_of_the_rest():
    found = sweep(BOWL, [2, 1], RATES, 12, keep=9)
    first, last = found.landscapes[0], found.landscapes[-1]
    for run in found.trajectories:
        if run.behavior == "diverging":
            assert not first.contains(run.iterates[-1])
            assert last.contains(run.iterates[1])
        else:
            assert all(first.contains(point) for point in run.iterates)
    for inner, outer in zip(found.landscapes, found.landscapes[1:], strict=False):
        assert all(outer.contains(corner) for corner in np.array(inner.window).T)
    again = sample(BOWL, first.window, first.values.shape)
    np.testing.assert_array_equal(first.values, again.values)


def test_a_run_of_huge_numbers_does_not_stretch_the_views():
    found = sweep(BOWL, [2, 1], [0.1, 0.5, 1e40], 900, keep=3)
    widths = [landscape.window[0][1] - landscape.window[0][0] for landscape in found.landscapes]
    assert found.trajectories[-1].diverged
    assert len(widths) > 1 and widths[-1] < 1e4 * widths[0]


def test_one_parameter_has_curves_and_two_have_no_plane():
    assert len(sweep(LOSSES["parabola"], [2], [0.1, 0.2], 5, keep=2).landscapes[0].axes) == 1
    assert sweep(BOWL, [2, 1], [0.1, 0.2], 5, keep=2).plane is None


@pytest.mark.parametrize("rates", ([0.01, 0.1, 0.2, 0.6], [0.6, 0.7]))
def test_more_parameters_have_the_loss_on_the_plane_of_those_that_stay(rates):
    def loss(params):
        return (params**2 * params.new_tensor([0.5, 2.0, 3.0])).sum()

    found = sweep(loss, [1, 2, 3], rates, 12, keep=len(rates))
    calm = [run for run in found.trajectories if run.behavior != "diverging"]
    plane = path_plane(calm or [run.first(1) for run in found.trajectories])
    np.testing.assert_array_equal(found.plane.directions, plane.directions)
    first = found.landscapes[0]
    for run in calm:
        assert all(first.contains(point) for point in plane.project(run.iterates))
    row, column = 17, 20
    point = plane.lift([first.axes[0][row], first.axes[1][column]])
    expected = point**2 @ [0.5, 2.0, 3.0]
    assert first.values[row, column] == pytest.approx(expected, rel=1e-12)


def test_nothing_is_kept_unasked_and_the_boundary_is_known_all_the_same():
    found = sweep(BOWL, [2, 1], RATES, 5)
    assert found.kept == found.trajectories == found.landscapes == ()
    assert found.critical_learning_rate == pytest.approx(1 / 3)


def test_a_loss_without_second_derivatives_has_no_known_boundary():
    def edge(params):
        return (params[0] - 2).abs() ** 1.5 + params[0]

    with pytest.warns(UserWarning, match="no boundary 2 / sharpness: .* finite second derivatives"):
        assert sweep(edge, [2.0], [0.1], 3).critical_learning_rate is None


def test_kept_runs_survive_a_file(tmp_path):
    found = sweep(BOWL, [2, 1], RATES, 20, keep=5)
    again = Sweep.load(found.save(tmp_path / "sweep.safetensors"))
    assert again.to_bytes() == found.to_bytes()
    assert again.kept == found.kept
    assert [run.to_bytes() for run in again.trajectories] == [
        run.to_bytes() for run in found.trajectories
    ]


@pytest.mark.parametrize(
    ("keep", "error", "said"),
    [
        (-1, ValueError, "a number of runs of one list of rates; got -1"),
        ("all", TypeError, "a whole number or a list of places; got 'all'"),
        (True, TypeError, "a whole number or a list of places; got True"),
        ([60], ValueError, r"places in a sweep of shape \(60,\); got 60"),
        ([(0, 0)], ValueError, r"got \(0, 0\)"),
        ([0.5], TypeError, "whole numbers; got 0.5"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence(keep, error, said):
    with pytest.raises(error, match=said):
        sweep(BOWL, [2, 1], RATES, 5, keep=keep)


def test_more_kept_runs_than_the_memory_holds_are_refused_before_work():
    with pytest.raises(ValueError, match="memory_mb must be at least 28.8 for 60 runs"):
        sweep(BOWL, [2, 1], RATES, 9999, keep=60, memory_mb=20)


def test_a_number_of_runs_of_a_map_is_refused_since_pairs_have_no_order():
    with pytest.raises(ValueError, match="name the places"):
        sweep(BOWL, [2, 1], np.full((2, 2, 2), 0.1), 5, groups=[0, 1], keep=3)
