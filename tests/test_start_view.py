"""The window in which the start is chosen: what it holds, and that it stays for starts in it."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from descent import LOSSES
from descent.views.windows import aspect_of, landscape
from tests.marks import slow_except
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.lecture.settings import NEURON_START, Settings
from understanding_gradients.lecture.start_view import MAP_ASPECT


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Sample losses at few points, however long a busy machine takes for them."""
    monkeypatch.setattr("descent.views.windows.RESOLUTION", {1: (21,), 2: (31, 21)})
    patient = partial(landscape, seconds=1e9)
    monkeypatch.setattr("understanding_gradients.lecture.start_view.landscape", patient)


def view(**changes):
    return record_lecture(Settings().replace(**changes), ["start_view"])["start_view"]


def test_the_neurons_view_holds_its_start_and_the_line_of_least_squares():
    found = view(start=(0.5, 1.5))
    rows = np.array(Settings().data.rows)
    np.testing.assert_allclose(found.minimiser, np.polyfit(*rows.T, 1), rtol=1e-8)
    assert found.own_start.tolist() == list(NEURON_START)
    assert found.has_minimum
    assert found.landscape.contains(found.own_start)
    assert found.landscape.names == ("W1", "b1")


@pytest.mark.parametrize("loss", slow_except(LOSSES, "double_well", "bowl", "saddle"))
def test_every_named_loss_has_a_view_with_room_for_its_start(loss):
    found, own = view(loss=loss), LOSSES[loss]
    (low, high), start = np.array(found.landscape.window).T, np.array(own.start)
    room = np.minimum(start - low, high - start) / (high - low)
    assert (room > 0.04).all()
    assert all(found.landscape.contains(corner) for corner in zip(*own.window, strict=True))
    if found.has_minimum:
        places = np.array(own.minimisers)
        # Those of the double well and of Rastrigin's function have higher ones beside them.
        if loss not in ("double_well", "rastrigin"):
            assert np.abs(places - found.minimiser).max(axis=1).min() < 1e-6


def test_the_view_is_the_loss_at_every_place_and_as_wide_as_the_picture():
    landscape = view(loss="bowl").landscape
    x, y = np.meshgrid(*landscape.axes, indexing="ij")
    np.testing.assert_allclose(landscape.values, x**2 + 3 * y**2)
    assert aspect_of(landscape.window) == pytest.approx(MAP_ASPECT)


def test_the_window_stays_while_the_start_is_moved_in_it_and_doubles_when_it_leaves():
    def window(*start):
        return np.array(view(loss="bowl", start=start).landscape.window)

    usual = window(2, 1)
    np.testing.assert_array_equal(window(-3.2, -1.7), usual)
    np.testing.assert_array_equal(window(-3.79, 1.0), 2 * usual)
    np.testing.assert_array_equal(window(0, 7.0), 4 * usual)


LOSS_FILE = """
def bare(params):
    return (params ** 2).sum()
def many(params):
    return (params ** 2).sum()
many.start = (1.0, 2.0, 3.0)
"""


def test_a_loss_without_a_start_of_its_own_is_seen_around_its_minimum(tmp_path):
    path = tmp_path / "losses.py"
    path.write_text(LOSS_FILE, encoding="utf-8")
    near, same, away = (
        view(loss=f"{path}:bare", start=start) for start in ((1.0, -2.0), (1.1, -2.1), (9.0, 0.0))
    )
    assert near.own_start.shape == (0,)
    np.testing.assert_allclose(near.minimiser, 0, atol=1e-9)
    assert near.landscape.contains((1.0, -2.0))
    assert same.landscape.window == near.landscape.window
    assert away.landscape.contains((9.0, 0.0))
    with pytest.raises(ValueError, match="must have 1 or 2 parameters to be drawn; got 3"):
        view(loss=f"{path}:many", start=(1.0, 2.0, 3.0))


def test_a_start_far_away_ends_the_search_for_a_window():
    window = np.array(view(start=(1e300, 0.0)).landscape.window)
    assert np.isfinite(window).all()
