"""A watched loop whose rows would take too much memory, or of which not every row is asked for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from descent import Trajectory, watch
from descent.runs.sketch import WIDTH, sketched
from descent.runs.watching import devices
from tests.marks import slow_except
from tests.test_watch import loops, made, same, unwatched, watched

FLOAT32 = np.finfo(np.float32).eps
LITTLE = 0.002  # megabytes, which a few rows of a small network exceed


def cnn():
    """Return a small network of the kind that recognises digits."""
    return nn.Sequential(
        nn.Unflatten(1, (1, 8)),
        nn.Conv1d(1, 4, 3),
        nn.ReLU(),
        nn.Conv1d(4, 8, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.25),
        nn.Linear(32, 16),
        nn.ReLU(),
        nn.Linear(16, 3),
    )


OPTIMIZERS = {
    "SGD": lambda some: torch.optim.SGD(some, lr=0.1),
    "momentum": lambda some: torch.optim.SGD(some, lr=0.05, momentum=0.9),
    "Adam": lambda some: torch.optim.Adam(some, lr=0.01),
    "AdamW": lambda some: torch.optim.AdamW(some, lr=0.01),
    "LBFGS": lambda some: torch.optim.LBFGS(some, lr=0.02, max_iter=3),
}


def trained(optimizer="SGD", steps=90, **options):
    """Return the record of a network that is trained on mini-batches."""
    torch.manual_seed(5)
    model, x = cnn(), torch.randn(64, 8)
    labels = x.sum(1).mul(2).round().long() % 3
    made, criterion = OPTIMIZERS[optimizer](model.parameters()), nn.CrossEntropyLoss()
    with watch(model, made, **options) as recording:
        for t in range(steps):
            rows = torch.arange(t * 8, t * 8 + 8) % 64

            def closure(rows=rows):
                made.zero_grad()
                loss = recording.loss(criterion(model(x[rows]), labels[rows]))
                loss.backward()
                return loss

            if optimizer == "LBFGS":
                made.step(closure)
            else:
                closure()
                made.step()
    return recording.trajectory


@pytest.mark.parametrize("options", [{"every": 2}, {"memory_mb": 1e-6}])
@loops
def test_a_loop_gives_to_the_bit_what_it_gives_unwatched_however_it_is_thinned(name, options):
    plain, _ = unwatched(name)
    other, _ = watched(name, **options)
    assert same(other.state(), plain.state())


@loops
def test_rows_of_every_second_step_are_those_of_the_whole_run(name):
    _, whole = watched(name)
    _, run = watched(name, every=2)
    steps = np.unique([*range(0, whole.steps, 2), whole.steps])
    np.testing.assert_array_equal(run.recorded_steps, steps)
    np.testing.assert_array_equal(run.iterates, whole.iterates[steps])
    np.testing.assert_array_equal(run.gradients, whole.gradients[steps])
    assert_same_steps(run, whole)


@loops
def test_a_thinned_run_holds_exact_iterates_and_the_norms_and_sketches_of_every_step(name):
    _, whole = watched(name)
    _, run = watched(name, memory_mb=1e-6)
    assert len(run.iterates) <= 3 and run.recorded_steps[-1] == run.steps == whole.steps
    np.testing.assert_array_equal(run.iterates, whole.iterates[run.recorded_steps])
    assert run.iterates.dtype == np.float32 and run.gradients.shape == (0, len(run.names))
    moved = whole.iterates - whole.iterates[0]
    assert run.sketch is not None and len(run.sketch.steps) == whole.steps + 1
    expected = sketched(moved, WIDTH, run.sketch.seed)
    np.testing.assert_allclose(run.sketch.values, expected, atol=1e-5 * np.abs(moved).max())
    assert_same_steps(run, whole)


def assert_same_steps(run, whole):
    """Check that what is kept of every step is that of the whole run."""
    for name in ("losses", "loss_counts", "full_losses"):
        np.testing.assert_array_equal(getattr(run, name), getattr(whole, name))
    for name in ("gradient_norms", "parameter_norms", "step_lengths"):
        found, expected = getattr(run, name), getattr(whole, name)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)
    if whole.learning_rates.ndim == 1:
        np.testing.assert_array_equal(run.learning_rates, whole.learning_rates)
    for name, values in whole.scheduled_options.items():
        np.testing.assert_array_equal(run.scheduled_options[name], values)
    assert run.options == whole.options and run.names == whole.names


@loops
def test_a_record_from_a_device_is_thinned_in_blocks_alike(name, monkeypatch):
    _, expected = watched(name, memory_mb=1e-6)
    monkeypatch.setattr(devices, "HOST", "another device")
    for module in ("meter", "path"):
        monkeypatch.setattr(f"descent.runs.thinning.{module}.BLOCK", 2)
    monkeypatch.setattr("descent.runs.watching.rows.MANY", 2)
    _, run = watched(name, memory_mb=1e-6)
    assert_same_steps(run, expected)
    if name != "grad_scaler_of_a_fused_optimizer":  # a device alone knows which steps were skipped
        np.testing.assert_array_equal(run.iterates, expected.iterates)
        np.testing.assert_array_equal(run.recorded_steps, expected.recorded_steps)
        np.testing.assert_array_equal(run.sketch.values, expected.sketch.values)


@pytest.mark.parametrize("optimizer", slow_except(OPTIMIZERS, "SGD", "Adam"))
def test_exact_iterates_are_spread_evenly_over_a_long_run(optimizer, tmp_path):
    whole = trained(optimizer)
    run = trained(optimizer, memory_mb=0.05)
    np.testing.assert_array_equal(run.iterates, whole.iterates[run.recorded_steps])
    assert run.recorded_steps.tolist() == [*range(0, 90, 8), 90]
    assert_same_steps(run, whole)
    again = Trajectory.load(run.save(tmp_path / "run.safetensors"))
    assert again.to_bytes() == run.to_bytes() and again.behavior == run.behavior
    assert run.behavior == whole.behavior


def test_a_run_that_fits_the_memory_is_kept_whole():
    whole = trained(steps=9)
    size = (whole.iterates.nbytes + whole.gradients.nbytes) * 9 / 10 / 1e6  # the last has no row
    run = trained(steps=9, memory_mb=size * 1.001)
    assert run.has_every_row and run.to_bytes() == whole.to_bytes()
    assert not trained(steps=9, memory_mb=size * 0.99).has_every_row


def test_every_and_memory_work_together():
    whole, run = trained(), trained(every=5, memory_mb=0.03)
    assert run.sketch is not None and not (run.recorded_steps[:-1] % 5).any()
    np.testing.assert_array_equal(run.iterates, whole.iterates[run.recorded_steps])
    np.testing.assert_array_equal(run.sketch.steps, [*range(0, 90, 5), 90])
    assert_same_steps(run, whole)


def test_only_the_parameters_that_are_asked_for_are_recorded():
    whole, run = trained(), trained(keep=["3.*", "9.bias"])
    kept = [name.startswith(("3.", "b2")) for name in whole.names]
    assert run.names == tuple(np.array(whole.names)[kept]) and run.left_out == kept.count(False)
    np.testing.assert_array_equal(run.iterates, whole.iterates[:, kept])
    np.testing.assert_array_equal(run.gradients, whole.gradients[:, kept])
    np.testing.assert_array_equal(run.losses, whole.losses)
    norms = np.linalg.norm(whole.gradients[:, kept], axis=1)
    np.testing.assert_allclose(run.gradient_norms, norms, equal_nan=True)


def test_parameters_are_named_as_torch_names_them_or_as_the_run_does():
    by_torch, by_run = trained(keep=["3.*", "9.bias"]), trained(keep=["3.*", "b2"])
    assert by_torch.to_bytes() == by_run.to_bytes()


@loops
def test_a_loop_of_which_one_parameter_is_recorded_gives_the_same(name):
    plain, _ = unwatched(name)
    _, whole = watched(name)
    last = [n for n, p in plain.model.named_parameters() if p.requires_grad][-1]
    found, run = watched(name, keep=last.replace("_orig_mod.", ""))
    assert same(found.state(), plain.state())
    kept = [n in run.names for n in whole.names]
    np.testing.assert_array_equal(run.iterates, whole.iterates[:, kept])
    np.testing.assert_array_equal(run.losses, whole.losses)


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        ({"keep": "7.wieght"}, ValueError, r"keep must name parameters; got '7\.wieght', where .*"
         r"1\.weight, 1\.bias.*: did you mean 7\.weight\?"),
        ({"keep": ["7.*", "fc*"]}, ValueError, r"keep must name parameters; got 'fc\*'"),
        ({"keep": []}, TypeError, "keep must be a name of parameters"),
        ({"keep": 3}, TypeError, "keep must be a name of parameters"),
        ({"every": 0}, ValueError, "every must be from 1"),
        ({"every": 1.5}, TypeError, "every must be a whole number"),
        ({"memory_mb": 0}, ValueError, r"memory_mb must be above 0 and at most 1,056"),
        ({"memory_mb": "64 MB"}, TypeError, "memory_mb must be a number"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_refused_in_one_sentence(wrong, kind, message):
    model = cnn()
    with pytest.raises(kind, match=message):
        watch(model, torch.optim.SGD(model.parameters(), lr=0.1), **wrong)


def test_a_run_that_diverges_is_kept_up_to_its_last_finite_row_however_it_is_thinned():
    def diverging(**options):
        model = nn.Linear(20, 1)
        nn.init.ones_(model.weight), nn.init.zeros_(model.bias)
        optimizer, x = torch.optim.SGD(model.parameters(), lr=1.0), torch.ones(3, 20)
        with watch(model, optimizer, **options) as recording:
            for _ in range(60):
                optimizer.zero_grad()
                recording.loss(model(x).square().mean()).backward()
                optimizer.step()
        return recording.trajectory

    whole, thinned, every = diverging(), diverging(memory_mb=1e-6), diverging(every=3)
    assert whole.diverged and thinned.diverged and every.diverged
    assert every.steps == whole.steps and every.stopped_by == whole.stopped_by
    # Squares of float32 overflow earlier.
    assert whole.steps - 15 < thinned.steps <= whole.steps
    assert thinned.behavior == every.behavior == whole.behavior == "diverging"
    assert np.isfinite(thinned.iterates).all()


def test_groups_of_a_thinned_run_have_their_rates_among_the_options():
    _, whole = watched("parameter_groups")
    _, run = watched("parameter_groups", memory_mb=1e-6)
    assert whole.learning_rates.ndim == 2 and run.learning_rates.ndim == 1
    largest = whole.learning_rates[:, list(whole.names).index("W1[0,0]")]
    np.testing.assert_array_equal(run.learning_rates, largest)
    other = whole.learning_rates[:, list(whole.names).index("b2")]
    np.testing.assert_array_equal(run.scheduled_options["lr of group 0"], other)


def test_what_was_recorded_so_far_is_told_within_the_block():
    for options in ({"every": 4}, {"memory_mb": LITTLE}):
        found = made("momentum")
        with watch(found.model, found.optimizers, **options) as recording:
            found.train(recording.loss, lambda *args: None)
            early = recording.trajectory
            found.train(recording.loss, lambda *args: None)
        run = recording.trajectory
        assert 0 < early.steps < run.steps == 12
        np.testing.assert_array_equal(early.losses[:-1], run.losses[: early.steps])
        at = np.intersect1d(early.recorded_steps, run.recorded_steps)
        places = [np.searchsorted(one.recorded_steps, at) for one in (early, run)]
        np.testing.assert_array_equal(early.iterates[places[0]], run.iterates[places[1]])
