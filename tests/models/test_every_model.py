"""What must hold for each kind of model: see `tests/models/registry.py` for how to add one."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch

import descent
from tests.marks import slow_except
from tests.models import (  # noqa: F401  each registers its models
    classification,
    data,
    generative,
    metrics,
    networks,
    normalisation,
    parameters,
    physics,
    regression,
    sequences,
    structured,
    unusual,
    vision,
)
from tests.models.oracles import Counting, dense_hessian, differences, from_one_seed, loop
from tests.models.registry import ENTRIES, Entry, seeded

STEPS = 12
SWEPT = 4  # steps, few enough that rounding does not grow
OPTIMIZERS = (
    ("Adam", {}),
    ("AdamW", {"weight_decay": 0.1}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("RMSprop", {"centered": True}),
    ("Adagrad", {}),
    ("Adadelta", {}),
    ("Adamax", {}),
    ("NAdam", {}),
    ("RAdam", {}),
    ("Rprop", {}),
    ("ASGD", {}),
    ("Adafactor", {}),
)

QUICK = [name for name, one in ENTRIES.items() if one.quick]
QUICK_TO_SUGGEST = ["linear_regression", "class_weights"]

every_model = pytest.mark.parametrize("name", slow_except(ENTRIES, *QUICK))


@pytest.fixture
def entry(name: str) -> Entry:
    return ENTRIES[name]


def recorded(made: Any, rate: float, steps: int = STEPS, **options: Any) -> Any:
    """Return a run from the state of torch's generator that the plain loop begins with."""
    with from_one_seed():
        loss, start = made.loss()
        return descent.record(loss, start, learning_rate=rate, steps=steps, **options)


def said(error: descent.InvalidArgument) -> str:
    """Return what an error says, having checked that it is one sentence with a repair."""
    text = str(error)
    assert "\n" not in text and len(text) < 400, text
    assert " must " in text and text[-1] in ".?" and error.repair, text
    return text


@every_model
def test_a_descent_is_the_plain_loop_to_the_bit(entry):
    with from_one_seed():
        iterates, losses = loop(entry.plain(), STEPS, torch.optim.SGD, lr=entry.rate)
    assert_same(recorded(entry.made(), entry.rate), iterates, losses)


def assert_same(run: Any, iterates: np.ndarray, losses: np.ndarray) -> None:
    np.testing.assert_array_equal(run.batch_losses if len(run.batch_losses) else run.losses, losses)
    np.testing.assert_array_equal(run.iterates, iterates)


@every_model
def test_another_optimizer_is_the_plain_loop_to_the_bit(name, entry):
    optimizer, options = OPTIMIZERS[list(ENTRIES).index(name) % len(OPTIMIZERS)]
    cls = getattr(torch.optim, optimizer)
    try:
        with from_one_seed():
            iterates, losses = loop(entry.plain(), STEPS, cls, lr=0.01, **options)
    except RuntimeError:  # of an optimizer that takes no sparse gradients
        with pytest.raises(descent.InvalidArgument, match="must work at the first step"):
            recorded(entry.made(), 0.01, optimizer=cls, **options)
        return
    run = recorded(entry.made(), 0.01, optimizer=cls, **options)
    assert_same(run, iterates, losses)


@every_model
def test_sharpness_is_that_of_a_dense_double_backward(entry):
    with from_one_seed():
        expected = dense_hessian(entry.plain)
    loss, start = entry.made().loss()
    try:
        found = descent.sharpness(loss, start)
    except descent.InvalidArgument as error:
        assert expected is None or is_random(loss, start), said(error)
        return
    if expected is None:  # which PyTorch has in another way, as for sparse gradients
        expected = differences(entry.plain)
        assert found == pytest.approx(np.linalg.eigvalsh(expected)[-1], rel=1e-5)
    else:
        assert found == pytest.approx(np.linalg.eigvalsh(expected)[-1], rel=1e-7, abs=1e-9)


def is_random(loss: Any, start: Any) -> bool:
    """Return whether a loss has another value when it is asked again."""
    params = torch.tensor(start, dtype=torch.float64)
    return loss(params).item() != loss(params).item()


@every_model
@pytest.mark.parametrize("count", slow_except([3, 40], 3))
def test_a_sweep_is_recordings_or_its_advice_works(entry, count):
    try:
        assert_swept(entry.made(), entry.rate, count)
        assert entry.advised is None, "no advice is needed"
    except descent.InvalidArgument as error:
        if "descent.record" in said(error):
            recorded(entry.made(), entry.rate, steps=SWEPT)
        else:
            assert entry.advised is not None, said(error)
            assert_swept(seeded(entry.advised), entry.rate, count)


def assert_swept(made: Any, rate: float, count: int) -> None:
    rates = rate * np.linspace(0.25, 1, count)
    loss, start = made.loss()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = descent.sweep(loss, start, rates, SWEPT)
    assert all("This sweep has no boundary" in str(one.message) for one in told), told
    assert len(told) == (found.critical_learning_rate is None)
    for place in (0, count // 2, count - 1):
        # A sweep takes no mini-batches, nor does a function that has none.
        run = descent.record(lambda p: loss(p), start, learning_rate=rates[place], steps=SWEPT)
        assert found.final_losses[place] == pytest.approx(run.losses[-1], rel=1e-9, abs=1e-12)


@every_model
def test_a_plot_takes_no_more_evaluations_than_points_and_a_few(entry):
    loss, start = entry.made().loss()
    run = recorded(entry.made(), entry.rate)
    counting = Counting(loss)
    try:
        run.plot(counting, resolution=21)
    except descent.InvalidArgument as error:
        said(error)
        assert is_random(loss, start)
        return
    assert counting.count <= 21 * 21 + 100


@pytest.mark.parametrize("name", slow_except(ENTRIES, *QUICK_TO_SUGGEST))
def test_suggestions_keep_their_promise_or_say_so(entry):
    loss, start = entry.made().loss()
    try:
        rates = descent.suggest_learning_rates(loss, start)
    except descent.InvalidArgument as error:
        said(error)
        return
    behaviors = [
        descent.record(lambda p: loss(p), start, learning_rate=rate, steps=100).behavior
        for rate in (rates.just_right, rates.very_large)
    ]
    assert rates.just_right_converges == (behaviors[0] == "converging"), behaviors
    assert rates.very_large_diverges == (behaviors[1] in ("diverging", "left the domain"))
    assert bool(rates.note) != (rates.just_right_converges and rates.very_large_diverges)
