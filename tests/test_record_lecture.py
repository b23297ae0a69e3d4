"""The recordings of a lecture follow from its settings alone."""

from __future__ import annotations

import numpy as np
import pytest

from descent import LOSSES, check_loss, neuron_loss, row_loss
from tests.marks import slow_except
from understanding_gradients.commands.record import record_run
from understanding_gradients.lecture.kept import MOST_LECTURES, keep, kept_of
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.lecture.recordings import RATE_NAMES, RECORDINGS, Run
from understanding_gradients.lecture.runs import record_whole
from understanding_gradients.lecture.settings import Settings

SHORT_HORIZON = 200


@pytest.fixture(scope="module")
def recordings():
    return record_lecture(Settings())


def test_every_recording_is_made_and_of_its_type(recordings):
    assert list(recordings) == list(RECORDINGS)
    assert all(type(found) is RECORDINGS[name] for name, found in recordings.items())


@pytest.mark.parametrize("name", slow_except(RECORDINGS, "rows", "network", "just_right"))
def test_equal_settings_give_equal_bytes_also_of_one_recording_alone(recordings, name):
    (alone,) = record_lecture(Settings(), [name]).values()
    assert alone.to_bytes() == recordings[name].to_bytes()


def test_only_the_named_recordings_are_made(monkeypatch):
    monkeypatch.setattr(
        "understanding_gradients.lecture.descents.record_whole",
        lambda *_, **__: pytest.fail("recorded"),
    )
    assert list(record_lecture(Settings(), ["rows", "graph"])) == ["rows", "graph"]
    with pytest.raises(ValueError, match="a recording must be one of .*; got 'graphs'"):
        record_lecture(Settings(), ["rows", "graphs"])


def test_each_run_behaves_as_its_clip_states(recordings):
    behaviours = [recordings[name].trajectory.behavior for name in RATE_NAMES]
    assert behaviours == ["slow", "converging", "diverging"]
    assert recordings["neuron"].trajectory.behavior == "converging"


def test_the_very_large_run_climbs_from_its_second_step_at_the_latest(recordings):
    losses = recordings["very_large"].trajectory.losses
    assert (np.diff(losses)[1:] > 0).all()


@pytest.mark.parametrize("name", [name for name, cls in RECORDINGS.items() if cls is Run])
def test_a_full_run_begins_with_the_bits_of_the_shown_steps(recordings, name):
    run = recordings[name]
    rows = slice(0, run.trajectory.steps + 1)
    np.testing.assert_array_equal(run.full.iterates[rows], run.trajectory.iterates)
    np.testing.assert_array_equal(run.full.losses[rows], run.trajectory.losses)


def test_full_runs_end_at_the_target_of_the_just_right_run(recordings):
    small, right, large = (recordings[name] for name in RATE_NAMES)
    assert small.target == right.target == large.target
    assert right.target == pytest.approx(right.trajectory.losses[-1], rel=1e-3)
    for run in (small, right):
        assert run.full.losses[-1] <= run.target < run.full.losses[-2]
    assert right.full.steps == right.trajectory.steps
    assert small.full.steps > 100
    assert large.full.losses.min() > large.target
    assert large.full.diverged


def test_a_run_that_never_reaches_its_target_ends_at_the_horizon(coarse):
    settings = Settings().replace(very_small=1e-9)
    run = record_lecture(settings, ["very_small"])["very_small"]
    assert run.full.steps == SHORT_HORIZON
    assert run.full.losses.min() > run.target


def test_the_runs_of_one_loss_share_their_first_view(recordings):
    windows = {recordings[name].landscapes[0].window for name in RATE_NAMES}
    assert len(windows) == 1
    first = recordings["just_right"].landscapes[0]
    for name in ("very_small", "just_right"):
        assert recordings[name].views.tolist() == [0] * 7
        assert all(first.contains(point) for point in recordings[name].trajectory.iterates)
    large = recordings["very_large"]
    assert large.views.max() > 0
    for step, point in enumerate(large.trajectory.iterates):
        assert large.view(step).contains(point)


def test_landscapes_are_samples_of_the_loss(recordings):
    loss = neuron_loss(Settings().data.rows)
    for landscape in recordings["very_large"].landscapes:
        point = [landscape.axes[0][7], landscape.axes[1][11]]
        assert landscape.values[7, 11] == pytest.approx(check_loss(loss, point)[0])


