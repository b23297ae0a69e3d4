"""Sentences about the update rule, worked with the numbers of one step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from descent.losses.neuron import NEURON_WORDS
from descent.text.methods import optimizer
from descent.text.numbers import fixed, rate
from descent.text.runs import ending, joined
from descent.views.windows import scale_of
from scenes.claims import Prompt, claim
from scenes.facts.gradients import is_zero
from scenes.typesetting.markup import colored, escape, formula

SAME_LENGTH = 1e-6  # relative
PLACE = Prompt("Parameters at step $t$: the place where we are")


def place_caption(trajectory: Any) -> str:
    """Return where the run starts, as plain text."""
    pairs = zip(trajectory.names, trajectory.iterates[0], strict=True)
    return f"We start at {joined([f'{name} = {fixed(value)}' for name, value in pairs])}."


def is_in_view(run: Any, wide: Any) -> bool:
    """Return whether the first gradient fits a view, drawn at its true length."""
    start, gradient = run.trajectory.iterates[0], run.trajectory.gradients[0]
    return bool(wide.contains(start + gradient) and wide.contains(start - gradient))


@claim(
    lambda run, wide: not is_zero(run, 0) and is_in_view(run, wide) and scale_of(wide.window) == 1
)
def uphill(run: Any, wide: Any) -> str:
    """Return how long the first gradient is, drawn at true scale at right angles to a contour."""
    return f"The gradient at its true length: {_length(run)}, straight uphill"


@claim(
    lambda run, wide: not is_zero(run, 0) and is_in_view(run, wide) and scale_of(wide.window) != 1
)
def slanting_uphill(run: Any, wide: Any) -> str:
    """Return how long the first gradient is, drawn on axes of two scales: aslant to a contour."""
    return f"The gradient at its true length: {_length(run)}, uphill"


@claim(lambda run, wide: not is_zero(run, 0) and not is_in_view(run, wide))
def far_uphill(run: Any, wide: Any) -> str:
    """Return where a gradient points that is too long to be drawn."""
    return "The gradient points uphill, far out of the picture"


@claim(lambda run: is_zero(run, 0))
def flat(run: Any) -> str:
    """Return that there is no gradient."""
    return "The gradient is zero here: the ground is level"


@claim(lambda run: is_zero(run, 0) and run.trajectory.steps and not _share_moved(run) > SAME_LENGTH)
def stays(run: Any) -> str:
    """Return what the update rule makes of no gradient."""
    return "Any learning rate times zero is zero: the parameters stay"


@claim(lambda run: not is_zero(run, 0))
def downhill(run: Any) -> str:
    """Return what the minus does."""
    return "Minus turns it round: downhill"


@claim(lambda run: _is_scaled(run) and _rate(run) < 1)
def shortened(run: Any) -> str:
    """Return what a learning rate below 1 does."""
    return f"The learning rate shortens it: {_eta(run)} of its length"


@claim(lambda run: _is_scaled(run) and _rate(run) >= 1)
def stretched(run: Any) -> str:
    """Return what a learning rate of 1 or more does."""
    return f"The learning rate scales it: {_eta(run)} times as long"


@claim(lambda run: run.trajectory.steps == 0)
def ended(run: Any) -> str:
    """Return that the next place is not finite."""
    return ending(run.trajectory)


@claim(lambda run: run.trajectory.steps > 0 and run.trajectory.follows_update_rule[0])
def summed(run: Any) -> str:
    """Return what the sum is."""
    return "Added up: the parameters of the next step"


@claim(lambda run: run.trajectory.steps > 0 and not run.trajectory.follows_update_rule[0])
def own_rule(run: Any) -> str:
    """Return that an optimizer has another update rule."""
    name = escape(run.trajectory.optimizer)
    return f"{name} makes a step of its own of it: this one"


def own_rule_caption(run: Any) -> str:
    """Return how an optimizer steps, as plain text."""
    return f"The step was taken by optimizer.step(), {optimizer(run.trajectory)}."


def others_question(runs: Mapping[str, Any]) -> Prompt:
    """Return the question how far other learning rates lead."""
    rates = [colored(name, formula(rate(run.learning_rate))) for name, run in runs.items()]
    if len(rates) == 1:
        return Prompt(f"And with learning rate {rates[0]}: how long is the step?")
    return Prompt(f"And with learning rate {rates[0]}? With {rates[1]}?")


def _is_one_gradient(run: Any, runs: Mapping[str, Any]) -> bool:
    """Return whether other runs make their first step from the same gradient."""
    one = run.trajectory
    every = [other.trajectory for other in runs.values()]
    return bool(every) and all(
        other.steps
        and other.follows_update_rule[0]
        and np.array_equal(other.gradients[0], one.gradients[0])
        and other.learning_rates[0] != one.learning_rates[0]
        for other in every
    )


@claim(lambda run, runs: _is_one_gradient(run, runs) and not is_zero(run, 0))
def only_length(run: Any, runs: Mapping[str, Any]) -> str:
    """Return what differs between steps from one gradient."""
    return "One direction: the learning rate sets only the length"


def code_lines(run: Any) -> list[str]:
    """Return what was recorded, as PyTorch: the loss, its gradient, and the step."""
    trajectory = run.trajectory
    is_neuron = run.description.startswith(NEURON_WORDS)
    loss = "((W1*x + b1 - y)**2).mean()" if is_neuron else "loss_function(params)"
    names = trajectory.names if is_neuron else ("params",)
    steps = [f"{name} -= lr * {name}.grad" for name in names]
    if trajectory.steps and not trajectory.follows_update_rule[0]:
        steps = ["optimizer.step()"]
    return [f"loss = {loss}", "loss.backward()", *steps]


def _rate(run: Any) -> float:
    return float(run.learning_rate)


def _length(run: Any) -> str:
    size = fixed(float(np.hypot.reduce(np.abs(run.trajectory.gradients[0]))))
    return colored("gradient", f"{formula(size)} long")


def _eta(run: Any) -> str:
    return colored("learning_rate", formula(rate(_rate(run))))


def _share_moved(run: Any) -> float:
    """Return the length of the first step, as a share of the start's."""
    first, second = run.trajectory.iterates[:2]
    return math.dist(first, second) / max(float(np.hypot.reduce(np.abs(first))), 1e-300)


def _is_scaled(run: Any) -> bool:
    """Return whether the first step is the learning rate times the gradient."""
    trajectory = run.trajectory
    return bool(trajectory.steps and trajectory.follows_update_rule[0] and not is_zero(run, 0))
