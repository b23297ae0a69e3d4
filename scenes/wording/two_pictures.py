"""Sentences of gradient descent: along one parameter, then over two, line and map together."""

from __future__ import annotations

from typing import Any

import numpy as np

from descent.text.losses import is_same, reads_same
from descent.text.numbers import counted, fixed, rate
from descent.text.runs import descended
from scenes.claims import claim
from scenes.facts.heights import step_losses
from scenes.facts.neurons import is_of_neuron
from scenes.typesetting.markup import colored, numeral, rate_formula, symbol, with_powers

ARRIVED = 0.1  # of Θ_min: a loss that is no more above it is as good as there
NOTHING = 1e-9  # of the first loss: a lower Θ_min is rounding


def _eta(run: Any, figures: int) -> str:
    return colored("learning_rate", rate_formula(rate(run.learning_rate, figures)))


def _held(curve: Any, run: Any) -> list[int]:
    """Return which parameters of `run` the curve holds."""
    varied = curve.trajectory.names[0]
    return [axis for axis, name in enumerate(run.trajectory.names) if name != varied]


def _is_cut(curve: Any, run: Any, figures: int) -> bool:
    one, all_of = curve.trajectory, run.trajectory
    return (
        len(one.names) == 1 < len(all_of.names)
        and one.names[0] in all_of.names
        and is_same(float(one.losses[0]), float(all_of.losses[0]))
    )


@claim(_is_cut)
def one_parameter(curve: Any, run: Any, figures: int) -> str:
    """Say which parameter a cut of the loss of `run` varies and which it holds, and its rate."""
    held = [
        f"${symbol(run.trajectory.names[axis])}$ stays at "
        f"{numeral(float(run.trajectory.iterates[0, axis]))}"
        for axis in _held(curve, run)
    ]
    varied = f"${symbol(curve.trajectory.names[0])}$"
    return f"Only {varied} moves; {', '.join(held)}. Learning rate {_eta(curve, figures)}"


def held_caption(curve: Any, run: Any) -> str:
    """Return, as plain text, that what is drawn is a cut."""
    names = " and ".join(run.trajectory.names[axis] for axis in _held(curve, run))
    return f"The tangent's slope is the gradient. {names} is held for now."


@claim(lambda run, figures: len(run.trajectory.names) == 2)
def both_parameters(run: Any, figures: int) -> str:
    """Announce the descent in two parameters, and its rate."""
    return f"Now both parameters move; learning rate {_eta(run, figures)}"


@claim(lambda run, figures: len(run.trajectory.names) == 1)
def the_parameter(run: Any, figures: int) -> str:
    """Announce the descent in one parameter, and its rate."""
    return f"One parameter; learning rate {_eta(run, figures)}"


@claim(is_of_neuron)
def one_line_one_point(rows: Any, run: Any) -> str:
    """Say what the two pictures have to do with each other."""
    return "Move the point, and the line swings"


@claim(is_of_neuron)
def mean_area(rows: Any, run: Any) -> str:
    """Say what the bar is."""
    theta = colored("loss", f"$Theta =$ {numeral(float(run.trajectory.losses[0]))}")
    if len(rows.x) == 1:
        return f"The area of the square is the loss: {theta}"
    return f"The mean area of the squares is the loss: {theta}"


def _reads_same(trajectory: Any, t: int) -> bool:
    return reads_same(*step_losses(trajectory, t), fixed)


def _from_to(trajectory: Any, t: int) -> str:
    before, after = (numeral(loss) for loss in step_losses(trajectory, t))
    return f"from {before} to {after}"


@claim(
    lambda trajectory, t: (
        not _reads_same(trajectory, t) and trajectory.losses[t + 1] < trajectory.losses[t]
    )
)
def line_comes_nearer(trajectory: Any, t: int) -> str:
    """Say that step `t` brought the line nearer to the data."""
    return f"The line swings towards the data: $Theta$ falls {_from_to(trajectory, t)}"