def test_rounding_never_moves_a_rate_across_the_critical_one():
    rows = [[35.0, 1.0], [36.0, 2.0], [34.0, 2.5]]
    found = record_lecture(Settings().replace(rows=rows, picked_row=1), RATE_NAMES)
    critical = found["just_right"].critical_learning_rate
    assert found["just_right"].learning_rate < critical < found["very_large"].learning_rate


def test_the_table_of_rates_changes_from_fall_to_rise_at_the_critical_rate(recordings):
    table = recordings["rates"]
    falls = table.final_losses < table.start_loss
    assert falls[table.learning_rates < table.critical_learning_rate].all()
    assert not falls[table.learning_rates > 1.05 * table.critical_learning_rate].any()
    assert table.onset == pytest.approx(table.critical_learning_rate, rel=0.02)
    assert table.learning_rates[0] < recordings["very_small"].learning_rate
    assert table.learning_rates[-1] > recordings["very_large"].learning_rate


def test_the_loss_of_one_row_falls_to_zero(recordings):
    run = recordings["one_row"]
    assert run.trajectory.losses[0] == pytest.approx(7.84)
    assert run.trajectory.losses[-1] < 1e-7
    assert (np.diff(run.trajectory.losses) < 0).all()


def test_the_curve_is_the_loss_of_the_weight_at_the_bias_of_the_start(recordings):
    run = recordings["curve"]
    assert run.trajectory.names == ("W1",)
    assert run.trajectory.losses[0] == recordings["neuron"].trajectory.losses[0]
    moves = np.diff(run.trajectory.iterates[:, 0])
    assert (moves > 0).all(), "from one side, without overshooting"
    np.testing.assert_allclose(moves[1:] / moves[:-1], 0.6, atol=0.02)
    assert run.landscapes[0].values.shape == (401,)


def test_the_losses_of_the_rows_are_those_of_each_row_alone_and_of_the_neuron(recordings):
    found, path = recordings["row_losses"], recordings["one_row"].trajectory
    for row, (x, y) in enumerate(Settings().data.rows):
        alone = [check_loss(row_loss(x, y), place)[0] for place in path.iterates]
        np.testing.assert_allclose(found.squared_errors[:, row], alone, atol=1e-15)
    together = neuron_loss(Settings().data.rows)
    means = [check_loss(together, place)[0] for place in path.iterates]
    np.testing.assert_allclose(found.means, means)
    np.testing.assert_allclose(found.squared_errors[:, 3], path.losses, atol=1e-15)


def test_the_graph_of_the_picked_row_gives_its_gradient(recordings):
    _, gradient = check_loss(row_loss(1.5, 2.9), [-1.0, 1.6])
    leaves = recordings["graph"].leaves
    assert [float(leaves[name].gradient) for name in ("W1", "b1")] == gradient.tolist()
    assert len(recordings["graph"].nodes) == 6


def test_the_differences_are_those_of_the_neuron_at_its_start(recordings):
    np.testing.assert_array_equal(
        recordings["differences"].gradient, recordings["neuron"].trajectory.gradients[0]
    )


def test_the_gradients_of_the_network_have_both_signs_and_like_sizes(recordings):
    network = recordings["network"]
    arrays = (*network.weight_gradients, *network.bias_gradients)
    gradients = np.concatenate([array.ravel() for array in arrays])
    assert len(gradients) == 10
    assert 3 <= (gradients > 0).sum() <= 7
    assert np.abs(gradients).min() > 0.1 * np.abs(gradients).max()


def test_the_picked_row_is_counted_from_zero(recordings):
    assert recordings["rows"].picked == 3
    assert (recordings["rows"].x[3], recordings["rows"].y[3]) == (1.5, 2.9)


def test_recording_does_not_change_the_random_state_of_torch():
    import torch

    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    record_lecture(Settings(), ["network"])
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.fixture
def coarse(monkeypatch):
    """Make runs shorter and landscapes coarser, for tests of neither."""
    monkeypatch.setattr("descent.views.windows.RESOLUTION", {1: (21,), 2: (31, 21)})
    monkeypatch.setattr("understanding_gradients.lecture.runs.HORIZON", SHORT_HORIZON)


