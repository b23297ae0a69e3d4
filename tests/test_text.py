"""The one wording: numbers, shares and endings in words are those of the numbers themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent import Trajectory, record, sweep
from descent.page.content import content_of
from descent.plots.mathtext import mathtext, parameter
from descent.runs.projected import rates_of
from descent.text import methods, numbers, runs

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.000"),
        (0.25, "0.250"),
        (-12.5, "−12.50"),
        (123.456, "123.5"),
        (9999.4, "9999"),
        (9999.5, "1.00·10^4"),
        (0.0005, "0.001"),
        (0.0004, "4.00·10^−4"),
        (-8.1e-200, "−8.10·10^−200"),
        (np.inf, "+∞"),
        (-np.inf, "−∞"),
        (np.nan, "nan"),
    ],
)
def test_fixed_point_keeps_the_width_of_a_table(value, text):
    assert numbers.fixed(value) == text


@pytest.mark.parametrize(
    ("value", "figures", "text"),
    [
        (0.0, 3, "0"),
        (0.2500, 3, "0.25"),
        (999.6, 3, "1000"),
        (-9999.6, 4, "−10000"),
        (12345.4, 4, "1.235·10^4"),
        (0.0001, 3, "0.0001"),
        (1.25e-5, 3, "1.25·10^−5"),
        (1e-5, 3, "1·10^−5"),
        (1234.5678, 6, "1234.57"),
    ],
)
def test_significant_figures_end_in_no_zeros(value, figures, text):
    assert numbers.significant(value, figures) == text


@given(st.integers(-300, 300), st.integers(1, 15), st.floats(0, 1))
def test_no_number_is_written_as_a_programme_writes_it(power, digits, share):
    just_below = 10.0**power * (1 - share * 10.0**-digits)
    for text in (numbers.significant(just_below, digits), numbers.fixed(just_below)):
        assert "e" not in text and "-" not in text


def test_a_power_of_ten_is_written_as_such():
    assert [numbers.scientific(value) for value in (1.0, 2000.0, 1.3e-7)] == [
        "10^0",
        "2·10^3",
        "1.3·10^−7",
    ]
    values = (1e-5, 10.0, 3e-7, 0.0)
    assert [numbers.power_of_ten(value) for value in values] == ["10^−5", "10^1", "3·10^−7", "0"]


@given(st.floats(-1e300, 1e300).filter(lambda value: value == 0 or abs(value) > 1e-300))
def test_the_text_of_a_number_is_read_back_to_the_digits_it_shows(value):
    assert numbers.parse(numbers.significant(value, 3)) == pytest.approx(value, rel=6e-3)


def test_exponents_are_raised_after_a_ten_alone():
    assert numbers.superscript("1.3·10^−7 of x^2") == "1.3·10⁻⁷ of x^2"
    assert mathtext("1.3·10^−7 of x², $") == r"1.3·10$^{-7}$ of x$^{2}$, \$"
    assert [parameter(name) for name in ("W1", "bias")] == ["$W_{1}$", "bias"]
    assert mathtext("W1 and W12", ["W1"]) == "$W_{1}$ and W12"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1.0, "all"),
        (1 - 1e-15, "all"),
        (1.0004, "100.04 %"),
        (1 - 1e-10, "99.99999999 %"),
        (0.9998, "99.98 %"),
        (0.9988, "99.9 %"),
        (0.9949, "99 %"),
        (0.979, "98 %"),
        (0.0994, "9.9 %"),
        (0.0004, "less than 0.1 %"),
        (1.5, "150 %"),
    ],
)
def test_a_share_is_never_rounded_up_to_all(share, text):
    assert numbers.percent(share) == text


def test_counts_have_their_plural_and_long_ones_their_groups():
    assert [runs.steps_of(count) for count in (0, 1, 12_345)] == [
        "0 steps",
        "1 step",
        "12 345 steps",
    ]
    assert numbers.whole(9999) == "9999"


@pytest.mark.parametrize(
    ("names", "text"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_names_are_joined_as_they_are_spoken(names, text):
    assert runs.joined(names) == text


def test_of_many_parameters_the_first_and_the_last_are_named():
    assert methods.parameters(["W1", "b1"]) == "W1, b1"
    assert methods.parameters([f"W{k}" for k in range(1, 10)]) == "W1 … W9 (9 parameters)"


@pytest.mark.parametrize(
    ("rates", "short", "long"),
    [
        ([0.02, 0.02], "η = 0.02", "learning rate η = 0.02"),
        ([[0.3, 0.05]], "η = 0.3, 0.05", "learning rates η = 0.3, 0.05"),
        ([[0.3, 0.05, 0.1]], "η = 0.3, 0.05, 0.1", "learning rates η = 0.3, 0.05, 0.1"),
        ([[5, 0.3, 4, 0.2, 3]], "η = 0.2 to 5", "learning rates η = 0.2 to 5"),
        ([0.02, 0.01], "η from 0.02 to 0.01", "learning rates η from 0.02 to 0.01"),
        ([[0.3, 0.1], [0.2, 0.05]], "η from 0.3, 0.1 to 0.2, 0.05", None),
    ],
)
def test_rates_are_written_once_where_they_are_the_same(rates, short, long):
    found = methods.eta(np.array(rates)), methods.learning_rates(np.array(rates))
    assert found == (short, long or f"learning rates {short}")


@pytest.mark.parametrize(
    ("rates", "text"),
    [
        ([0.002, 0.05, 2e-7], "η from 0.002 to 2·10^−7, at most 0.05"),
        ([0.02, 0.001, 0.01], "η from 0.02 to 0.01, at least 0.001"),
        ([0.02, 0.01, 0.02], "η = 0.02 first and last, at least 0.01"),
        ([0.02, 0.01, 0.05, 0.03], "η from 0.02 to 0.03, between 0.01 and 0.05"),
        ([[0.1, 0.02], [0.5, 0.04], [0.1, 0.01]], "η from 0.1, 0.02 to 0.1, 0.01, at most 0.5"),
        ([0.02, 0.0200001, 0.01], "η from 0.02 to 0.01"),
    ],
)
def test_of_a_schedule_the_rates_beyond_its_ends_are_told(rates, text):
    assert methods.eta(np.array(rates)) == text
    assert methods.learning_rates(np.array(rates)) == f"learning rates {text}"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"momentum": 0.9}, "momentum 0.9"),
        (
            {"momentum of group 0": 0.9, "momentum of group 1": 0.5, "nesterov": True},
            "momentum 0.9 (group 0) and 0.5 (group 1), nesterov",
        ),
        (
            {"weight_decay of group 0": 0, "weight_decay of group 1": 0.1},
            "weight decay 0.1 (group 1)",
        ),
        ({"betas": (0.8, 0.9), "momentum of Muon": 0.95}, "betas (0.8, 0.9), momentum 0.95 (Muon)"),
        ({f"momentum of group {k}": 0.1 + k for k in range(9)}, "momentum of 9 groups"),
    ],
)
def test_an_option_is_written_once_with_the_groups_that_have_it(options, text):
    run = record(sum_of_squares, [1.0], learning_rate=0.1, steps=2)
    assert methods.optimizer(replace(run, options=options)) == f"SGD with {text}"


def test_of_a_pair_whose_one_number_changes_the_range_stands_in_its_place():
    run = record(sum_of_squares, [1.0], learning_rate=0.1, steps=2)
    options = {"betas": (0.95, 0.999), "eps": 1e-7}
    scheduled = {"betas[0]": np.array([0.95, 0.85])}
    told = methods.optimizer(replace(run, options=options, scheduled_options=scheduled))
    assert told == "SGD with betas (0.85 to 0.95, 0.999), eps 1·10^−7"


def test_of_thinned_rows_the_rates_of_every_group_are_told():
    groups, rates = [0, 1, 1, 2], [0.3, 0.2, 0.1]
    run = record(sum_of_squares, [1.0] * 4, learning_rate=rates, groups=groups, steps=4, every=3)
    assert methods.label(run) == (
        "SGD with learning rate 0.3 (group 0) and 0.1 (group 2), η = 0.2 (the largest group)"
    )
    assert rates_of(run)[0].tolist() == [0.2, 0.3, 0.1]


def descended(optimizer="SGD", **options):
    loss = sum_of_squares
    return record(loss, [1.0], learning_rate=0.1, steps=2, optimizer=optimizer, **options)


def sum_of_squares(params):
    return (params**2).sum()


def test_labels_of_runs_are_short_and_distinct():
    plain, other = descended(), descended(momentum=0.9, nesterov=True)
    assert methods.label(plain) == "SGD, η = 0.1"
    assert methods.labels([plain, other]) == ["SGD", "SGD with momentum 0.9, nesterov"]
    assert methods.labels([plain, plain]) == ["1: SGD, η = 0.1", "2: SGD, η = 0.1"]
    assert methods.optimizer(descended("Adam", eps=1e-8)) == "Adam with eps 1·10^−8"


def with_losses(*losses, diverged=False, **more):
    steps = len(losses) - 1
    rows = np.zeros((steps + 1, 1))
    return Trajectory(
        rows, np.array(losses, float), rows + 1, np.ones(steps), ("x",), diverged, **more
    )


@pytest.mark.parametrize(
    ("run", "ending", "status"),
    [
        (
            with_losses(7, 2, 0.5),
            "In 2 steps the loss went from 7.000 to 0.500",
            "converging: loss 7 → 0.5",
        ),
        (
            with_losses(7, 8),
            "In 1 step the loss went from 7.000 to 8.000",
            "diverging: loss 7 → 8",
        ),
        (
            with_losses(7, 8, diverged=True),
            "Diverged at step 2: its numbers are no longer finite",
            "diverged at step 2",
        ),
        (
            with_losses(7, 5, stopped_by="gradient"),
            "Stopped after 1 step: the next place has no gradient",
            "slow: loss 7 → 5",
        ),
    ],
)
def test_the_ending_of_a_run_is_true(run, ending, status):
    assert runs.ending(run) == ending
    assert runs.status(run).partition(": ")[2] == status.partition(": ")[2]


def opening(loss, start, rate, steps):
    (run,) = content_of(sweep(loss, start, [rate], steps, keep=1))["runs"]
    return run["texts"]["sentences"][run["texts"]["sentence"][0]]


def test_a_loss_is_said_to_rise_or_to_fall_only_if_it_does():
    def falling(params):
        return params[0].log() + params[1] ** 2 + 10

    left = "A run that leaves the domain of its loss: watch where the last step leads"
    assert opening(falling, [2, 1], 0.2, 40) == left
    rising = opening(lambda params: params[0] ** 2, [0.1], 2.0, 1)
    assert rising == "A very large learning rate: watch where each step lands"
    thrown = opening(lambda params: params[0].abs(), [0.1], 1.0, 1)
    assert thrown == "A loss that ends higher than it began: watch where each step lands"
    flat = opening(lambda params: 0 * params[0], [1], 0.1, 3)
    assert flat == "A run that stands still: watch the parameters stay where they are"


def functions_in(text):
    return set(re.findall(r"^def (\w+)", text, flags=re.MULTILINE))


def test_no_rule_of_wording_is_written_a_second_time():
    """Each rule is a function of descent/text, and no function elsewhere has its name."""
    rooms = ("descent", "scenes", "understanding_gradients")
    texts = {path: path.read_text() for room in rooms for path in (ROOT / room).rglob("*.py")}
    shared = [path for path in texts if path.parent == ROOT / "descent/text"]
    rules = {name for path in shared for name in functions_in(texts.pop(path)) if name[0] != "_"}
    assert {"percent", "whole", "steps_of", "eta", "opening", "ending", "diverged_at"} <= rules
    for path, text in texts.items():
        assert not rules & functions_in(text), path
        assert "iverged at step {" not in text, path


def test_the_page_composes_no_number_and_no_sentence():
    script = "".join(path.read_text() for path in sorted((ROOT / "descent/page").glob("*.js")))
    functions = set(re.findall(r"(?:function|const) (\w+)", script))
    assert not functions & {"percent", "whole", "steady", "short", "say", "sayChange", "goesAcross"}
    assert not re.search(r"[`'\"][^`'\"\n]*(the loss|step \\$| steps)[^`'\"\n]*[`'\"]", script)
