"""Suggested rates must show what they promise, or say that they do not, on every loss tried."""

from __future__ import annotations

import math
import re
from decimal import Decimal

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from descent import (
    LOSSES,
    SuggestedRates,
    critical_learning_rate,
    model_loss,
    neuron_loss,
    record,
    suggest_learning_rates,
)
from descent.rates.rounding import rounded, rounded_down, rounded_up
from descent.rates.spectrum import DENSE_LIMIT
from tests.marks import slow_except
from tests.quadratics import quadratics
from tests.small_networks import NETWORKS, network_loss
from tests.well_known_losses import KNOWN, easom

NEURON = neuron_loss([[-1, -0.6], [0, 1.1], [0.5, 1.2], [1.5, 2.9], [2, 2.9]], start=(-1, 1.6))
EVERY_LOSS = {**LOSSES, "neuron": NEURON}
NAMES = ("very_small", "just_right", "very_large")
STEPS, LONG = 6, 100
THROWN_OUT = ("diverging", "left the domain")


def behaviors(loss, start, rate, *lengths):
    return [record(loss, start, learning_rate=rate, steps=steps).behavior for steps in lengths]


def promised(loss, start, steps=STEPS) -> SuggestedRates:
    """Return the suggested rates, having recorded that each keeps its promise or says so."""
    rates = suggest_learning_rates(loss, start, steps)
    chosen = [getattr(rates, name) for name in NAMES]
    assert all(math.isfinite(rate) and len(Decimal(str(rate)).normalize().as_tuple().digits) <= 2
               for rate in chosen), chosen  # fmt: skip
    assert 0 < rates.very_small < rates.just_right < rates.very_large
    arrives = behaviors(loss, start, rates.just_right, LONG) == ["converging"]
    assert arrives == rates.just_right_converges
    thrown = behaviors(loss, start, rates.very_large, steps, LONG)
    assert all(one in THROWN_OUT for one in thrown) == rates.very_large_diverges
    is_all = arrives and rates.very_large_diverges and "without bound" not in rates.note
    assert bool(rates.note) != is_all
    assert ("rrives" in rates.note) == (not arrives)
    assert ("throws" in rates.note) == (not rates.very_large_diverges)
    return rates


def shown_losses(loss, start, rates, steps=STEPS):
    return record(loss, start, learning_rate=rates.just_right, steps=steps).losses


@pytest.mark.parametrize("name", slow_except(EVERY_LOSS, "neuron", "rosenbrock"))
def test_each_rate_of_a_built_in_loss_behaves_as_it_is_called(name):
    loss = EVERY_LOSS[name]
    rates = promised(loss, loss.start)
    assert rates.just_right_converges and rates.very_large_diverges and not rates.note
    slow = record(loss, loss.start, learning_rate=rates.very_small, steps=STEPS)
    right = shown_losses(loss, loss.start, rates)
    assert slow.behavior == "slow" and slow.losses[-1] < slow.losses[0]
    assert (right <= right[0]).all() and right[-1] < slow.losses[-1]


PLACES = {f"{name} from {start}": (known, start) for name, known in KNOWN.items()
          for start in known.starts}  # fmt: skip
QUICK = ["barrier", "mccormick"]
FIRST = [f"{name} from {KNOWN[name].starts[0]}" for name in QUICK]


@pytest.mark.parametrize("place", slow_except(PLACES, *FIRST))
def test_the_rates_of_a_well_known_loss_keep_their_promise_or_say_so(place):
    known, start = PLACES[place]
    rates = promised(known.loss, start)
    assert rates.just_right_converges == known.arrives
    assert known.may_be_thrown_out or not rates.very_large_diverges
    losses = shown_losses(known.loss, start, rates)
    assert (losses <= losses[0]).all()


