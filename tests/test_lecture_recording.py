"""The material of a lecture: every piece of it follows from the settings."""

from __future__ import annotations

import math

import numpy as np
import pytest

from descent import LOSSES, check_loss, neuron_loss, row_loss
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.lecture.recordings import RECORDINGS, Run
from understanding_gradients.lecture.runs import HORIZON, rounded
from understanding_gradients.lecture.settings import Settings

RUNS = ("very_small", "just_right", "very_large")


@pytest.fixture(scope="module")
def material():
    return record_lecture(Settings())


def test_all_pieces_are_recorded_and_of_their_kind(material):
    assert list(material) == list(RECORDINGS)
    assert all(type(piece) is RECORDINGS[name] for name, piece in material.items())


def test_the_same_settings_give_the_same_bytes(material):
    again = record_lecture(Settings())
    assert all(again[name].to_bytes() == piece.to_bytes() for name, piece in material.items())


def test_a_piece_recorded_alone_has_the_bytes_it_has_among_all(material):
    for name in RECORDINGS:
        (alone,) = record_lecture(Settings(), [name]).values()
        assert alone.to_bytes() == material[name].to_bytes()


def test_only_what_is_asked_for_is_recorded(monkeypatch):
    monkeypatch.setattr(
        "understanding_gradients.lecture.three_rates.record_whole",
        lambda *_, **__: pytest.fail("recorded"),
    )
    assert list(record_lecture(Settings(), ["rows", "graph"])) == ["rows", "graph"]
    with pytest.raises(ValueError, match="a piece must be one of .*; got 'graphs'"):
        record_lecture(Settings(), ["rows", "graphs"])


def test_each_run_behaves_as_its_clip_says(material):
    behaviours = [material[name].trajectory.behavior for name in RUNS]
    assert behaviours == ["slow", "converging", "diverging"]
    assert material["neuron"].trajectory.behavior == "converging"


def test_the_very_large_run_climbs_from_its_second_step_at_the_latest(material):
    losses = material["very_large"].trajectory.losses
    assert (np.diff(losses)[1:] > 0).all()


@pytest.mark.parametrize("name", [name for name, cls in RECORDINGS.items() if cls is Run])
def test_a_run_carried_on_begins_with_the_very_bits_that_are_shown(material, name):
    run = material[name]
    rows = slice(0, run.trajectory.steps + 1)
    np.testing.assert_array_equal(run.continued.iterates[rows], run.trajectory.iterates)
    np.testing.assert_array_equal(run.continued.losses[rows], run.trajectory.losses)


def test_runs_are_carried_on_to_where_the_just_right_one_arrives(material):
    small, right, large = (material[name] for name in RUNS)
    assert small.target == right.target == large.target
    assert right.target == pytest.approx(right.trajectory.losses[-1], rel=1e-3)
    assert right.steps_to_target == right.trajectory.steps
    assert small.steps_to_target == small.continued.steps > 100
    assert large.steps_to_target is None
    assert large.continued.diverged


def test_a_run_that_never_arrives_is_given_up_at_the_horizon():
    settings = Settings().replace(very_small=1e-9)
    run = record_lecture(settings, ["very_small"])["very_small"]
    assert run.continued.steps == HORIZON
    assert run.steps_to_target is None


def test_the_runs_of_one_loss_share_their_first_view(material):
    windows = {material[name].landscapes[0].window for name in RUNS}
    assert len(windows) == 1
    first = material["just_right"].landscapes[0]
    for name in ("very_small", "just_right"):
        assert material[name].views.tolist() == [0] * 7
        assert all(first.contains(point) for point in material[name].trajectory.iterates)
    large = material["very_large"]
    assert large.views.max() > 0
    for step, point in enumerate(large.trajectory.iterates):
        assert large.view(step).contains(point)


def test_landscapes_hold_the_loss_itself(material):
    loss = neuron_loss(Settings().data.rows)
    for landscape in material["very_large"].landscapes:
        point = [landscape.axes[0][7], landscape.axes[1][11]]
        assert landscape.values[7, 11] == pytest.approx(check_loss(loss, point)[0])


@pytest.mark.parametrize(
    ("rate", "way", "expected"),
    [
        (0.4, math.floor, 0.4),
        (0.1 + 0.2, math.ceil, 0.3),
        (1 - 0.9, math.floor, 0.1),
        (2 / 1001, round, 0.002),
        (2 / 1001, math.floor, 0.0019),
        (0.6053, math.ceil, 0.61),
        (0.6053, math.floor, 0.6),
        (99.6, round, 100.0),
        (123456.0, round, 120000.0),
        (1e-300, math.floor, 1e-300),
    ],
)
def test_suggested_rates_are_rounded_to_two_figures(rate, way, expected):
    assert rounded(rate, way) == expected


