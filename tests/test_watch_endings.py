"""A watched loop that cannot be recorded, or that ends early: refused, or said in one sentence."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from descent import InvalidType, InvalidValue, watch
from descent.runs.watching import recorder
from tests.watched_loops import data, mlp, quadratic, train, vector

# A loop that ends early


def test_an_exception_leaves_what_was_recorded_before():
    model, loss = quadratic()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.25)
    with pytest.raises(KeyError), watch(model, optimizer) as recording:
        train(optimizer, loss, recording)
        recording.loss(loss()).backward()
        raise KeyError("batch 4")
    run = recording.trajectory
    assert run.iterates[:, 0].tolist() == [1, 0.5, 0.25, 0.125]
    assert (run.stopped_by, run.error) == ("error", "the loop failed: KeyError: 'batch 4'")
    assert "error" in repr(run) and not run.diverged


def test_what_an_interrupted_step_began_from_is_the_last_row():
    model, loss = quadratic()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.25, max_iter=4)
    calls = []

    def closure():
        calls.append(0)
        if len(calls) > 6:
            raise KeyboardInterrupt
        optimizer.zero_grad()
        value = recording.loss(loss())
        value.backward()
        return value

    with pytest.raises(KeyboardInterrupt), watch(model, optimizer) as recording:
        for _ in range(3):
            before = float(model.weight.detach())
            optimizer.step(closure)
    run = recording.trajectory
    assert run.steps == 1 and run.iterates[-1, 0] == before and run.stopped_by is None


@pytest.mark.parametrize(("rate", "behavior"), [(3.0, "diverging"), (0.25, "converging")])
def test_a_loop_that_diverges_is_recorded_up_to_its_last_finite_row(rate, behavior):
    model, loss = quadratic()
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    with watch(model, optimizer) as recording:
        train(optimizer, loss, recording, 60)
    run = recording.trajectory
    assert run.behavior == behavior and run.diverged == (rate > 1)
    if run.diverged:
        assert run.next_loss == "inf" and run.stopped_by == "loss"
        assert run.evaluated is run and np.isfinite(run.losses).all() and run.steps < 40


def test_the_record_so_far_can_be_read_within_the_loop():
    model, loss = quadratic()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.25)
    with watch(model, optimizer) as recording:
        train(optimizer, loss, recording, 2)
        assert recording.trajectory.iterates[:, 0].tolist() == [1, 0.5, 0.25]
        train(optimizer, loss, recording, 1)
    assert recording.trajectory.iterates[:, 0].tolist() == [1, 0.5, 0.25, 0.125]
    recording.loss(loss())
    train(optimizer, loss, recording, 1)
    assert recording.trajectory.steps == 3


# Refusals


def given(**changes):
    model = mlp()
    parts = {"model": model, "optimizer": torch.optim.SGD(model.parameters(), lr=0.1)}
    return parts | changes


def distributed():
    """Return what DistributedDataParallel makes, without a process group."""
    made = nn.parallel.DistributedDataParallel.__new__(nn.parallel.DistributedDataParallel)
    nn.Module.__init__(made)
    made.module = mlp()
    return made


def frozen():
    model = mlp().requires_grad_(False)
    return {"model": model, "optimizer": torch.optim.SGD(model.parameters(), lr=0.1)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": mlp}, r"model must be a torch.nn.Module.*"),
        ({"model": distributed()}, "model must be trained in one process; got DistributedData"),
        (
            {"optimizer": torch.optim.SGD},
            "optimizer must be an optimizer of torch.optim.*the class",
        ),
        ({"optimizer": []}, "optimizer must be an optimizer of torch.optim, .*; got none"),
        (
            {"model": mlp()},
            r"optimizer must have parameters of the model alone; got one of shape \(",
        ),
        (frozen(), "model must have parameters that require a gradient and are the optimizer's"),
        ({"full_loss": 3}, "full_loss must be data"),
        ({"full_loss": (1, 2)}, "criterion must be a function of"),
        ({"criterion": nn.MSELoss()}, "full_loss must be data .* where there is a criterion"),
        ({"full_loss_every": 0}, "full_loss_every must be from 1"),
    ],
)
def test_what_cannot_be_watched_is_refused_at_once(changes, message):
    with pytest.raises((InvalidValue, InvalidType), match=message):
        watch(**given(**changes))


def test_a_loop_that_gives_no_loss_is_refused_at_its_first_step():
    model, loss = quadratic()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with (
        pytest.raises(InvalidValue, match="loss must be given to watched.loss; got none: watched"),
        watch(model, optimizer),
    ):
        loss().backward()
        optimizer.step()
    assert model.weight.item() == 1
    with (
        pytest.raises(InvalidValue, match="loss must be given to watched.loss; got none"),
        watch(model, optimizer),
    ):
        optimizer.step(loss)
    optimizer.step(loss)  # which no hook hears of any more


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (torch.ones(3), r"loss must be the loss of a step.*; got shape \(3,\): take its mean"),
        ((1, 2), "loss must be the loss of a step, a tensor of one number; got tuple"),
    ],
)
def test_what_is_no_loss_is_refused(value, message):
    with (
        pytest.raises((InvalidValue, InvalidType), match=message),
        watch(**given()) as recording,
    ):
        recording.loss(value)


def test_a_loop_without_a_step_has_no_trajectory():
    with watch(**given()) as recording:
        pass
    with pytest.raises(InvalidValue, match="loop must take a step while it is watched; got none"):
        _ = recording.trajectory


def test_an_optimizer_is_watched_once_at_a_time():
    parts = given()
    with watch(**parts) as recording:
        with pytest.raises(InvalidValue, match="optimizer must be watched once at a time; got SGD"):
            watch(**parts).__enter__()
        with pytest.raises(InvalidValue, match="watch must be used in one with statement; got one"):
            recording.__enter__()
    with watch(**parts):
        pass


def further_group(model, optimizer):
    optimizer.add_param_group({"params": [nn.Parameter(torch.ones(1))]})


def thaw(model, optimizer):
    model[0].requires_grad_(True)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (further_group, "the optimizer was given further parameters"),
        (thaw, "a parameter that was frozen is trained"),
    ],
)
def test_what_cannot_be_recorded_ends_the_record_and_not_the_loop(change, why):
    model, (x, y) = mlp(), data()
    model[0].requires_grad_(False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def loss():
        return nn.functional.mse_loss(model(x), y)

    with watch(model, optimizer) as recording:
        train(optimizer, loss, recording, 2)
        change(model, optimizer)
        ended = vector(model[2].parameters())
        with pytest.warns(RuntimeWarning, match=f"watching ended after 2 steps: {why}."):
            train(optimizer, loss, recording, 3)
    run = recording.trajectory
    assert run.steps == 2 and run.error == f"watching ended after 2 steps: {why}"
    np.testing.assert_array_equal(run.iterates[-1], ended)
    assert (vector(model[2].parameters()) != ended).all()


def test_a_later_step_without_a_loss_ends_the_record():
    model, loss = quadratic()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.25)
    with watch(model, optimizer) as recording:
        train(optimizer, loss, recording, 2)
        with pytest.warns(RuntimeWarning, match="after 2 steps: no loss was given for step 2"):
            optimizer.step()
    assert recording.trajectory.iterates[:, 0].tolist() == [1, 0.5, 0.25]


def test_losses_of_the_later_calls_of_a_closure_are_not_those_of_the_next_step():
    model, loss = quadratic()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=3)

    def closure(note):
        optimizer.zero_grad()
        value = note(loss())
        value.backward()
        return value

    with watch(model, optimizer) as recording:
        optimizer.step(lambda: closure(recording.loss))
        with pytest.warns(RuntimeWarning, match="after 1 step: no loss was given for step 1"):
            optimizer.step(lambda: closure(lambda value: value))
    assert recording.trajectory.steps == 1


def test_a_record_ends_where_a_file_would_be_full(monkeypatch):
    monkeypatch.setattr(recorder, "MAX_STEPS", 3)
    model, loss = quadratic()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.25)
    with (
        pytest.warns(RuntimeWarning, match="a file holds 3 steps"),
        watch(model, optimizer) as recording,
    ):
        train(optimizer, loss, recording, 5)
    assert recording.trajectory.iterates[:, 0].tolist() == [1, 0.5, 0.25, 0.125]


def test_a_loop_whose_first_loss_is_not_finite_has_no_trajectory():
    model, loss = quadratic()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.25)
    with watch(model, optimizer) as recording:
        train(optimizer, lambda: loss() * float("nan"), recording, 2)
    with pytest.raises(InvalidValue, match="loss must be finite at the first step; got nan"):
        _ = recording.trajectory


def two_parts():
    """Return a model whose second part has an infinite slope at 0, and its loss without it."""
    torch.manual_seed(0)
    model = torch.nn.ParameterDict(
        {"kept": torch.tensor([1.0, 2.0]), "rest": torch.tensor([1.0, 1.0])}
    )

    def loss(breaks=False):
        square = (model["kept"] ** 2).sum() + (model["rest"] ** 2).sum()
        return square + (model["rest"] * 0).sqrt().sum() if breaks else square

    return model, loss


@pytest.mark.parametrize("keep", [None, "kept"])
@pytest.mark.parametrize("options", [{}, {"memory_mb": 1e-4}, {"every": 2}], ids=str)
@pytest.mark.parametrize("is_last", [False, True])
def test_a_gradient_that_is_not_finite_ends_the_run_whether_it_is_kept_or_not(
    keep, options, is_last
):
    model, loss = two_parts()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer, keep=keep, **options) as recording:
        for t in range(4 if is_last else 6):
            optimizer.zero_grad()
            recording.loss(loss(breaks=t == 3)).backward()
            optimizer.step()
    run = recording.trajectory
    assert torch.isnan(model["rest"]).all() and torch.isfinite(model["kept"]).all()
    assert (run.steps, run.stopped_by) == (2, "gradient")  # of rows 0 to 2
    assert run.left_out == (0 if keep is None else 2)


@pytest.mark.parametrize("keep", [None, "kept"])
def test_a_parameter_that_a_step_makes_infinite_ends_the_run_whether_it_is_kept_or_not(keep):
    model, loss = two_parts()
    groups = [{"params": model["kept"]}, {"params": model["rest"], "lr": 1e38}]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    with watch(model, optimizer, keep=keep) as recording:
        train(optimizer, lambda: 20 * loss(), recording, 1)
    run = recording.trajectory
    assert (run.steps, run.stopped_by, run.diverged) == (0, "parameters", True)


def test_a_gradient_that_a_grad_scaler_skips_ends_nothing():
    model, loss = two_parts()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu")
    with watch(model, optimizer, keep="kept") as recording:
        for t in range(6):
            optimizer.zero_grad()
            scaler.scale(recording.loss(loss(breaks=t == 3))).backward()
            scaler.step(optimizer)
            scaler.update()
    run = recording.trajectory
    assert (run.steps, run.stopped_by) == (5, None)