@pytest.mark.parametrize("name", slow_except(NETWORKS, "classifier"))
def test_the_rates_of_a_network_keep_their_promise_or_say_so(name):
    loss, start = network_loss(name)
    rates = promised(loss, start)
    losses = shown_losses(loss, start, rates)
    assert losses[-1] < losses[0]


def test_just_right_of_a_network_of_65_parameters_is_not_the_boundary():
    loss, start = network_loss("two layers of tanh")
    assert len(start) == 65
    rates = promised(loss, start)
    assert rates.just_right_converges
    assert rates.just_right < critical_learning_rate(loss, start)


@pytest.mark.parametrize("name", ["parabola", "bowl", "neuron"])
def test_a_run_that_could_arrive_in_one_step_takes_some_that_are_seen(name):
    loss = EVERY_LOSS[name]
    losses = shown_losses(loss, loss.start, suggest_learning_rates(loss, loss.start))
    falls = -np.diff(losses)
    assert (falls >= 0.01 * (losses[0] - losses[-1])).sum() >= 3


@settings(deadline=None, max_examples=6)
@given(quadratics(lowest=0.2, highest=5.0))
def test_on_any_quadratic_the_three_runs_are_told_apart(quadratic):
    assume(np.abs(quadratic.start - quadratic.minimiser).min() > 0.1)
    rates = suggest_learning_rates(quadratic, quadratic.start, steps=12)
    slow, right, thrown = (
        record(quadratic, quadratic.start, learning_rate=rate, steps=12)
        for rate in (rates.very_small, rates.just_right, rates.very_large)
    )
    assert slow.behavior == "slow" and thrown.behavior == "diverging"
    assert right.losses[-1] < slow.losses[-1] < slow.losses[0]


@pytest.mark.parametrize("offset", slow_except([1.0, 10.0, 1000.0], 1000.0))
@pytest.mark.parametrize("steps", slow_except([1, 6, 20], 6))
def test_data_far_from_zero_make_a_long_valley_and_just_right_does_not_rattle_in_it(offset, steps):
    x = np.linspace(0, 1, 7) + offset
    loss = neuron_loss(np.stack([x, 3 * x + 50], axis=1), start=(0, 0))
    rates = promised(loss, loss.start, steps)
    assert rates.just_right_converges
    critical = critical_learning_rate(loss, loss.start)
    falls = [
        -np.ptp(record(loss, loss.start, learning_rate=share * critical, steps=steps).losses)
        for share in np.linspace(0.05, 0.95, 19)
    ]
    assert -np.ptp(shown_losses(loss, loss.start, rates, steps)) <= 0.9 * min(falls)


@pytest.mark.parametrize("name", slow_except(EVERY_LOSS, "neuron"))
@settings(deadline=None, max_examples=3)
@given(seed=st.integers(0, 2**32 - 1))
def test_from_other_starts_too_just_right_arrives_lower_than_very_small(name, seed):
    loss = EVERY_LOSS[name]
    start = np.array(loss.start) + 0.3 * np.random.default_rng(seed).standard_normal(
        len(loss.start)
    )
    rates = promised(loss, start)
    slow, right = (
        record(loss, start, learning_rate=rate, steps=STEPS)
        for rate in (rates.very_small, rates.just_right)
    )
    assert right.losses[-1] < slow.losses[-1] < slow.losses[0]


@settings(deadline=None, max_examples=6)
@given(quadratics(lowest=0.5, highest=2.0))
def test_on_a_quadratic_just_right_is_the_best_rate_where_its_steps_are_seen(quadratic):
    assume(np.abs(quadratic.start - quadratic.minimiser).min() > 0.1)
    eigenvalues = np.linalg.eigvalsh(quadratic.hessian)
    best = 2 / (eigenvalues[0] + eigenvalues[-1])
    run = record(quadratic, quadratic.start, learning_rate=rounded_down(best), steps=STEPS)
    falls = -np.diff(run.losses)
    rates = suggest_learning_rates(quadratic, quadratic.start)
    if run.behavior == "converging" and (falls >= 0.01 * falls.sum()).sum() >= 3:
        assert rates.just_right == rounded_down(best)
    else:
        assert rates.just_right != rounded_down(best)
    assert rates.very_small <= 0.0105 * 2 / eigenvalues[-1]
    assert rates.very_large >= 1.15 * 2 / eigenvalues[-1] * (1 - 1e-9)