@claim(
    lambda trajectory, t: (
        not _reads_same(trajectory, t) and trajectory.losses[t + 1] > trajectory.losses[t]
    )
)
def line_goes_too_far(trajectory: Any, t: int) -> str:
    """Say that step `t` moved the line too far."""
    return f"The line swings too far: $Theta$ rises {_from_to(trajectory, t)}"


@claim(_reads_same)
def line_stays(trajectory: Any, t: int) -> str:
    """Say that step `t` changed the loss by nothing that can be read."""
    return f"The line hardly moves: $Theta$ stays at {numeral(float(trajectory.losses[t]))}"


@claim(lambda trajectory, t: not _reads_same(trajectory, t))
def another_step(trajectory: Any, t: int) -> str:
    """Say what a further step did to the loss."""
    before, after = step_losses(trajectory, t)
    return f"Step {t + 1}: $Theta$ {'falls' if after < before else 'rises'} to {numeral(after)}"


@claim(lambda trajectory: trajectory.steps > 0)
def all_steps(trajectory: Any) -> str:
    """Say how the loss went in all the steps."""
    return with_powers(descended(trajectory))


def _is_floor(run: Any) -> bool:
    """Return whether the lowest loss there is is known, and is more than 0."""
    first = float(run.trajectory.losses[0])
    return bool(run.is_global and np.isfinite(run.minimum) and run.minimum > NOTHING * first)


def _is_near(run: Any) -> bool:
    last = float(run.trajectory.losses[-1])
    return last <= (1 + ARRIVED) * run.minimum


def _all_dots(rows: Any) -> str:
    dots = len(set(zip(rows.x.tolist(), rows.y.tolist(), strict=True)))
    return "both dots" if dots == 2 else f"all {counted(dots, 'dot')}"


def _is_upright(rows: Any) -> bool:
    """Return whether all dots are above one another: no neuron has an upright line."""
    return bool((rows.x == rows.x[0]).all())


@claim(
    lambda rows, run: (
        is_of_neuron(rows, run) and _is_floor(run) and _is_near(run) and not _is_upright(rows)
    )
)
def floor(rows: Any, run: Any) -> str:
    """Say why the loss does not come to 0."""
    lowest = colored("loss", numeral(float(run.minimum)))
    return f"No line goes through {_all_dots(rows)}: $Theta$ cannot fall below {lowest}"


@claim(
    lambda rows, run: (
        is_of_neuron(rows, run) and _is_floor(run) and not _is_near(run) and not _is_upright(rows)
    )
)
def floor_ahead(rows: Any, run: Any) -> str:
    """Say how low the loss can come where it is not yet there."""
    lowest = colored("loss", numeral(float(run.minimum)))
    return f"Not there yet: it can fall to {lowest}. No line goes through {_all_dots(rows)}"


@claim(lambda rows, run: is_of_neuron(rows, run) and _is_floor(run) and _is_upright(rows))
def floor_of_one_x(rows: Any, run: Any) -> str:
    """Say how low the loss can come where several dots have the same x."""
    lowest = colored("loss", numeral(float(run.minimum)))
    return f"At one $x$ a line has one height: {lowest} is the lowest $Theta$ there is"


def _is_exact(rows: Any, run: Any) -> bool:
    known = bool(run.is_global and np.isfinite(run.minimum))
    return is_of_neuron(rows, run) and known and not _is_floor(run)


@claim(lambda rows, run: _is_exact(rows, run) and len(rows.x) > 1)
def floor_is_zero(rows: Any, run: Any) -> str:
    """Say that a line goes through all dots."""
    return f"A line goes through {_all_dots(rows)}: here the lowest loss is 0"


@claim(lambda rows, run: _is_exact(rows, run) and len(rows.x) == 1)
def many_lines(rows: Any, run: Any) -> str:
    """Say that many lines go through a single dot."""
    return "Many lines go through one dot: for each of them the loss is 0"