def test_rounding_never_moves_a_rate_across_the_critical_one():
    rows = [[35.0, 1.0], [36.0, 2.0], [34.0, 2.5]]
    found = record_lecture(Settings().replace(rows=rows, picked_row=1), RUNS)
    critical = found["just_right"].critical_learning_rate
    assert found["just_right"].learning_rate < critical < found["very_large"].learning_rate


def test_the_table_of_rates_parts_at_the_critical_rate(material):
    table = material["rates"]
    falls = table.final_losses < table.start_loss
    assert falls[table.learning_rates < table.critical_learning_rate].all()
    assert not falls[table.learning_rates > 1.2 * table.critical_learning_rate].any()
    assert table.learning_rates[0] < material["very_small"].learning_rate
    assert table.learning_rates[-1] > material["very_large"].learning_rate


def test_one_row_is_descended_until_nothing_is_left_of_its_loss(material):
    run = material["one_row"]
    assert run.trajectory.losses[0] == pytest.approx(7.84)
    assert run.trajectory.losses[-1] < 1e-7
    assert (np.diff(run.trajectory.losses) < 0).all()


def test_the_curve_shows_the_weight_alone_at_the_starts_bias(material):
    run = material["curve"]
    assert run.trajectory.names == ("W1",)
    assert run.trajectory.losses[0] == material["neuron"].trajectory.losses[0]
    moves = np.diff(run.trajectory.iterates[:, 0])
    assert (moves > 0).all(), "from one side, without overshooting"
    np.testing.assert_allclose(moves[1:] / moves[:-1], 0.6, atol=0.02)
    assert run.landscapes[0].values.shape == (401,)


def test_the_graph_is_the_picked_rows_and_leads_to_its_gradient(material):
    _, gradient = check_loss(row_loss(1.5, 2.9), [-1.0, 1.6])
    leaves = material["graph"].leaves
    assert [float(leaves[name].gradient) for name in ("W1", "b1")] == gradient.tolist()
    assert len(material["graph"].nodes) == 6


def test_the_differences_are_those_of_the_neuron_at_its_start(material):
    np.testing.assert_array_equal(
        material["differences"].gradient, material["neuron"].trajectory.gradients[0]
    )


def test_the_network_has_every_sign_of_gradient(material):
    gradients = np.concatenate(
        [
            g.ravel()
            for g in (*material["network"].weight_gradients, *material["network"].bias_gradients)
        ]
    )
    assert len(gradients) == 10
    assert 3 <= (gradients > 0).sum() <= 7
    assert np.abs(gradients).min() > 0.1 * np.abs(gradients).max()


def test_the_rows_count_from_zero_where_people_count_from_one(material):
    assert material["rows"].picked == 3
    assert (material["rows"].x[3], material["rows"].y[3]) == (1.5, 2.9)


def test_recording_leaves_torchs_own_random_numbers_alone():
    import torch

    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    record_lecture(Settings(), ["network"])
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.fixture
def coarse(monkeypatch):
    """Fewer points and shorter runs, for tests that look at neither."""
    monkeypatch.setattr("descent.views.windows.RESOLUTION", {1: (21,), 2: (31, 21)})
    monkeypatch.setattr("understanding_gradients.lecture.runs.HORIZON", 200)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_named_loss_makes_a_lecture(loss, coarse):
    found = record_lecture(Settings().replace(loss=loss, steps=3))
    assert found["very_small"].trajectory.names == LOSSES[loss].names
    assert found["neuron"].trajectory.names == ("W1", "b1")
    assert found["curve"].trajectory.names == (("θ1",) if len(LOSSES[loss].names) == 1 else ("W1",))