def test_on_the_lectures_neuron_the_rates_are_those_of_its_curvature():
    assert suggest_learning_rates(NEURON, NEURON.start) == SuggestedRates(
        very_small=0.0053,  # 0.01 · 2 / 3.8
        just_right=0.4,  # 2 / (1.2 + 3.8)
        very_large=0.61,  # 1.15 · 2 / 3.8
    )


@pytest.mark.parametrize(
    ("rate", "rounding", "expected"),
    [
        (0.4, rounded_down, 0.4),
        (0.1 + 0.2, rounded_up, 0.3),
        (1 - 0.9, rounded_down, 0.1),
        (2 / 1001, rounded, 0.002),
        (2 / 1001, rounded_down, 0.0019),
        (0.6053, rounded_up, 0.61),
        (0.6053, rounded_down, 0.6),
        (0.996, rounded_up, 1.0),
        (99.6, rounded, 100.0),
        (123456.0, rounded, 120000.0),
        (1e-300, rounded_down, 1e-300),
        (1.234e-310, rounded_up, 1.3e-310),
        (1.79e308, rounded_down, 1.7e308),
    ],
)
def test_rates_are_rounded_to_two_figures(rate, rounding, expected):
    assert rounding(rate) == expected


INVARIANT = ["booth", "three-hump camel", "log cosh", "logistic, overlapping", "poisson", "levy"]


@pytest.mark.parametrize("name", slow_except(INVARIANT, "log cosh"))
@pytest.mark.parametrize("constant", slow_except([-1000.0, -3.0, 50.0], -3.0))
def test_a_constant_added_to_a_loss_changes_no_rate(name, constant):
    known = KNOWN[name]
    for start in known.starts:
        moved = suggest_learning_rates(lambda p, known=known: known.loss(p) + constant, start)
        assert moved == suggest_learning_rates(known.loss, start)


@pytest.mark.parametrize("name", slow_except(INVARIANT, "booth"))
@pytest.mark.parametrize("power", slow_except([-20, -3, 6], -3))
def test_a_scaled_loss_has_rates_that_are_divided_by_the_scale(name, power):
    known, scale = KNOWN[name], 10.0**power
    for start in known.starts:
        found = suggest_learning_rates(lambda p, known=known: scale * known.loss(p), start)
        expected = suggest_learning_rates(known.loss, start)
        for which in NAMES:
            rate = getattr(expected, which) / scale
            assert getattr(found, which) == pytest.approx(rate, rel=1e-9)
        assert found.note == expected.note


@pytest.mark.parametrize("scale", slow_except([3.7, 0.02], 3.7))
def test_rates_of_a_scaled_loss_differ_by_their_rounding_alone(scale):
    known, (start, *_) = KNOWN["logistic, overlapping"], KNOWN["logistic, overlapping"].starts
    found = suggest_learning_rates(lambda p: scale * known.loss(p), start)
    expected = suggest_learning_rates(known.loss, start)
    for which in NAMES:
        assert getattr(found, which) * scale == pytest.approx(getattr(expected, which), rel=0.1)


def separable():
    return KNOWN["logistic, separable"].loss, (-1.0, 0.5)


def test_no_rate_is_too_large_for_separable_points_and_the_rates_say_so_and_teach():
    loss, start = separable()
    rates = promised(loss, start)
    assert rates.just_right_converges and not rates.very_large_diverges
    assert rates.note.endswith("lower the loss, as on a loss without a minimum.")
    assert rates.just_right < critical_learning_rate(loss, start)
    for rate in (rates.just_right, rates.very_large):
        losses = record(loss, start, learning_rate=rate, steps=STEPS).losses
        assert (np.diff(losses) < -1e-3).sum() >= 3, "steps are seen"


