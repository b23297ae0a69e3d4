"""Sentences about the gradient at a place, and at the place of a step."""

from __future__ import annotations

from typing import Any

import numpy as np

from descent.text.numbers import fixed
from scenes.claims import Claim, Prompt, claim, first_true
from scenes.facts.gradients import is_zero
from scenes.typesetting.markup import colored

SAME = 1e-9  # relative, of two gradients
EVERYWHERE = Prompt("Is the gradient the same at every other place?")
SMALL_T = Prompt("The small $t$ in $theta^t$ counts the steps; it is not a power")


def _distances(gradients: np.ndarray) -> np.ndarray:
    """Return how far gradients are apart, as shares of the longest, shape (pairs,)."""
    finite = gradients[np.isfinite(gradients).all(axis=1)]
    one, other = np.triu_indices(len(finite), 1)
    longest = np.linalg.norm(finite, axis=1).max(initial=0.0)
    return np.linalg.norm(finite[one] - finite[other], axis=1) / (longest or 1.0)


@claim(lambda field: len(field.places) > 1 and (_distances(field.gradients) > SAME).all())
def own_gradient(field: Any) -> str:
    """Say that every place has another gradient."""
    return f"No: at every place a {_gradient('gradient')} of its own"


@claim(lambda field: (_distances(field.gradients) > SAME).any())
def other_gradients(field: Any) -> str:
    """Say that the gradient depends on the place."""
    return f"No: the {_gradient('gradient')} changes from place to place"


@claim(lambda field: not (_distances(field.gradients) > SAME).any())
def one_gradient(field: Any) -> str:
    """Say that the gradient does not depend on the place."""
    return f"Yes: here the {_gradient('gradient')} is the same at all these places"


def field_said(field: Any) -> Claim:
    """Return what a field shows."""
    return first_true(own_gradient(field), other_gradients(field), one_gradient(field))


def calculated(count: int) -> str:
    """Return, as plain text, where the gradients of a field come from."""
    return f"Autograd calculated each of these {count}, at its own place."


def _facing(run: Any, t: int) -> float:
    """Return the cosine of the angle between the gradients of two steps, from t - 1 to t."""
    before, now = run.trajectory.gradients[t - 1 : t + 1]
    sizes = np.linalg.norm(before) * np.linalg.norm(now)
    return float(before @ now / sizes) if 0 < sizes < np.inf else float("nan")


def _growth(run: Any, t: int) -> float:
    before, now = np.linalg.norm(run.trajectory.gradients[t - 1 : t + 1], axis=1)
    return float(now / before) if before > 0 else float("nan")


@claim(is_zero)
def is_level(run: Any, t: int) -> str:
    """Say that the gradient of a step is zero."""
    return f"At $t = {t}$ the {_gradient('gradient')} is zero: the ground is level"


@claim(lambda run, t: not is_zero(run, t) and _facing(run, t) < 0)
def other_side(run: Any, t: int) -> str:
    """Say that the gradient points back."""
    return f"At $t = {t}$ the {_gradient('gradient')} points back: uphill is the other way"


@claim(lambda run, t: not is_zero(run, t) and _growth(run, t) < 1)
def flatter(run: Any, t: int) -> str:
    """Say that the gradient has become smaller."""
    return f"At $t = {t}$ the {_gradient('gradient')} is smaller: the ground is flatter"


@claim(lambda run, t: not is_zero(run, t) and _growth(run, t) > 1)
def steeper(run: Any, t: int) -> str:
    """Say that the gradient has become larger."""
    return f"At $t = {t}$ the {_gradient('gradient')} is larger: the ground is steeper"


@claim(
    lambda run, t: t > 1 and not is_zero(run, t) and max(_growth(run, t), _growth(run, t - 1)) < 1
)
def flatter_still(run: Any, t: int) -> str:
    """Say that the gradient has become smaller twice."""
    return f"At $t = {t}$ it is smaller still"


@claim(
    lambda run, t: t > 1 and not is_zero(run, t) and min(_growth(run, t), _growth(run, t - 1)) > 1
)
def steeper_still(run: Any, t: int) -> str:
    """Say that the gradient has become larger twice."""
    return f"At $t = {t}$ it is larger still"


@claim(lambda run, t: not is_zero(run, t))
def some_gradient(run: Any, t: int) -> str:
    """Say that there is a gradient at a step."""
    return f"At $t = {t}$ we stand here, and this is the {_gradient('gradient')} here"


@claim(lambda run, t: t > 0 and not is_zero(run, t) and _facing(run, t) < 1 - SAME)
def turned(run: Any, t: int) -> str:
    """Say that the gradient points another way than before."""
    return f"At $t = {t}$ it points another way"


def now(run: Any, t: int) -> Claim:
    """Return what the gradient of step `t` is like beside the one before.

    That it points back is said of every other step alone, and no sentence is said twice in a row.
    """
    sizes = [flatter(run, t), steeper(run, t)]
    still = [flatter_still(run, t), steeper_still(run, t)]
    other = [turned(run, t), some_gradient(run, t)]
    if t % 2:
        return first_true(is_level(run, t), other_side(run, t), *still, *sizes, *other[::-1])
    if other_side(run, t - 1) is not None:
        return first_true(is_level(run, t), *sizes, *other)
    return first_true(is_level(run, t), *still, *sizes, *other)


@claim(
    lambda run: run.trajectory.steps > 1 and (_distances(run.trajectory.gradients[1:]) > SAME).any()
)
def calculated_anew(run: Any) -> str:
    """Say that every step needs a gradient of its own."""
    return f"So the {_gradient('gradient')} is calculated anew at every step"


def partials(run: Any, t: int) -> str:
    """Return, as plain text, the numbers of the gradient of step `t`."""
    if is_zero(run, t):
        return f"Gradient at t = {t}: zero, up to rounding."
    values = " and ".join(fixed(value, signed=True) for value in run.trajectory.gradients[t])
    return f"Gradient at t = {t}: {values}."


def last(run: Any, t: int) -> Claim:
    """Return what the gradients up to step `t` have shown."""
    return first_true(is_level(run, t), calculated_anew(run), now(run, t))


def _gradient(text: str) -> str:
    return colored("gradient", text)
