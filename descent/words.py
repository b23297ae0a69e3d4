"""What may truthfully be said of a run in a few words, for plots, cards and tables alike."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory
    from descent.sweeps.sweep import Sweep

_DIGITS, _POWERS = "-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
_RAISED, _LOWERED = str.maketrans(_DIGITS, _POWERS), str.maketrans(_POWERS, _DIGITS)
RAISED = re.compile(f"[{_POWERS}]+")
PLAIN = (1e-4, 1e5)  # sizes between these are written without a power of ten
ROUNDING = 1e-12  # of a share
SINGLE = re.compile(r"([A-Za-zα-ωΑ-Ω])(\d{1,3})")


def short(value: float, digits: int = 4) -> str:
    """Return a number as people write it, to so many significant digits: "0.072", "1.3·10⁻⁷"."""
    value = float(value)
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else ("−∞" if value < 0 else "∞")
    # Rounded first: just below a power of ten, that makes the number a digit longer.
    rounded = round(value) if abs(value) >= 10**digits else float(f"{value:.{digits - 1}e}")
    if rounded == 0 or PLAIN[0] <= abs(rounded) < PLAIN[1]:
        places = max(digits, math.floor(math.log10(abs(rounded) or 1)) + 1)
        return f"{rounded:.{places}g}".replace("-", "−")
    return as_power(value, digits)


def as_power(value: float, digits: int = 4) -> str:
    """Return a number with a power of ten, whatever its size: "10⁰", "1.3·10⁻⁷"."""
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    power = f"10{str(int(exponent)).translate(_RAISED)}"
    signs = {"1": "", "-1": "−"}
    return signs[mantissa] + power if mantissa in signs else f"{mantissa}·{power}".replace("-", "−")


def whole(count: int) -> str:
    """Return a whole number, in groups of three if it is long: "100 000"."""
    return f"{count:,}".replace(",", " ") if count >= 10_000 else str(count)


def steps_of(count: int) -> str:
    """Return a number of steps in words: "1 step", "50 steps"."""
    return f"{whole(count)} step{'s' * (count != 1)}"


def percent(share: float) -> str:
    """Return a share as per cent, rounded down, so that only all is 100 %: "97 %", "99.98 %".

    It is all, too, if no more is missing than rounding takes away.
    """
    if share >= 1 - ROUNDING:
        return "100 %"
    # As many digits as show that something is missing.
    places = max(0, math.ceil(-math.log10(1 - share) - 1e-9) - 2) if share > 0 else 0
    scale = 10.0**places
    return f"{math.floor(100 * max(share, 0.0) * scale) / scale:.{places}f} %"


def mathematical(name: str) -> str:
    """Return a parameter's name for matplotlib: W1 with its number lowered, others as they are."""
    found = SINGLE.fullmatch(name)
    return f"${found[1]}_{{{found[2]}}}$" if found else typeset(name)


def typeset(text: str, names: Iterable[str] = ()) -> str:
    """Return a text for matplotlib that shows it as it is, its powers set as mathematics.

    Args:
        text: Anything.
        names: Parameters that are set as mathematics, too, where they stand alone.
    """
    plain = text.replace("$", r"\$")
    for name in filter(SINGLE.fullmatch, names):
        plain = re.sub(rf"(?<!\w){name}(?!\d)", lambda _, n=name: mathematical(n), plain)
    return RAISED.sub(lambda power: f"$^{{{power[0].translate(_LOWERED)}}}$", plain)


def names_in_words(names: Sequence[str], at_most: int = 3) -> str:
    """Return names in a row, or the first and the last of many: "W1, b1"; "W1 … W9 (9)"."""
    if len(names) <= at_most:
        return ", ".join(names)
    return f"{names[0]} … {names[-1]} ({len(names)} parameters)"


def rates_in_words(rates: NDArray[np.float64]) -> str:
    """Return the rates of a run, shape (steps,) or (steps, n): "0.1"; "0.1, then 0.01".

    A schedule is said by its first and last rate, parameters' own rates one after the other.
    """
    if rates.size == 0:
        return "none"
    lines = rates.reshape(len(rates), -1)
    if (lines == lines[0]).all():
        own = list(dict.fromkeys(short(rate) for rate in lines[0]))
        return " and ".join(own) if len(own) <= 2 else _span(lines)
    if (lines == lines[:, :1]).all() and lines[0, 0] != lines[-1, 0]:
        return f"{short(lines[0, 0])} → {short(lines[-1, 0])}"
    return _span(lines)


def _span(rates: NDArray[np.float64]) -> str:
    return f"{short(rates.min())} to {short(rates.max())}"


