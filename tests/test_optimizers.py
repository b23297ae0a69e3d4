"""Every optimizer of torch.optim that can move a vector does what it does by hand, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import descent
from descent import record
from tests.marks import slow_except

# All of torch.optim, each with options that change what it does.
OPTIONS = {
    "Adadelta": {"rho": 0.8, "weight_decay": 0.01},
    "Adafactor": {"beta2_decay": -0.7, "d": 2.0},
    "Adagrad": {"lr_decay": 0.1, "initial_accumulator_value": 0.5},
    "Adam": {"betas": (0.8, 0.9), "amsgrad": True},
    "AdamW": {"weight_decay": 0.1},
    "Adamax": {"betas": (0.7, 0.95)},
    "ASGD": {"lambd": 0.01, "t0": 3},
    "LBFGS": {"max_iter": 2, "history_size": 3},
    "NAdam": {"momentum_decay": 0.01},
    "RAdam": {"betas": (0.6, 0.7), "decoupled_weight_decay": True},
    "RMSprop": {"alpha": 0.9, "centered": True, "momentum": 0.5},
    "Rprop": {"etas": (0.4, 1.3)},
    "SGD": {"momentum": 0.9, "nesterov": True},
}
UNSUPPORTED = {"SparseAdam", "Muon"}
LOSSES = ["bowl", "rosenbrock", "himmelblau", "rastrigin"]


def bowl(params):
    return params[0] ** 2 + 3 * params[1] ** 2


def by_hand(optimizer, loss, start, steps, rate, **options):
    """Return iterates, losses and gradients of an ordinary loop."""
    params = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    stepper = getattr(torch.optim, optimizer)([params], lr=rate, **options)

    def closure():
        stepper.zero_grad()
        value = loss(params)
        value.backward()
        return value

    rows = []
    for _ in range(steps + 1):
        value = closure()
        rows.append((params.detach().numpy().copy(), value.item(), params.grad.numpy().copy()))
        stepper.step(closure)
    return [np.array(column) for column in zip(*rows, strict=True)]


ONE_NUMBER = {
    "float64": torch.tensor(0.1, dtype=torch.float64),
    "float32": torch.tensor(0.1),
    "float32 of NumPy": np.float32(0.1),
    "learned": torch.tensor(0.1, requires_grad=True),
}


@pytest.mark.parametrize("rate", ONE_NUMBER.values(), ids=ONE_NUMBER)
@pytest.mark.parametrize("optimizer", OPTIONS)
def test_a_rate_reaches_the_optimizer_as_it_is(optimizer, rate):
    plain = rate.detach() if isinstance(rate, torch.Tensor) else rate
    iterates, _, _ = by_hand(optimizer, bowl, [2.0, 1.0], 20, plain)
    run = record(bowl, [2, 1], learning_rate=rate, steps=20, optimizer=optimizer)
    np.testing.assert_array_equal(run.iterates, iterates)
    np.testing.assert_array_equal(run.learning_rates, [float(plain)] * 20)


def test_a_scheduler_leaves_a_tensor_that_was_given_alone():
    rate = torch.tensor(0.1)
    params = torch.tensor([2.0, 1.0], dtype=torch.float64, requires_grad=True)
    stepper = torch.optim.Adam([params], lr=rate.clone())
    scheduler = torch.optim.lr_scheduler.StepLR(stepper, 2, 0.3)
    for _ in range(6):
        stepper.zero_grad()
        bowl(params).backward()
        stepper.step()
        scheduler.step()
    run = record(
        bowl,
        [2, 1],
        learning_rate=rate,
        steps=6,
        optimizer="Adam",
        scheduler=lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.3),
    )
    np.testing.assert_array_equal(run.iterates[-1], params.detach().numpy())
    assert rate == torch.tensor(0.1)


def test_no_optimizer_of_torch_is_forgotten():
    classes = {n for n, c in vars(torch.optim).items() if isinstance(c, type)} - {"Optimizer"}
    assert classes <= OPTIONS.keys() | UNSUPPORTED


@pytest.mark.parametrize("loss", slow_except(LOSSES, "bowl", "rosenbrock"))
@pytest.mark.parametrize("has_options", [True, False])
@pytest.mark.parametrize("optimizer", OPTIONS)
def test_every_optimizer_does_what_it_does_by_hand(optimizer, has_options, loss):
    loss, options = descent.LOSSES[loss], OPTIONS[optimizer] if has_options else {}
    run = record(loss, loss.start, learning_rate=0.001, steps=8, optimizer=optimizer, **options)
    iterates, losses, gradients = by_hand(optimizer, loss, loss.start, 8, 0.001, **options)
    np.testing.assert_array_equal(run.iterates, iterates)
    np.testing.assert_array_equal(run.losses, losses)
    np.testing.assert_array_equal(run.gradients, gradients)
    assert (run.optimizer, run.options) == (optimizer, options)


def test_an_optimizer_may_be_given_as_its_class_or_by_name_in_any_case():
    runs = [
        record(bowl, [2, 1], learning_rate=0.1, steps=3, optimizer=one).iterates
        for one in (torch.optim.Adam, "Adam", "adam")
    ]
    np.testing.assert_array_equal(runs[0], runs[1])
    np.testing.assert_array_equal(runs[0], runs[2])


def test_an_optimizer_that_asks_for_a_closure_gets_one():
    run = record(bowl, [2.0, 1.0], learning_rate=1.0, steps=2, optimizer=torch.optim.LBFGS)
    assert run.losses[-1] < 1e-9
    assert run.optimizer == "LBFGS"


def test_an_optimizer_of_ones_own_may_give_its_parameters_other_memory():
    class Homework(torch.optim.Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})

        def step(self):
            for group in self.param_groups:
                for p in group["params"]:
                    p.data = p.data - group["lr"] * p.grad

    run = record(bowl, [2, 1], learning_rate=0.1, steps=5, optimizer=Homework)
    expected = record(bowl, [2, 1], learning_rate=0.1, steps=5)
    np.testing.assert_allclose(run.iterates, expected.iterates, rtol=1e-15)


# Groups

GROUPS = [1, 0, 1, 1, 0]
START = [1.0, -2.0, 0.5, 3.0, -1.0]


def coupled(params):
    return (params**2).sum() + params.prod() / 9 + (params[:2] ** 4).sum() / 20


def in_groups(optimizer, rates, **options):
    """Return the iterates of an ordinary loop over two tensors, whose loss puts them together."""
    numbers = torch.tensor(START, dtype=torch.float64)
    places = [torch.tensor([g == group for g in GROUPS]) for group in (0, 1)]
    tensors = [numbers[place].clone().requires_grad_() for place in places]
    groups = [{"params": [one], "lr": rate} for one, rate in zip(tensors, rates[0], strict=True)]
    stepper = getattr(torch.optim, optimizer)(groups, **options)
    iterates = []
    for t in range(len(rates) + 1):
        params = torch.zeros(5, dtype=torch.float64)
        for place, one in zip(places, tensors, strict=True):
            params = params.masked_scatter(place, one)
        iterates.append(params.detach().numpy())
        if t < len(rates):
            for group, rate in zip(stepper.param_groups, rates[t], strict=True):
                group["lr"] = rate
            stepper.zero_grad()
            coupled(params).backward()
            stepper.step()
    return np.array(iterates)


@pytest.mark.parametrize("optimizer", sorted(OPTIONS.keys() - {"LBFGS"}))
def test_groups_have_rates_of_their_own_as_torchs_parameter_groups_do(optimizer):
    request = {"steps": 6, "optimizer": optimizer, "groups": GROUPS, **OPTIONS[optimizer]}
    run = record(coupled, START, learning_rate=[0.02, 0.05], **request)
    expected = in_groups(optimizer, [[0.02, 0.05]] * 6, **OPTIONS[optimizer])
    np.testing.assert_array_equal(run.iterates, expected)
    np.testing.assert_array_equal(run.learning_rates, [[0.05, 0.02, 0.05, 0.05, 0.02]] * 6)


def test_groups_may_have_a_rate_for_each_step():
    rates = np.array([[0.1, 0.01], [0.05, 0.02], [0.02, 0.04]])
    run = record(coupled, START, learning_rate=rates, steps=3, groups=GROUPS)
    np.testing.assert_array_equal(run.iterates, in_groups("SGD", rates.tolist()))
    np.testing.assert_array_equal(run.learning_rates, rates[:, GROUPS])
    step = run.iterates[:-1] - run.learning_rates * run.gradients[:-1]
    np.testing.assert_allclose(run.iterates[1:], step, rtol=1e-14)


def test_one_group_is_like_none_but_tells_each_parameters_rate():
    whole = record(coupled, START, learning_rate=0.05, steps=3)
    run = record(coupled, START, learning_rate=[0.05], steps=3, groups=[0] * 5)
    np.testing.assert_array_equal(run.iterates, whole.iterates)
    assert run.learning_rates.shape == (3, 5)


def test_a_run_in_groups_equals_a_sweeps():
    swept = descent.sweep(coupled, START, [[0.02, 0.05]], 6, groups=GROUPS)
    run = record(coupled, START, learning_rate=[0.02, 0.05], steps=6, groups=GROUPS)
    np.testing.assert_allclose(swept.final_losses, run.losses[-1:], rtol=1e-12)


@pytest.mark.slow
def test_a_run_whose_rates_for_each_parameter_fit_no_file_has_those_of_its_groups():
    request = {"learning_rate": [0.1, 0.2], "steps": 600, "groups": [0] * 60_000 + [1] * 40_000}
    run = record(lambda p: p.sum(), np.zeros(100_000), **request)
    assert run.steps == 600 and run.learning_rates.tolist() == [0.1] * 600
    assert run.scheduled_options["lr of group 1"].tolist() == [0.2] * 600


# What cannot be


def test_options_that_a_file_cannot_hold_are_kept_as_text(tmp_path):
    class Noted(torch.optim.SGD):
        def __init__(self, params, lr, note):
            super().__init__(params, lr)

    note = (torch.tensor(0.5), 0.9)
    run = record(bowl, [2, 1], learning_rate=0.1, steps=1, optimizer=Noted, note=note)
    assert (run.optimizer, run.options) == ("Noted", {"note": ("tensor(0.5000)", 0.9)})
    assert descent.Trajectory.load(run.save(tmp_path / "run")).options == run.options


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        ({"optimizer": "adamm"}, ValueError, "did you mean Adam"),
        ({"optimizer": "Optimizer"}, ValueError, "optimizer must be one of torch.optim"),
        (
            {"optimizer": torch.optim.Adam([torch.zeros(2)])},
            TypeError,
            "got a made Adam: give optimizer=lambda params: torch.optim.Adam",
        ),
        ({"optimizer": 3}, TypeError, "must be a class of torch.optim, its name, or .*; got 3"),
        ({"optimizer": "SparseAdam"}, ValueError, "the first step; got .* consider Adam instead"),
        ({"lr": 0.1}, TypeError, "as learning_rate; got lr=0.1: write learning_rate=0.1"),
        ({"momentun": 0.9}, ValueError, "must be those of torch.optim.SGD; got {'momentun': 0.9}"),
        ({"momentum": -1}, ValueError, "must be those of torch.optim.SGD"),
        (
            {"optimizer": "LBFGS", "learning_rate": [0.1, 0.2], "groups": [0, 1]},
            ValueError,
            "must be those of torch.optim.LBFGS; got {} and 2 groups: LBFGS doesn't support",
        ),
        ({"groups": [0, 1]}, ValueError, r"one number per group, or 3 rows .*; got shape \(\)"),
        ({"groups": [0, 1], "learning_rate": [[0.1, 0.2]]}, ValueError, r"got shape \(1, 2\)"),
        ({"groups": [0, 1], "learning_rate": [0.1]}, ValueError, "one of the 1 rates on the last"),
        ({"groups": [0, 0], "learning_rate": [0.1, 0.2]}, ValueError, "and each rate at least one"),
        ({"groups": [0], "learning_rate": [0.1]}, ValueError, "groups must give each of 2 param"),
        ({"groups": [0, 1], "learning_rate": [0.1, 0]}, ValueError, "positive and finite; got 0"),
        ({"groups": [0, 0.5], "learning_rate": [0.1]}, TypeError, "groups must be one whole num"),
    ],
)
def test_an_optimizer_or_groups_that_cannot_be_are_refused_in_one_sentence(wrong, kind, message):
    request = {"learning_rate": 0.1, "steps": 3, **wrong}
    with pytest.raises(kind, match=message):
        record(bowl, [2.0, 1.0], **request)


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="this torch has no Muon")
def test_muon_wants_matrices():
    with pytest.raises(ValueError, match="got Muon, which needs matrices: use Adam or SGD"):
        record(bowl, [2, 1], learning_rate=0.1, steps=1, optimizer="Muon")


def test_an_optimizer_that_raises_at_a_later_step_keeps_the_rows_before_it():
    class Brittle(torch.optim.SGD):
        def step(self, closure=None):
            if self.state.setdefault("taken", 0) == 2:
                raise ArithmeticError("worn out")
            self.state["taken"] += 1
            return super().step(closure)

    run = record(bowl, [2, 1], learning_rate=0.1, steps=9, optimizer=Brittle)
    expected = record(bowl, [2, 1], learning_rate=0.1, steps=2)
    np.testing.assert_array_equal(run.iterates, expected.iterates)
    assert (run.steps, run.stopped_by, run.diverged) == (2, "error", False)
    assert run.error == "Brittle failed at step 2: ArithmeticError: worn out"


def test_an_optimizer_that_raises_at_the_first_step_is_refused():
    said = "optimizer must work at the first step; got AssertionError: .*capturable"
    with pytest.raises(descent.InvalidValue, match=said):
        record(bowl, [2, 1], learning_rate=0.1, steps=3, optimizer="Adam", capturable=True)
