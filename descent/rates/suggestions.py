"""Three learning rates for one loss: very small, just right, very large, each tried out first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from descent.checks.arguments import check_steps
from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue
from descent.checks.function import check_is_function
from descent.checks.loss import CHOOSE_ANOTHER
from descent.checks.numbers import check_start, listed
from descent.models.minibatches import over_all_data
from descent.rates.rounding import rounded_down, rounded_up
from descent.rates.scale import scale_at
from descent.rates.trials import ARRIVES, ROUNDING, Trial, Trials, ranking

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from descent.arrays import Loss

# As multiples of the critical rate 2 / sharpness.
VERY_SMALL = 0.01
CONTRAST = 40.0  # by which just right is above very small, at least
VERY_LARGE = (1.15, 1.25, 1.35, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0, 16.0, 64.0, 256.0, 1024.0)
CANDIDATES = tuple(2.0 ** (power / 2) for power in range(-28, 7))
FURTHER = tuple(4.0**power for power in range(2, 50))
MOST_FURTHER, FAR = 4.0**15, 16.0  # at least so far, and until a step is so many units long
HIGHER = tuple(2.0 ** (power / 2) for power in range(21))  # where no rate throws a run out
# As multiples of just right, where no rate ends a run higher than it began either.
WILD, CALM = (2.0, 3.0, 8.0, 32.0), (4.0, 3.0, 2.0, 1.5)
TO_AND_FRO = ("oscillating", "bounded")
ELSEWHERE = "At a learning rate of {:.2g} the loss falls without bound."
ENDS_HIGHER = ", but at the very large one the loss ends higher than it began"
FALLS_ON = ": the larger it is, the lower the loss, as on a loss without a minimum"
STEEPER = 1e4  # times as steep and as curved further down: the start is flat


@dataclass(frozen=True)
class SuggestedRates:
    """Learning rates of one loss that show three behaviors; `suggest_learning_rates` says how.

    Attributes:
        very_small: A rate at which a run crawls.
        just_right: A rate at which it arrives within 100 steps, unless `just_right_converges` is
            False.
        very_large: A rate at which it is thrown out, unless `very_large_diverges` is False.
        just_right_converges: Whether any rate was found at which a run arrives.
        very_large_diverges: Whether any rate was found at which a run is thrown out.
        note: What was found instead, in a sentence or two, and where the loss falls without bound
            at another rate; "" where both are True and nothing else was found.

    Example:
        >>> import descent
        >>> rates = descent.suggest_learning_rates(descent.LOSSES["bowl"], [2, 1])
        >>> descent.record(descent.LOSSES["bowl"], [2, 1], learning_rate=rates.very_large,
        ...                steps=6).behavior
        'diverging'
    """

    very_small: float
    just_right: float
    very_large: float
    just_right_converges: bool = True
    very_large_diverges: bool = True
    note: str = ""

    def __repr__(self) -> str:
        """Return the three rates, and the note if there is one."""
        names = ["very_small", "just_right", "very_large", *(["note"] if self.note else [])]
        return f"SuggestedRates({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"


@with_autograd
def suggest_learning_rates(loss: Loss, start: ArrayLike | Tensor, steps: int = 6) -> SuggestedRates:
    """Return rates at which descent from `start` crawls, arrives, and is thrown out.

    Each has two significant figures, and was tried by recording: `steps` steps, as a film shows
    them, and 100. The words are those of `Trajectory.behavior`.

    - just right: the run over 100 steps is ``converging``, and the steps shown never climb above
      the start. For a quadratic with smallest and largest curvature 0 < μ ≤ L it is 2/(μ + L), the
      best rate for the worst start and many steps, if its steps can be seen: three of them make
      a hundredth of the fall each, or more. For other losses it is the rate, from 1/16,384 to
      8 times the critical rate 2/L at the start, in factors of √2, whose shown steps end lowest;
      or one that falls at least 0.8 times as far, by steps that can be seen and turn round less.
    - very large: the smallest multiple, from 1.15·2/L, whose run is ``diverging`` or has
      ``left the domain``, as shown and over 100 steps.
    - very small: 0.01·2/L, or 1/40 of just right if that is less, halved until the steps shown are
      ``slow``.

    Where the largest rate tried is still the best, as close to the edge of a loss's domain, larger
    ones are tried until one climbs. A loss without curvature at the start, or with one that fades
    at once, as that of a kink, is given the rate that moves it by one unit in place of 2/L; L is
    the largest curvature in size.

    Not every loss has such rates. Where no rate arrives, as on one that falls without bound,
    `just_right_converges` is False and just right is the lowest of the runs up to 2/L. Where none
    throws the run out, as in logistic regression and most classifiers, `very_large_diverges` is
    False and very large is the smallest rate, in factors of √2, whose run ends higher than it
    began, as shown and over 100 steps. Where there is none, it is a multiple of just right whose
    run goes to and fro and ends above that of just right, else one of up to 4 whose steps can be
    seen. `note` says so.

    Refused is a start from which no rate leads anywhere: where the gradient is zero or rounding
    noise, as at a minimum, or no rate makes the loss fall; or on a plateau, where the gradient and
    the curvature are less than 1/10,000 of what they are further down. A loss plus a constant has
    the same rates, and c times the loss has those divided by c, as far as two figures allow.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor; of all data, where there are batches.
        start: Where the descents start, shape (n,).
        steps: How many steps are shown.

    Returns:
        Three increasing, positive, finite rates.

    Raises:
        InvalidType: If an argument is of the wrong kind.
        InvalidValue: If the loss cannot be descended from `start` or is flat there, its value
            depends on more than its parameters, or `steps` is out of range.

    Example:
        >>> import descent
        >>> rates = descent.suggest_learning_rates(descent.LOSSES["bowl"], [2, 1])
        >>> rates.very_small, rates.just_right, rates.very_large
        (0.0033, 0.25, 0.39)
        >>> descent.suggest_learning_rates(lambda p: -(p**2).sum(), [1]).note
        'The loss falls without bound: no learning rate arrives, and none throws the run out.'

    References:
        Polyak (1987), Introduction to Optimization, section 1.4.
    """
    loss = over_all_data(loss)
    point = check_start(start, getattr(loss, "names", None))
    check_is_function(loss, point)
    trials = Trials(loss, point, check_steps(steps, len(point)))
    scale = scale_at(loss, point)
    if scale.gradient <= scale.noise:
        _refuse_flat(point, scale.gradient, "flat here")
    critical, multiples = scale.critical, VERY_LARGE
    just_right = _just_right(trials, scale.best)
    candidates: list[Trial] = []
    if just_right is None:
        candidates, multiples = _candidates(trials, critical)
        _check_slope(trials, candidates, critical)
        just_right = trials.best_arrival(candidates) or _lowest(candidates, critical)
    larger = (rounded_up(critical * share) for share in multiples)
    thrown_out = trials.first_thrown_out(rate for rate in larger if rate > just_right)
    higher = (critical * share for share in sorted({*HIGHER, *multiples}))
    very_large = thrown_out or _larger(
        trials, (one for one in higher if one > just_right), just_right
    )
    converges = trials.long(just_right).behavior == ARRIVES
    diverges = trials.is_thrown_out(very_large)
    return SuggestedRates(
        very_small=trials.slow(min(VERY_SMALL * critical, just_right / CONTRAST)),
        just_right=just_right,
        very_large=very_large,
        just_right_converges=converges,
        very_large_diverges=diverges,
        note=_note(trials, (just_right, very_large), candidates, converges, diverges),
    )


def _check_slope(trials: Trials, candidates: list[Trial], critical: float) -> None:
    """Refuse a start from which the loss falls by rounding alone, and one on a plateau."""
    gentlest = candidates[0]
    rounding = ROUNDING * abs(float(gentlest.losses[0]))
    if not any(one.fall > rounding for one in candidates):
        why = "along which no rate tried makes the loss fall"
        _refuse_flat(trials.start, gentlest.first_gradient, why)
    steepest, bend = (max(getattr(one, of) for one in candidates) for of in ("steepest", "bend"))
    is_steeper = steepest > STEEPER * gentlest.first_gradient
    is_plateau = is_steeper and bend > STEEPER * max(2 / critical, gentlest.bend)
    if is_plateau and not trials.is_unbounded(candidates):
        why = f"flat beside {steepest:.2g} further down"
        _refuse_flat(trials.start, gentlest.first_gradient, why)


def _refuse_flat(point: NDArray[np.float64], gradient: float, why: str) -> NoReturn:
    """Refuse a start from which no rate leads anywhere."""
    got = f"a gradient of length {gradient:.2g}, {why}"
    constraint = f"have a slope at the start {listed(point)}"
    raise InvalidValue("loss", constraint, gradient, got=got, repair=CHOOSE_ANOTHER)


def _just_right(trials: Trials, best: float | None) -> float | None:
    """Return the best rate of a quadratic with two figures, if its run arrives step by step."""
    if best is None:
        return None
    rate = rounded_down(best)
    return rate if trials.shown(rate).is_shown_well and trials.arrives(rate) else None


def _candidates(trials: Trials, critical: float) -> tuple[list[Trial], tuple[float, ...]]:
    """Return trials of rates that may be just right, and multiples of `critical` beyond them."""
    found = [trials.shown(critical * share) for share in CANDIDATES]
    multiples = VERY_LARGE
    if not found[-1].climbs and ranking(found)[0] is found[-1]:
        most = max(MOST_FURTHER, FAR / found[0].first_gradient / critical)
        further = [share for share in FURTHER if share <= most]
        multiples = tuple(sorted({*VERY_LARGE, *further}))
        for share in further:
            found.append(trials.shown(critical * share))
            if found[-1].climbs:
                break
    return found, multiples


def _lowest(candidates: list[Trial], critical: float) -> float:
    """Return the rate, of two figures, with the greatest fall of those up to `critical`."""
    return rounded_down(ranking(one for one in candidates if one.rate <= critical)[0].rate)


def _larger(trials: Trials, rates: Iterable[float], just_right: float) -> float:
    """Return a rate above `just_right` that is too large, or else one that shows its steps.

    Args:
        trials: Of the loss.
        rates: Above `just_right`, increasing, of which one may end the run higher than it began.
        just_right: The rate just right.
    """
    higher = trials.first_that_ends_higher(rates)
    if higher is not None:
        return higher
    wild = (rounded_up(share * just_right) for share in WILD)
    to_and_fro = (
        rate
        for rate in wild
        if trials.long(rate).behavior in TO_AND_FRO
        and trials.shown(rate).fall < trials.shown(just_right).fall
    )
    calm = [rounded_up(share * just_right) for share in CALM]
    seen = (rate for rate in calm if trials.shown(rate).is_seen)
    return next(to_and_fro, next(seen, calm[-1]))


def _note(
    trials: Trials,
    rates: tuple[float, float],
    candidates: list[Trial],
    converges: bool,
    diverges: bool,
) -> str:
    """Return what was found besides the `rates` that are just right and very large."""
    run = trials.long(rates[0])
    if not converges and run.behavior == "unbounded":
        thrown = "" if diverges else ", and none throws the run out"
        return f"The loss falls without bound: no learning rate arrives{thrown}."
    notes = [ELSEWHERE.format(found[0])] if (found := trials.rates_of_falls_without_bound()) else []
    if not converges:
        does = "goes to and fro" if run.behavior in TO_AND_FRO else "is still on its way"
        does = "is thrown out" if run.is_thrown_out else does
        steps = len(run.losses) - 1
        notes.append(f"No learning rate tried arrives: after {steps} steps the run {does}.")
    if not diverges:
        falls_on = candidates and not candidates[-1].climbs and candidates[-1].fall > run.fall
        why = FALLS_ON if falls_on and run.last_gradient > 0 else ""
        why = ENDS_HIGHER if trials.ends_higher(rates[1]) else why
        notes.append(f"No learning rate tried throws the run out{why}.")
    return " ".join(notes)
