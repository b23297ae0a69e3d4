"""The plane and the path of a run whose iterates were thinned, against those of the whole run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from descent import Plane, path_plane, plot_runs, random_plane
from descent.runs.sketch import WIDTH, PathSketch
from descent.views.thinned_paths import Combinations, off_plane
from tests.marks import slow_except
from tests.test_partial_runs import bounded, norms
from tests.test_watch_large import OPTIMIZERS, trained

NEAR = 0.04  # 1 / √512, to which a sketch estimates a length
THINNED = [name for name in OPTIMIZERS if name != "LBFGS"]


@pytest.fixture(scope="module", params=slow_except(THINNED, "SGD", "Adam"))
def runs(request):
    """Return a run with all rows, and the same with a dozen."""
    return trained(request.param), trained(request.param, memory_mb=0.05)


def test_the_plane_shows_nearly_as_much_of_the_whole_path_as_the_best(runs):
    whole, thinned = runs
    best, found = path_plane(whole), path_plane(thinned)
    spread = whole.iterates - whole.iterates.mean(axis=0)
    shown = ((spread @ found.directions.T) ** 2).sum() / (spread**2).sum()
    assert best.shown - 0.03 < shown <= best.shown + 1e-9
    assert abs(found.shown - shown) < 0.01  # the share that it says it shows
    np.testing.assert_allclose(found.directions @ found.directions.T, np.eye(2), atol=1e-9)
    assert (found.origin == whole.iterates).all(axis=1).any()


def test_the_path_on_a_plane_is_that_of_the_whole_run(runs):
    whole, thinned = runs
    plane = path_plane(thinned)
    path, expected = plane.path(thinned), plane.project(whole.iterates)
    np.testing.assert_array_equal(path.steps, np.arange(91))
    at = thinned.recorded_steps
    extent = np.ptp(expected, axis=0).max()
    np.testing.assert_allclose(path.coordinates[at], expected[at], atol=1e-5 * extent)
    off = np.linalg.norm(path.coordinates - expected, axis=1)
    # What an estimate may miss is a share of how far the point is off the span of exact iterates.
    rest = np.linalg.norm(Combinations(thinned).rest, axis=1)
    assert (off <= 4 * NEAR * rest + 1e-5 * extent).all() and off.max() < 0.02 * extent
    distances = plane.distance(whole.iterates)
    np.testing.assert_allclose(off_plane(plane, thinned), distances, atol=4 * NEAR * extent)


def test_the_path_on_any_plane_is_estimated(runs):
    whole, thinned = runs
    plane = random_plane(whole.iterates[0], whole.names, seed=2)
    expected = plane.project(whole.iterates)
    length = np.linalg.norm(whole.iterates - whole.iterates[0], axis=1).max()
    found = plane.path(thinned).coordinates
    across = np.linalg.norm(np.linalg.pinv(plane.directions), axis=0)
    assert (np.abs(found - expected) <= 4 * NEAR * across * length).all()


def test_runs_with_and_without_all_rows_share_a_plane(runs):
    whole, thinned = runs
    both, alone = path_plane([whole, thinned]), path_plane(whole)
    cosines = np.linalg.svd(both.directions @ alone.directions.T, compute_uv=False)
    assert cosines.min() > 0.99 and abs(both.shown - alone.shown) < 0.02
    figure = plot_runs([whole, thinned])
    assert figure.axes


def test_a_path_along_a_line_is_drawn_in_full():
    whole = trained(steps=30)
    line = np.linspace(0, 1, 31)[:, None] * np.ones(len(whole.names)) + whole.iterates[0]
    along = replace(whole, iterates=line)
    thinned = bounded(replace(along, losses=whole.losses), every=10, width=WIDTH)
    plane = path_plane(thinned)
    assert plane.shown == pytest.approx(1, abs=1e-6)
    still = replace(along, iterates=np.repeat(line[:1], 31, axis=0))
    values = np.zeros((31, WIDTH))
    thinned = replace(
        still,
        iterates=still.iterates[:1],
        gradients=np.empty((0, len(still.names))),
        recorded_steps=[0],
        norms=norms(still),
        sketch=PathSketch(values, np.arange(31), 0),
    )
    assert path_plane(thinned).shown == 1
    assert np.abs(path_plane(thinned).path(thinned).coordinates).max() == 0


def test_a_run_of_other_parameters_has_no_path_on_a_plane(runs):
    with pytest.raises(ValueError, match="run must be one of 3 parameters; got one of"):
        Plane([0, 0, 0], np.eye(2, 3)).path(runs[0])
