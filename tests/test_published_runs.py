"""What courses, books and articles print of their runs is what is recorded."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import descent
from docs.pictures import micrograd as micrograd_picture

PAGE = Path(__file__).parents[1] / "docs/published-runs.md"
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.M | re.S))
Row = tuple[str, str, float]
# Data and start of micrograd's demo, and the losses that it prints.
MOONS = json.loads(Path(__file__).with_name("fixtures").joinpath("micrograd-demo.json").read_text())
# Where the page says that a digit differs, and why.
DIFFERENT = {
    "Adagrad, η = 0.4: x1",
    "RMSProp, η = 0.4: x1",
    "momentum: factor per step",
}


def cars(ran: dict[str, Any]) -> Iterator[Row]:
    printed = ("303.71", "170.84", "103.17", "68.70", "51.13", "42.17")
    for t, value in enumerate(printed):
        yield f"loss after step {t}" if t else "loss at the start", value, ran["run"].losses[t]


def food_truck(ran: dict[str, Any]) -> Iterator[Row]:
    run, cost = ran["run"], ran["cost"]
    a, b = run.iterates[-1]
    yield "cost at (0, 0)", "32.07", run.losses[0]
    yield "cost at (−1, 2)", "54.24", cost((-1, 2))
    for iteration, value in {900: "4.53", 1050: "4.51", 1200: "4.50", 1350: "4.49"}.items():
        yield f"cost at iteration {iteration}", value, run.losses[iteration + 1]
    yield "θ0 after 1500 steps", "−3.6303", a
    yield "θ1 after 1500 steps", "1.1664", b
    yield "dollars for 35,000 people", "4519.767868", 1e4 * (a + 3.5 * b)
    yield "dollars for 70,000 people", "45342.450129", 1e4 * (a + 7 * b)


def dive_into_deep_learning(ran: dict[str, Any]) -> Iterator[Row]:
    square = zip(("0.2", "0.05", "1.1"), ("0.060466", "3.486784", "61.917364"), strict=True)
    for place, (rate, printed) in enumerate(square):
        yield f"x², η = {rate}", printed, ran["on_a_square"][place]
    for name, key, *printed in (
        ("ellipse, η = 0.1", "on_an_ellipse", "−0.057646", "−0.000073"),
        ("flat ellipse, η = 0.4", "plain", "−0.943467", "−0.000073"),
        ("flat ellipse, η = 0.6", "too_large", "−0.387814", "−1673.365109"),
        ("momentum 0.5, η = 0.6", "momentum", "0.007188", "0.002553"),
        ("momentum 0.25, η = 0.6", "less_momentum", "−0.126340", "−0.186632"),
        ("Adagrad, η = 0.4", "adagrad", "−2.382563", "−0.158591"),
        ("Adagrad, η = 2", "fast_adagrad", "−0.002295", "−0.000000"),
        ("RMSProp, η = 0.4", "rmsprop", "−0.010599", "0.000000"),
        ("Adagrad, ε under the root", "books_adagrad", "−2.382563", "−0.158591"),
        ("RMSProp, ε under the root", "books_rmsprop", "−0.010599", "0.000000"),
    ):
        for place, value in enumerate(printed):
            yield f"{name}: x{place + 1}", value, ran[key][place]


def micrograd(ran: dict[str, Any]) -> Iterator[Row]:
    for t in (0, 1, 2, 3, 50, 99):
        yield f"loss at step {t}", f"{MOONS['losses'][t]:.14f}", ran["run"].losses[t]


def boyd(ran: dict[str, Any]) -> Iterator[Row]:
    losses, errors, exact = ran["exact_run"].losses, ran["errors"], ran["exact_errors"]
    share = "γ = 10, error after 10 steps as a share of the first"
    yield share, f"((γ − 1) / (γ + 1))²⁰ = {(9 / 11) ** 20:.5f}", losses[10] / losses[0]
    yield "(9.20), backtracking: error at the start, about", "10", errors[0]
    yield "(9.20), backtracking: error after 20 steps, about", "10⁻⁷", errors[20]
    backtracking = (errors[20] / errors[0]) ** (1 / 20)
    yield "(9.20), backtracking: factor per step, about", "0.4", backtracking
    yield "(9.20), exact: factor per step, about", "0.2", (exact[15] / exact[0]) ** (1 / 15)


def goh(ran: dict[str, Any]) -> Iterator[Row]:
    rate, beta = "(√κ − 1) / (√κ + 1)", ran["beta"]
    yield "gradient descent: factor per step", f"(κ − 1) / (κ + 1) = {99 / 101:.3f}", ran["plain"]
    yield "momentum: factor per step", f"{rate} = {9 / 11:.3f}", ran["momentum"]
    divided = "momentum: factor per step of distance / step"
    yield divided, f"{rate} = {9 / 11:.3f}", ran["without_count"]
    yield "largest step that converges", f"(2 + 2β) / λn = {2 + 2 * beta:.3f}", ran["limit"]


ROWS: dict[str, Callable[[dict[str, Any]], Iterator[Row]]] = {
    "Seven cars": cars,
    "A food truck's profit": food_truck,
    "Dive into Deep Learning": dive_into_deep_learning,
    "micrograd's two moons": micrograd,
    "Boyd and Vandenberghe, Convex Optimization": boyd,
    "Goh, Why Momentum Really Works": goh,
}
# Given as powers of ten, "about": one digit is what they have.
ROUGH = {"10": 10.0, "10⁻⁷": 1e-7}

sections = pytest.mark.parametrize("section", ROWS)


@functools.cache
def run_blocks(section: str) -> dict[str, Any]:
    """Run the blocks of a section, and return what they have named."""
    ran: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", SECTIONS[section], re.S):
        exec(compile(block, str(PAGE), "exec"), ran)
    return ran


def rows_of(section: str) -> list[Row]:
    """Return the rows of a section."""
    rows = ROWS[section](run_blocks(section))
    return [(name, printed, float(value)) for name, printed, value in rows]


def recorded(printed: str, value: float) -> str:
    """Return a recorded value to as many digits as were printed."""
    if printed in ROUGH:
        digit, _, power = f"{value:.0e}".partition("e")
        raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return digit if int(power) == 0 else f"{digit}·10{raised}"
    decimals = len(printed.rpartition(".")[2])
    return f"{value:.{decimals}f}".replace("-", "−")


def test_every_section_is_recorded():
    assert set(SECTIONS) == set(ROWS)


@sections
def test_what_is_printed_is_what_is_recorded(section):
    for name, printed, value in rows_of(section):
        if printed in ROUGH:
            assert ROUGH[printed] / 3 < value < ROUGH[printed] * 3, name
        elif name in DIFFERENT:
            assert recorded(printed, value) != printed.rpartition(" = ")[2], name
        else:
            assert recorded(printed, value) == printed.rpartition(" = ")[2], name


@sections
def test_the_tables_of_the_page_are_those_of_the_recordings(section):
    expected = []
    for name, printed, value in rows_of(section):
        text = recorded(printed, value)
        expected.append(f"| {name} | {printed} | {f'**{text}**' if name in DIFFERENT else text} |")
    assert re.findall(r"^\|(?! \||-).*\|$", SECTIONS[section], re.M) == expected


@sections
def test_every_number_in_the_text_is_in_a_block_or_a_table(section):
    blocks = re.findall(r"```python\n.*?```|^\|.*$", SECTIONS[section], re.M | re.S)
    prose = re.sub(
        r"```python\n.*?```|^\|.*$|\(https?://\S+\)", "", SECTIONS[section], flags=re.M | re.S
    )
    known = set(re.findall(r"\d+\.\d+", "\n".join(blocks)))
    assert set(re.findall(r"(?<![\d.])\d+\.\d+(?![\d.])", prose)) <= known


def test_momentum_is_gohs_recurrence_at_every_step():
    low, high, steps = 0.1, 1.0, 300
    alpha, beta = (2 / (low + high)) ** 2, ((high - low) / (high + low)) ** 2
    for eigenvalue in (0.01, 0.1, 1.0):
        run = descent.record(
            lambda p, e=eigenvalue: e * p[0] ** 2 / 2,
            [1],
            learning_rate=alpha,
            steps=steps,
            momentum=beta,
        )
        matrix = np.array([[beta, eigenvalue], [-alpha * beta, 1 - alpha * eigenvalue]])
        expected = [(np.linalg.matrix_power(matrix, k) @ [0, 1])[1] for k in range(steps + 1)]
        np.testing.assert_allclose(run.iterates[:, 0], expected, rtol=1e-9, atol=1e-13)


def test_micrograds_data_and_start_are_those_of_its_libraries():
    ran = run_blocks("micrograd's two moons")
    np.testing.assert_allclose(ran["inputs"], MOONS["inputs"], rtol=0, atol=1e-15)
    np.testing.assert_array_equal(ran["targets"][:, 0], MOONS["targets"])
    # micrograd has a neuron's bias behind its weights, torch a layer's behind all its weights.
    weights = [x for x in MOONS["start"] if x]
    assert [x for x in ran["start"].tolist() if x] == weights


def test_all_losses_that_micrograd_prints_are_recorded():
    run = run_blocks("micrograd's two moons")["run"]
    np.testing.assert_allclose(run.losses[:100], MOONS["losses"], rtol=1e-13)


def test_the_picture_of_micrograd_shows_what_it_printed_beside_what_is_recorded():
    figure = micrograd_picture.picture("light")
    answers, losses = figure.axes
    line, dots = (drawn.get_ydata() for drawn in losses.lines)
    assert list(dots) == MOONS["losses"]
    np.testing.assert_allclose(line[:100], dots, rtol=1e-13)
    points = np.concatenate([drawn.get_offsets() for drawn in answers.collections[-2:]])
    np.testing.assert_allclose(np.sort(points, axis=0), np.sort(MOONS["inputs"], axis=0))
    assert any("answers 100 of 100 points right" in text.get_text() for text in figure.texts)


def test_micrograds_first_loss_is_met_to_the_last_digit_if_it_is_added_in_the_same_order():
    x, y = (torch.tensor(MOONS[name], dtype=torch.float64) for name in ("inputs", "targets"))

    def in_order(params):
        """Return the loss, each sum from its first term to its last."""
        outputs, rest = x.T, params
        for inputs, neurons in ((2, 16), (16, 16), (16, 1)):
            weights = rest[: neurons * (inputs + 1)].reshape(neurons, inputs + 1)
            rest = rest[weights.numel() :]
            terms = weights[:, :inputs, None] * outputs
            sums = functools.reduce(torch.add, terms.unbind(1), weights[:, inputs:])
            outputs = sums.relu() if len(rest) else sums
        errors = (1 - y * outputs[0]).relu()
        return sum(errors) * (1.0 / 100) + 1e-4 * sum(params * params)

    run = descent.record(in_order, MOONS["start"], learning_rate=1, steps=1)
    assert run.losses.tolist() == MOONS["losses"][:2]