def softmax_regression():
    generator = torch.Generator().manual_seed(1)
    targets = torch.arange(60) % 3
    centres = torch.tensor([[0, 2], [2, -1.2], [-2, -1.2]])
    return nn.Linear(2, 3), centres[targets] + torch.randn(60, 2, generator=generator), targets


def normalised():
    x = torch.randn(12, 2)
    layers = nn.Linear(2, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 2)
    return nn.Sequential(*layers), x, (x.prod(1) > 0).long()


@pytest.mark.parametrize("make", slow_except([softmax_regression, normalised], softmax_regression))
def test_the_very_large_rate_of_a_classifier_ends_higher_than_it_began(make):
    torch.manual_seed(0)
    loss, start, *_ = model_loss(*make(), nn.CrossEntropyLoss())
    rates = promised(loss, start)
    assert not rates.very_large_diverges
    for steps in (STEPS, LONG):
        slow, right, large = (
            record(loss, start, learning_rate=getattr(rates, name), steps=steps).losses
            for name in NAMES
        )
        assert right[-1] < slow[-1] < slow[0] < large[-1]
    assert rates.note.endswith("but at the very large one the loss ends higher than it began.")


def test_a_loss_that_falls_without_bound_has_rates_that_say_so():
    rates = promised(lambda p: -(p**2).sum(), [1.0, 0.5])
    assert rates.note == (
        "The loss falls without bound: no learning rate arrives, and none throws the run out."
    )


def test_a_fall_to_the_edge_of_a_domain_is_not_said_to_be_on_its_way():
    rates = promised(lambda p: (p + 4).log().sum(), [1.0])
    assert not rates.just_right_converges
    assert rates.note.endswith("steps the run is thrown out.")


def test_a_loss_that_falls_along_a_line_is_on_its_way_at_any_rate():
    rates = promised(lambda p: 3 * p[0], [1.0])
    assert not rates.just_right_converges and not rates.very_large_diverges


UNFRIENDLY = [
    lambda p: 3 * p[0],
    lambda p: p[0].abs(),
    lambda p: (p[0] ** 2).exp(),
    lambda p: p[0].clamp(min=0),
    lambda p: -(p[0] ** 2),
    lambda p: p[0] ** 4 if p[0].item() > 0 else p[0] ** 2,
    lambda p: 1e-200 * p[0] ** 2,
    lambda p: 1e100 * p[0] ** 2,
    lambda p: p[0].sqrt(),
    lambda p: -p[0].log(),
]


@pytest.mark.parametrize("loss", slow_except(UNFRIENDLY, *UNFRIENDLY[1:3]))
def test_unfriendly_losses_get_three_increasing_positive_rates(loss):
    promised(loss, [1.0])


FLAT = {
    "a minimum": (LOSSES["bowl"], [0.0, 0.0]),
    "a minimum that is computed": (lambda p: (3 * p[0] - 0.9) ** 2 + p[1] ** 2, [0.3, 0.0]),
    "a constant": (lambda p: 0 * p[0], [1.0]),
    "no second derivative": (lambda p: (p[0] - 1).abs() ** 1.5, [1.0]),
    "a saddle": (lambda p: (p[0] * p[1] - 1) ** 2, [0.0, 0.0]),
}
PLATEAUS = {
    "a plateau": (easom, [0.0, 0.0]),
    "a plateau in other units": (lambda p: 1e9 * easom(p) - 5, [0.0, 0.0]),
    "a saturated unit": (lambda p: (p[0].sigmoid() - 0.2) ** 2, [30.0]),
    "saturated units": (lambda p: ((p * 9).tanh() - 0.5).square().sum(), [2.0, 3.0]),
    "beside a cusp": (lambda p: p[0].abs().sqrt() + p[1] ** 2, [1e-12, 1.0]),
}
WITHOUT_FALL = {
    "a slope below what rates reach": (lambda p: 1e-308 * p[0] ** 2, [1.0]),
    "steps with a straight-through gradient": (
        lambda p: ((p + (p.sign() - p).detach() - 0.7) ** 2).sum(),
        [0.3, 0.6],
    ),
}
REFUSED = {
    "flat here": FLAT,
    r"flat beside [-+.e0-9]+ further down": PLATEAUS,
    "along which no rate tried makes the loss fall": WITHOUT_FALL,
}