# Starts from which no rate moves anything.
STILL = {
    "the minimum": {"rows": [[0, 1], [1, 3]], "picked_row": 1, "start": (2, 1)},
    "a flat place": {"loss": "rosenbrock", "start": (1, 1)},
    "a saddle": {"loss": "saddle", "start": (0, 0)},
}
CHOSEN = {"very_small": 0.01, "just_right": 0.1, "very_large": 0.5}
UNFRIENDLY = {
    "a diverging choice": {"just_right": 5.0, "very_small": 2.0},
    "a very large one that crawls": {"very_large": 1e-12},
    "a start far away": {"start": (1e6, -1e6)},
    "a start beyond all measure": {"start": (1e100, 0.0)},
    "one step": {"steps": 1},
    "a hundred steps": {"steps": 100},
    "one row": {"rows": [[2, 3]], "picked_row": 1},
    "the same x in all rows": {"rows": [[1, 1], [1, 2]], "picked_row": 1},
    "x zero in all rows": {"rows": [[0, 1], [0, 2]], "picked_row": 2},
    "rows of huge numbers": {"rows": [[1e5, 3e5], [2e5, 1e5]], "picked_row": 1},
    "a start where the loss is zero": STILL["the minimum"] | CHOSEN,
    "a flat place": STILL["a flat place"] | CHOSEN,
    "a saddle": STILL["a saddle"] | CHOSEN,
    "the minimum of a curve": {"loss": "parabola", "start": (0,)} | CHOSEN,
}


@pytest.mark.parametrize("changes", UNFRIENDLY.values(), ids=UNFRIENDLY)
def test_unfriendly_settings_make_a_lecture_too(changes, coarse):
    found = record_lecture(Settings().replace(**changes))
    for name, cls in RECORDINGS.items():
        if cls is Run:
            run = found[name]
            assert len(run.views) == run.trajectory.steps + 1
            assert np.isfinite([axis for v in run.landscapes for axis in v.window]).all()


@pytest.mark.parametrize("changes", STILL.values(), ids=STILL)
def test_no_rates_are_suggested_where_none_moves_anything(changes, coarse):
    said = "must have a gradient other than zero at the start .*: choose another start"
    with pytest.raises(ValueError, match=said):
        record_lecture(Settings().replace(**changes))


LOSS_FILE = """
def fine(params):
    return (params ** 4).sum()
fine.start = (1.0, -2.0)
fine.names = ("u", "v")

def bare(params):
    return (params ** 2).sum()

def vector(params):
    return params ** 2

def constant(params):
    import torch
    return torch.ones(())
"""


@pytest.mark.parametrize("changes", [{"very_large": 1.7e308}, {"very_small": 5e-324}])
def test_the_table_of_rates_stays_within_what_float64_can_hold(changes):
    table = record_lecture(Settings().replace(**changes, steps=1), ["rates"])["rates"]
    assert np.isfinite(table.learning_rates).all()
    assert (table.learning_rates > 0).all()


@pytest.fixture
def loss_file(tmp_path):
    path = tmp_path / "losses.py"
    path.write_text(LOSS_FILE)
    return path


def test_a_loss_from_a_file_may_bring_its_start_and_names(loss_file):
    settings = Settings().replace(loss=f"{loss_file}:fine")
    run = record_lecture(settings, ["just_right"])["just_right"]
    assert run.trajectory.names == ("u", "v")
    assert run.trajectory.iterates[0].tolist() == [1.0, -2.0]
    assert run.description == "fine"


def test_a_bare_function_is_enough_with_a_start(loss_file):
    settings = Settings().replace(loss=f"{loss_file}:bare", start=(3,))
    found = record_lecture(settings, ["curve", "just_right"])
    assert found["just_right"].trajectory.names == found["curve"].trajectory.names == ("θ1",)


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"loss": "FILE:bare"}, ValueError, "descent.start must be given for .*bare"),
        (
            {"loss": "FILE:fine", "start": (1,)},
            ValueError,
            r"must have 2 numbers \(u, v\) .* got 1",
        ),
        (
            {"loss": "FILE:bare", "start": (1, 2, 3)},
            ValueError,
            "1 or 2 parameters .* got 3: record",
        ),
        ({"loss": "FILE:vector", "start": (1, 2)}, ValueError, "must return a scalar tensor"),
        ({"loss": "FILE:constant", "start": (1,)}, ValueError, "must depend on its parameters"),
        ({"loss": "FILE:missing", "start": (1,)}, ValueError, "must define missing"),
        ({"loss": "nowhere.py:loss", "start": (1,)}, ValueError, "must be an existing Python file"),
        ({"start": (1e300, 0)}, ValueError, "must be finite at the start"),
    ],
)
def test_what_cannot_be_recorded_is_refused_in_one_sentence(loss_file, changes, kind, message):
    if "loss" in changes:
        changes = {**changes, "loss": changes["loss"].replace("FILE", str(loss_file))}
    with pytest.raises(kind, match=message):
        record_lecture(Settings().replace(**changes), RUNS)