@pytest.mark.parametrize("loss", slow_except(LOSSES, "rosenbrock"))
def test_every_named_loss_is_recorded(loss, coarse):
    found = record_lecture(Settings().replace(loss=loss, steps=3))
    assert found["very_small"].trajectory.names == LOSSES[loss].names
    assert found["neuron"].trajectory.names == ("W1", "b1")
    assert found["curve"].trajectory.names == LOSSES[loss].names[:1]
    starts = [found[name].trajectory.losses[0] for name in ("curve", "just_right")]
    assert starts[0] == starts[1], "a cut through the start"


def test_the_curve_is_a_cut_of_the_loss_in_use_along_a_parameter_that_has_a_slope(
    loss_file, coarse
):
    settings = Settings().replace(loss=f"{loss_file}:fine", start=(1.0, -2.0), **CHOSEN)
    curve = record_lecture(settings, ["curve"])["curve"]
    (xs,), heights = curve.landscapes[0].axes, curve.landscapes[0].values
    np.testing.assert_allclose(heights, xs**4 + 16)
    flat = record_lecture(settings.replace(start=(0.0, -2.0)), ["curve"])["curve"]
    assert flat.trajectory.names == ("v",)
    assert "at u = 0" in flat.description


# Starts with a zero gradient.
STATIONARY = {
    "the minimum": {"rows": [[0, 1], [1, 3]], "picked_row": 1, "start": (2, 1)},
    "a flat place": {"loss": "rosenbrock", "start": (1, 1)},
    "a saddle": {"loss": "saddle", "start": (0, 0)},
}
CHOSEN = {"very_small": 0.01, "just_right": 0.1, "very_large": 0.5}
EXTREME = {
    "a just-right rate that diverges": {"just_right": 5.0, "very_small": 2.0},
    "a very large rate that is tiny": {"very_large": 1e-12},
    "a start far away": {"start": (1e6, -1e6)},
    "a start of 1e100": {"start": (1e100, 0.0)},
    "one step": {"steps": 1},
    "a hundred steps": {"steps": 100},
    "one row": {"rows": [[2, 3]], "picked_row": 1},
    "the same x in all rows": {"rows": [[1, 1], [1, 2]], "picked_row": 1},
    "x zero in all rows": {"rows": [[0, 1], [0, 2]], "picked_row": 2},
    "rows of huge numbers": {"rows": [[1e5, 3e5], [2e5, 1e5]], "picked_row": 1},
    "a start where the loss is zero": STATIONARY["the minimum"] | CHOSEN,
    "a flat place": STATIONARY["a flat place"] | CHOSEN,
    "a saddle": STATIONARY["a saddle"] | CHOSEN,
    "the minimum of a curve": {"loss": "parabola", "start": (0,)} | CHOSEN,
}


QUICK = "a start of 1e100", "a saddle"


@pytest.mark.parametrize("name", slow_except(EXTREME, *QUICK))
def test_extreme_settings_are_recorded(name, coarse):
    found = record_lecture(Settings().replace(**EXTREME[name]))
    for run in found.values():
        if isinstance(run, Run):
            assert len(run.views) == run.trajectory.steps + 1
            assert np.isfinite([axis for v in run.landscapes for axis in v.window]).all()


@pytest.mark.parametrize("changes", slow_except(STATIONARY.values(), STATIONARY["a saddle"]))
def test_no_rates_are_suggested_where_the_gradient_is_zero(changes, coarse):
    message = "must have a slope at the start .*, flat here: choose another start"
    with pytest.raises(ValueError, match=message):
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


def test_a_loss_file_may_define_a_start_and_names(loss_file, coarse):
    settings = Settings().replace(loss=f"{loss_file}:fine")
    run = record_lecture(settings, ["just_right"])["just_right"]
    assert run.trajectory.names == ("u", "v")
    assert run.trajectory.iterates[0].tolist() == [1.0, -2.0]
    assert run.description == "fine"


MODEL_FILE = """
import torch
from descent import model_loss

x = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
model = torch.nn.Linear(1, 1)
with torch.no_grad():
    model.weight.fill_(0.5)
    model.bias.fill_(-1.0)
whole, start, names = model_loss(model, x, 2 * x + 1, torch.nn.MSELoss())
batched, _, _ = model_loss(model, x, 2 * x + 1, torch.nn.MSELoss(), batch_size=2)
"""


