"""What a run does, in one word of eight, decided by its recorded numbers alone.

Every decision compares differences of losses with one another, gradients with gradients and
movements with movements. So a constant added to the loss, a loss scaled by c and descended at η/c,
and a loss moved elsewhere all give the same word, up to the rounding of the recorded numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.run_facts import RunFacts

# The order is that of the codes in files: a new word goes last.
Behavior = Literal[
    "slow",
    "converging",
    "oscillating",
    "diverging",
    "stationary",
    "bounded",
    "unbounded",
    "left the domain",
]
BEHAVIORS: tuple[Behavior, ...] = get_args(Behavior)
# Runs whose later steps would leave any picture of the earlier ones.
GOING_AWAY: frozenset[Behavior] = frozenset({"diverging", "unbounded"})
# Runs whose learning rate is too large.
THROWN_OUT: frozenset[Behavior] = frozenset({"diverging", "left the domain"})
# How a recording ended early, as far as it decides the word.
Ending = Literal["", "parameters", "inf", "-inf", "nan", "none", "gradient"]
ENDINGS: tuple[Ending, ...] = get_args(Ending)

SMALL = 0.1  # a gradient of this share of the largest has shrunk; of ten times the first, has grown
VANISHED = 1e-6  # a share of the largest gradient that is as good as none
CLEARLY, HARDLY = 0.75, 0.99  # shares to which gradients must shrink from one part to another
LEAST_TURNS = 2  # one step across a valley is no oscillation yet
KEEPS_PACE = 0.5  # of the logarithm of the growth before: a growth that keeps its pace


def codes(runs: RunFacts, endings: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the behavior of each run, as places in `BEHAVIORS`; see `Trajectory.behavior`.

    Args:
        runs: What was gathered of them.
        endings: How each run ended, as places in `ENDINGS`.
    """
    with np.errstate(all="ignore"):
        rules: list[tuple[Behavior, NDArray[np.bool_]]] = [
            *_ended(runs, endings),
            ("stationary", ~runs.moved),
            ("diverging", _is_diverging(runs)),
            ("unbounded", _is_unbounded(runs)),
            ("converging", (_has_arrived(runs) | _arrives_soon(runs)) & ~_is_endless(runs)),
            ("oscillating", _is_turning(runs)),
            ("slow", (_is_falling(runs) | _stands(runs)) & (runs.fallen > 0)),
        ]
    names = [BEHAVIORS.index(name) for name, _ in rules]
    other = BEHAVIORS.index("bounded")
    return np.select([holds for _, holds in rules], names, other).astype(np.int64)


def _ended(runs: RunFacts, endings: NDArray[np.int64]) -> list[tuple[Behavior, NDArray[np.bool_]]]:
    """Return which runs a value that is not finite, or none at all, tells the behavior of."""
    at = {name: endings == code for code, name in enumerate(ENDINGS)}
    has_risen = (runs.fallen < 0) | (runs.change > 0)
    falls_away = (runs.fallen > 0) & (runs.change < 0) & (runs.sizes[1] > runs.first_size)
    return [
        ("unbounded", at["-inf"] | (at["parameters"] & falls_away)),
        ("left the domain", at["none"] | (at["nan"] & ~has_risen)),
        ("diverging", endings > 0),
    ]


def _is_falling(runs: RunFacts) -> NDArray[np.bool_]:
    """Every step of the tail falls, or its second part is below all of its first."""
    return (runs.falls == runs.tail) | (runs.highest[1] < runs.lowest[0])


def _is_rising(runs: RunFacts) -> NDArray[np.bool_]:
    """Every loss of the tail is above that two rows before, or its second part above all."""
    return (runs.rises == runs.tail) | (runs.lowest[1] > runs.highest[0])


def _is_turning(runs: RunFacts) -> NDArray[np.bool_]:
    """Most steps of the tail lead to a gradient against the one before."""
    return (runs.turns >= LEAST_TURNS) & (2 * runs.turns > runs.tail)


def _stands(runs: RunFacts) -> NDArray[np.bool_]:
    """Neither the loss nor the gradient changes in the tail."""
    heights = np.concatenate([runs.highest, runs.lowest])
    sizes = np.concatenate([runs.most, runs.pairs])
    stands = (heights == 0).all(0) & (sizes == runs.sizes[1]).all(0) & (runs.turns == 0)
    return stands & (not runs.is_batched)