@pytest.mark.parametrize(
    ("why", "name"), [(why, name) for why, losses in REFUSED.items() for name in losses]
)
def test_a_start_from_which_no_rate_leads_anywhere_is_refused_with_the_cause(why, name):
    said = (
        r"loss must have a slope at the start \[.*\]; got a gradient of length [-+.e0-9]+, "
        f"{why}: choo"
    )
    with pytest.raises(ValueError, match=said):
        suggest_learning_rates(*REFUSED[why][name])


RANK_ONE = np.outer([1.0, 2.0, 3.0], [1.0, 2.0]).ravel()


def nuclear(params):
    return torch.linalg.matrix_norm(params.reshape(3, 2), "nuc") + ((params - 1) ** 2).sum() / 2


KINKS = {
    "a singular value of 0": (nuclear, RANK_ONE),
    "one of 1e-13": (nuclear, RANK_ONE + 1e-13 * np.arange(6) ** 2),
    "one of 1e-8": (nuclear, RANK_ONE + 1e-8 * np.arange(6) ** 2),
    "one of 1e-4": (nuclear, RANK_ONE + 1e-4 * np.arange(6) ** 2),
    "a rounded corner": (lambda p: (p[0] ** 2 + 1e-24).sqrt() + p[1] ** 2, [0.0, 1.0]),
    "a ravine": (lambda p: 1e16 * p[0] ** 2 + p[1] ** 2, [0.0, 1.0]),
}


@pytest.mark.filterwarnings("ignore:The gradient of the loss jumps")
@pytest.mark.parametrize("name", slow_except(KINKS, "a ravine"))
def test_a_huge_curvature_of_a_kink_hides_no_slope_and_no_minimum(name):
    loss, start = KINKS[name]
    rates = suggest_learning_rates(loss, start)
    assert rates.just_right_converges and "without a minimum" not in rates.note
    right = record(loss, start, learning_rate=rates.just_right, steps=STEPS)
    assert right.losses[0] - right.losses[-1] > 1e-3 * np.linalg.norm(right.gradients[0])


def test_a_kink_of_many_parameters_hides_no_slope():
    def loss(params):
        return (params[0] ** 2 + 1e-24).sqrt() + (params[1:] ** 2).sum()

    start = np.r_[0.0, np.ones(120)]
    with pytest.warns(UserWarning, match="The gradient of the loss jumps"):
        rates = suggest_learning_rates(loss, start)
    assert rates.just_right_converges and rates.just_right > 0.01


@settings(deadline=None, max_examples=12)
@given(seed=st.integers(0, 2**32 - 1), noise=st.sampled_from([0.0, 0.1, 10.0]))
def test_the_solution_of_a_linear_regression_is_flat_however_it_was_rounded(seed, noise):
    generator = np.random.default_rng(seed)
    inputs = generator.normal(size=(12, 3))
    targets = inputs @ generator.normal(size=3) + noise * generator.normal(size=12)
    solution, *_ = np.linalg.lstsq(inputs, targets, rcond=None)
    x, y = torch.tensor(inputs), torch.tensor(targets)
    with pytest.raises(ValueError, match="flat here"):
        suggest_learning_rates(lambda p: ((x @ p - y) ** 2).mean(), solution)