@pytest.mark.parametrize("name", slow_except(["whole", "batched"], "batched"))
def test_the_loss_of_a_model_in_a_file_starts_at_the_models_parameters(tmp_path, name, coarse):
    path = tmp_path / "models.py"
    path.write_text(MODEL_FILE)
    settings = Settings().replace(loss=f"{path}:{name}")
    found = record_lecture(settings, ["just_right"])["just_right"].trajectory
    drawn = record_run(Settings(), loss=f"{path}:{name}", steps=1)
    for run in (found, drawn):
        assert run.names == ("W1", "b1")
        assert run.iterates[0].tolist() == [0.5, -1.0]
    # Mean squares of what the line 0.5 x − 1 misses: −2, −3.5, −5 and −6.5.
    assert found.losses[0] == pytest.approx((4 + 12.25 + 25 + 42.25) / 4)


def test_a_plain_function_needs_a_start(loss_file, coarse):
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
def test_settings_that_cannot_be_recorded_are_refused_in_one_sentence(
    loss_file, changes, kind, message
):
    if "loss" in changes:
        changes = {**changes, "loss": changes["loss"].replace("FILE", str(loss_file))}
    with pytest.raises(kind, match=message):
        record_lecture(Settings().replace(**changes), RATE_NAMES)


@pytest.fixture
def recorded_rates(monkeypatch, coarse):
    """The rates at which runs are recorded in a process that keeps what it has recorded."""
    rates = []

    def counted(loss, start, **request):
        rates.append(request["learning_rate"])
        return record_whole(loss, start, **request)

    for module in ("descents", "runs", "three_rates"):
        monkeypatch.setattr(f"understanding_gradients.lecture.{module}.record_whole", counted)
    keep()
    yield rates
    keep(is_on=False)


SHOWN = (*RATE_NAMES, "curve", "one_row")


def test_where_recordings_are_kept_another_rate_records_the_changed_run_alone(
    recorded_rates, monkeypatch
):
    record_lecture(Settings(), SHOWN)
    assert len(set(recorded_rates)) >= 5
    recorded_rates.clear()
    monkeypatch.setattr(
        "understanding_gradients.lecture.descents.suggest_learning_rates",
        lambda *_: pytest.fail("searched"),
    )
    record_lecture(Settings().replace(very_large=0.62), SHOWN)
    assert set(recorded_rates) == {0.62}
    recorded_rates.clear()
    record_lecture(Settings(), SHOWN)
    assert recorded_rates == []
    record_lecture(Settings().replace(just_right=0.1), ["just_right"])
    assert set(recorded_rates) == {0.1}


def test_what_is_kept_gives_the_bytes_of_what_is_recorded_anew(recorded_rates):
    settings, names = Settings().replace(very_large=0.62), (*RATE_NAMES, "curve", "graph")
    record_lecture(Settings(), names)
    found = record_lecture(settings, names)
    keep(is_on=False)
    recorded = record_lecture(settings, names)
    assert {name: one.to_bytes() for name, one in found.items()} == {
        name: one.to_bytes() for name, one in recorded.items()
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": "bowl"},
        {"start": (0.0, 0.5)},
        pytest.param({"steps": 3}, marks=pytest.mark.slow),
        {"rows": ((0, 1), (1, 2), (2, 2), (3, 5))},
    ],
)
def test_other_data_or_another_descent_is_recorded_anew(recorded_rates, changes):
    record_lecture(Settings(), ["just_right"])
    recorded_rates.clear()
    record_lecture(Settings().replace(**changes), ["just_right"])
    assert recorded_rates


def test_of_few_lectures_something_is_kept():
    keep()
    try:
        first = Settings()
        assert kept_of(first) is kept_of(Settings().replace(very_large=0.62))
        kept_of(first)["run"] = 1
        for steps in range(1, 1 + MOST_LECTURES):
            kept_of(first.replace(steps=steps))
        assert kept_of(first) == {}
    finally:
        keep(is_on=False)


def test_of_a_loss_in_a_file_nothing_is_kept():
    keep()
    try:
        settings = Settings().replace(loss="mine.py:loss", start=(1.0,))
        assert kept_of(settings) is not kept_of(settings)
    finally:
        keep(is_on=False)