def method_in_words(run: Trajectory) -> str:
    """Return what took the steps, and how: "SGD, momentum 0.9"; "Adam, mini-batches"."""
    options = (f"{name} {_plainly(value)}" for name, value in run.options.items())
    return ", ".join([run.optimizer, *options, *["mini-batches"] * bool(run.batch_losses.size)])


def _plainly(value: Any) -> str:
    if isinstance(value, float):
        return short(value)
    if isinstance(value, list | tuple):
        items: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType]
        return f"({', '.join(map(_plainly, items))})"
    return str(value)


def run_label(run: Trajectory) -> str:
    """Return what took the steps, and how long they were: "SGD, η = 0.1"."""
    if run.steps == 0:
        return f"{method_in_words(run)}, no steps"
    return f"{method_in_words(run)}, η = {rates_in_words(run.learning_rates)}"


def run_labels(runs: Sequence[Trajectory]) -> list[str]:
    """Return a label a run that tells them apart: rates alone where these say it."""
    rates = [f"η = {rates_in_words(run.learning_rates)}" for run in runs]
    methods = [method_in_words(run) for run in runs]
    if len(set(methods)) == 1 and len(set(rates)) == len(runs):
        return rates
    if len(set(rates)) == 1 and len(set(methods)) == len(runs):
        return methods
    return _told_apart([run_label(run) for run in runs])


def _told_apart(labels: Iterable[str]) -> list[str]:
    labels = list(labels)
    if len(set(labels)) == len(labels):
        return labels
    return [f"{number}: {label}" for number, label in enumerate(labels, start=1)]


def outcome(run: Trajectory) -> str:
    """Return what became of a run: "converging: loss 5.2 → 0.07"; "diverged at step 24"."""
    if run.diverged:
        return f"diverged at step {whole(run.steps + 1)}"
    how = "ended higher" if run.behavior == "diverging" else run.behavior
    return f"{how}: loss {short(run.losses[0], 3)} → {short(run.losses[-1], 3)}"


def fate(run: Trajectory) -> str:
    """Return what became of a run as one sentence without a stop, its number of steps included."""
    first, last = short(run.losses[0]), short(run.losses[-1])
    if run.steps == 0 and not run.diverged:
        return f"No step was taken: the loss is {first}"
    if run.diverged:
        said = f"Diverged at step {whole(run.steps + 1)}: the {run.stopped_by or 'next row'}"
        verb = "are" if run.stopped_by == "parameters" else "is"
        return f"{said} {verb} not finite there"
    if run.losses[-1] == run.losses[0]:
        return f"After {steps_of(run.steps)} the loss is what it was, {first}"
    verb = "falls" if run.losses[-1] < run.losses[0] else "rises"
    return f"{run.behavior.capitalize()}: the loss {verb} from {first} to {last} in " + steps_of(
        run.steps
    )


def lowest(runs: Sequence[Trajectory], labels: Sequence[str]) -> str:
    """Return which of several runs ended lowest, as a sentence without a stop."""
    finite = [k for k, run in enumerate(runs) if not run.diverged]
    if not finite:
        return "All of them diverged"
    low = min(runs[k].losses[-1] for k in finite)
    best = [k for k in finite if runs[k].losses[-1] == low]
    if len(best) > 1:
        return f"{len(best)} of {len(runs)} end equally low, at {short(low)}"
    steps = steps_of(runs[best[0]].steps)
    return f"Lowest at the end: {labels[best[0]]}, {short(low)} after {steps}"


def end_lowest(sweep: Sweep) -> NDArray[np.bool_]:
    """Return which runs of a sweep end lowest among those that do not diverge, shape S."""
    is_low = sweep.final_losses == sweep.final_losses[sweep.best]
    return is_low & (sweep.behaviors != "diverging")


def equally_low(sweep: Sweep) -> str:
    """Return how many runs of a sweep share the lowest loss; an empty text if only one has it."""
    count = int(end_lowest(sweep).sum())
    low = short(sweep.final_losses[sweep.best])
    return f"{whole(count)} of {whole(sweep.final_losses.size)} end equally low, at {low}" * (
        count > 1
    )


def final_loss(sweep: Sweep) -> str:
    """Return what the final losses of a sweep are, without a stop: "loss after 50 steps"."""
    steps = steps_of(sweep.steps)
    is_whole = (sweep.steps_taken == sweep.steps).all()
    return f"loss after {steps}" if is_whole else f"last finite loss in {steps}"


def none_stays(sweep: Sweep) -> str:
    """Return what is true of a sweep whose runs all diverge, as a sentence without a stop."""
    if (sweep.final_losses > sweep.first_loss).all():
        return f"After {steps_of(sweep.steps)}, every one of them is higher than at the start"
    return "Every one of them diverges"