def _is_diverging(runs: RunFacts) -> NDArray[np.bool_]:
    """The tail rises above the start, at a pace that does not slow down."""
    if runs.is_batched:
        grows = -runs.drops[1] >= KEEPS_PACE * -runs.drops[0]
    else:
        before, now = np.diff(np.log(runs.pairs), axis=0)
        is_steady = (now > 0) & (now >= KEEPS_PACE * before)
        is_far = SMALL * runs.pairs[2] >= runs.first_size
        # Beyond a minimum that is flatter than a parabola, steps cannot grow for ever.
        is_steep = (runs.change > 0) & ~(runs.last_work < CLEARLY * runs.change)
        grows = (is_steady & (is_far | is_steep)) | (now >= -np.log(SMALL)) | _soars(runs)
    return (runs.fallen < 0) & _is_rising(runs) & grows


def _soars(runs: RunFacts) -> NDArray[np.bool_]:
    """The tail's rise is tenfold in its second part, and the last gradient a hundredfold."""
    is_large = SMALL**2 * runs.sizes[1] >= runs.first_size
    return is_large & (runs.drops[0] < 0) & (SMALL * runs.drops[1] <= runs.drops[0])


def _is_unbounded(runs: RunFacts) -> NDArray[np.bool_]:
    """The tail falls ever faster, along a curvature that is negative and does not weaken."""
    least, largest = runs.bends[:, 0], runs.bends[:, 1]
    bends = (largest[0] < 0) & (least[1] <= largest[0]) & (least[2] <= largest[1])
    grows = (SMALL * runs.sizes[1] >= runs.first_size) & (runs.drops[1] > runs.drops[0])
    is_known = runs.middle + 1 < runs.steps and not runs.is_batched  # by three bends
    return bends & grows & (runs.falls == runs.tail) & is_known


def _has_arrived(runs: RunFacts) -> NDArray[np.bool_]:
    """The last gradient is a tenth of the largest at most, and the tail's gradients shrink."""
    is_small = runs.sizes[1] <= SMALL * runs.largest
    shrinks = runs.pairs[2] <= HARDLY * runs.pairs[0]
    shrinks &= (runs.shrinks == runs.tail) | (runs.most[1] <= CLEARLY * runs.most[0])
    # A run that settles to rattle at a height shrinks less and less.
    pace = np.diff(np.log(runs.pairs), axis=0)
    shrinks &= ~_is_turning(runs) | (pace[1] <= KEEPS_PACE * pace[0])
    vanished = VANISHED * runs.largest
    is_gone = (runs.sizes[1] <= vanished**2 / runs.largest) | (runs.most <= vanished).all(0)
    is_gone |= _stands(runs)
    return (runs.fallen > 0) & is_small & (shrinks | is_gone) & (not runs.is_batched)


def _is_endless(runs: RunFacts) -> NDArray[np.bool_]:
    """The tail falls less and less, yet no faster so than 1 / t, whose sum has no bound.

    Of a fall by (t + t0)^-b in step t, b ≤ 1 where the reciprocals grow no faster than a line.
    """
    first, middle, last = -runs.paces
    slows_down = (first > middle) & (middle > last) & (last > 0)
    is_slow = 1 / last - 1 / middle <= 1 / middle - 1 / first
    return slows_down & is_slow & (runs.falls == runs.tail) & (not runs.is_batched)


def _arrives_soon(runs: RunFacts) -> NDArray[np.bool_]:
    """The fall still to come is at most what has fallen."""
    ratio = runs.drops[1] / runs.drops[0]
    shrinks = (runs.drops > 0).all(0) & (ratio < 1)
    # Of a fall that does not slow down yet, by the last slope and curvature: ½ g² / c.
    bend = runs.bends[2, 0]
    ahead = np.where(bend > 0, runs.sizes[1] ** 2 / (2 * bend), np.inf)
    to_come = np.where(shrinks, runs.drops[1] * ratio / (1 - ratio), ahead)
    is_soon = (to_come <= runs.fallen) & (runs.fallen > 0)
    return is_soon & _is_falling(runs) & ~_is_turning(runs)