def test_a_start_beside_a_saddle_is_not_flat():
    rates = promised(lambda p: p[0] ** 4 - p[0] ** 2, [1e-6])
    assert rates.just_right_converges


def test_very_large_is_above_just_right_even_where_smaller_rates_climb_too():
    def wavy(p):
        return (1.66 * p[0]).cos() + 0.05 * p[0] ** 2 - 1.49 * p[0]

    promised(wavy, [2.2131])


def test_what_only_looks_quadratic_at_the_start_is_tried_out():
    def quartic(p):
        return p[0] ** 4

    formula = 2 / (12 + 12)
    rates = suggest_learning_rates(quartic, [1.0])
    found, naive = (
        record(quartic, [1.0], learning_rate=rate, steps=STEPS).losses[-1]
        for rate in (rates.just_right, formula)
    )
    assert found < naive


def test_many_parameters_get_rates_without_a_whole_hessian(monkeypatch):
    monkeypatch.setattr("descent.rates.scale.hessian", lambda *_: pytest.fail("formed"))
    weights = torch.linspace(1, 2, 150, dtype=torch.float64)
    rates = promised(lambda p: (weights * p**2).sum(), np.ones(150), steps=3)
    assert 0.1 < rates.just_right < 0.5


@pytest.mark.parametrize("hidden", slow_except([10, 50]))
def test_a_network_of_many_parameters_gets_rates_that_show_what_they_promise(hidden):
    torch.manual_seed(0)
    layers = nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh()
    module = nn.Sequential(*layers, nn.Linear(hidden, 1))
    inputs = torch.randn(16, 2)
    loss, start, *_ = model_loss(module, inputs, inputs.prod(1, keepdim=True), nn.MSELoss())
    assert len(start) > max(DENSE_LIMIT, hidden**2)
    rates = promised(loss, start)
    assert rates.very_large_diverges
    slow = record(loss, start, learning_rate=rates.very_small, steps=STEPS)
    right = shown_losses(loss, start, rates)
    assert slow.behavior == "slow"
    assert right[-1] < slow.losses[-1] < slow.losses[0]


def test_near_the_edge_of_its_domain_a_loss_gets_rates_beyond_the_curvature_there():
    def barrier(p):
        return (p - p.log()).sum()

    rates = promised(barrier, [1e-3])
    right = shown_losses(barrier, [1e-3], rates)
    assert rates.just_right > 8 * critical_learning_rate(barrier, [1e-3])
    assert right[-1] < 0.3 * right[0]


def test_a_rate_at_which_the_loss_fails_counts_as_very_large():
    def guarded(p):
        if p[0].item() <= 0:
            raise ValueError("outside")
        return p[0] - p[0].log()

    rates = suggest_learning_rates(guarded, [3.0])
    assert rates.very_large_diverges
    assert rates.very_large < 2 * critical_learning_rate(guarded, [3.0])
    assert shown_losses(guarded, [3.0], rates)[-1] < 1.1
    thrown = record(guarded, [3.0], learning_rate=rates.very_large, steps=STEPS)
    assert thrown.stopped_by == "error" and thrown.error.endswith("ValueError: outside")


def test_a_loss_that_cannot_be_descended_is_refused():
    with pytest.raises(ValueError, match="must depend on its parameters"):
        suggest_learning_rates(lambda p: p.detach().sum(), [1.0])


@pytest.mark.parametrize("start", slow_except([[1.0, 0.1], [1.0, 1e-3], [2.0, 0.3]], [1.0, 0.1]))
def test_a_saddle_without_a_minimum_is_said_to_fall_without_bound(start):
    def saddle(p):
        return p[0] ** 2 - p[1] ** 2

    rates = promised(saddle, start)
    found = re.search(r"[Aa]t a learning rate of (\S+) the loss falls without bound\.", rates.note)
    assert found
    run = record(saddle, start, learning_rate=float(found[1]), steps=LONG)
    assert run.behavior == "unbounded"
