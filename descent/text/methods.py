"""How a run was made, as plain text: its parameters, its optimizer and its learning rates."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.names import is_rate_of_group, without_group
from descent.text.numbers import counted, minus, rate, whole
from descent.text.runs import joined

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from descent.runs.trajectory import Trajectory

    Changes = Mapping[str, NDArray[np.float64]]

FAR_BELOW = 0.1  # of the critical rate
FEW_RATES, MOST_RATES = 2, 4  # that are listed beside others, and by themselves
OF = " of "  # between an option and its group or optimizer
IN_TUPLE = re.compile(r"\[\d+\]$")  # after the name of an option: one of its numbers
OPTION_NAMES = {"lr": "learning rate"}
MOST_NAMES, MOST_GROUPS = 3, 4
OF_LARGEST = "the largest group"


def parameters(names: Sequence[str], left_out: int = 0) -> str:
    """Return parameter names, or the first and last of many: "W1, b1"; "W1 … W9 (9 parameters)".

    Where some were left out, they are counted too: "W1, b1 (2 of 13 parameters)".
    """
    shown = ", ".join(names) if len(names) <= MOST_NAMES else f"{names[0]} … {names[-1]}"
    if left_out:
        every = counted(len(names) + left_out, "parameter")
        return f"{shown} ({whole(len(names))} of {every})"
    return shown if len(names) <= MOST_NAMES else f"{shown} ({counted(len(names), 'parameter')})"


def rates_at(rates: ArrayLike, figures: int = 3, most: int = FEW_RATES) -> str:
    """Return the rate of one step, or its parameters' rates: "0.02"; "0.3, 0.05"; "0.01 to 0.3".

    Args:
        rates: Of one step, one or one for each parameter.
        figures: Significant figures, at most.
        most: How many distinct rates are listed at most.
    """
    distinct = list(dict.fromkeys(np.atleast_1d(np.asarray(rates, np.float64)).tolist()))
    if len(distinct) > most:
        return f"{rate(min(distinct), figures)} to {rate(max(distinct), figures)}"
    return ", ".join(rate(value, figures) for value in distinct)


def first_and_last_rates(rates: NDArray[np.float64], figures: int = 3) -> tuple[str, str]:
    """Return the rates of the first step and of the last; up to four are listed if they stay."""
    most = MOST_RATES if (rates == rates[0]).all() else FEW_RATES
    return rates_at(rates[0], figures, most), rates_at(rates[-1], figures, most)


def eta(rates: NDArray[np.float64], figures: int = 3) -> str:
    """Return the rates of a run: "η = 0.02"; "η = 0.3, 0.05"; "η from 0.1 to 0.01".

    A schedule that goes beyond its ends, such as a warm-up, says how far: "η from 0.002 to 0.001,
    at most 0.05".

    Args:
        rates: Of every step, shape (steps,) or (steps, n).
        figures: Significant figures, at most.
    """
    first, last = first_and_last_rates(rates, figures)
    if (rates == rates[0]).all():
        return f"η = {first}"
    ends = f"η = {first} first and last" if first == last else f"η from {first} to {last}"
    least, most = rates_beyond_ends(rates, figures)
    if least and most:
        return f"{ends}, between {least} and {most}"
    return ends + f", at least {least}" * bool(least) + f", at most {most}" * bool(most)


def rates_beyond_ends(rates: NDArray[np.float64], figures: int = 3) -> tuple[str, str]:
    """Return the least and the largest rate of a schedule, each "" if its ends have it."""
    ends = rates[[0, -1]]
    least, most = rate(rates.min(), figures), rate(rates.max(), figures)
    least = "" if least == rate(ends.min(), figures) else least
    return least, "" if most == rate(ends.max(), figures) else most


def learning_rates(rates: NDArray[np.float64], figures: int = 3) -> str:
    """Return the rates of a run in words: "learning rate η = 0.02"; arguments as for `eta`."""
    is_one = len(np.unique(rates)) == 1
    return f"learning rate{'s' * (not is_one)} {eta(rates, figures)}"


def optimizer(run: Trajectory) -> str:
    """Return the optimizer with its options: "SGD with momentum 0.9, nesterov".

    Those of parameter groups are named with these: "SGD with momentum 0.9 (group 0) and 0.5
    (group 1)". Those that changed on the way are named so: "SGD with momentum between 0.85 and
    0.95"; "AdamW with betas (0.85 to 0.95, 0.999)".
    """
    changed = run.scheduled_options
    given = {name: _option(value) for name, value in run.options.items() if value}
    for name, values in changed.items():
        whole_name = IN_TUPLE.sub("", name)
        of_many: Any = run.options.get(whole_name)
        if type(of_many) in (tuple, list) and whole_name != name:
            given[whole_name] = _of_tuple(whole_name, of_many, changed)
            continue
        given.pop(without_group(name), None)
        given[name] = _between(values)
    by_option = dict[str, list[tuple[str, str]]]()
    for name, value in given.items():
        option, _, owner = name.partition(OF)
        by_option.setdefault(option, []).append((owner, value))
    options = [_option_of_groups(name, values) for name, values in by_option.items()]
    return f"{run.optimizer} with {', '.join(options)}" if options else run.optimizer


def _of_tuple(name: str, given: Sequence[object], changed: Changes) -> str:
    """Return an option of several numbers, of which some changed: "(0.85 to 0.95, 0.999)"."""
    told = [_option(one) for one in given]
    for place in range(len(told)):
        values = changed.get(f"{name}[{place}]")
        told[place] = told[place] if values is None else " to ".join(_ends(values))
    return f"({', '.join(told)})"


def _option_of_groups(name: str, values: Sequence[tuple[str, str]]) -> str:
    """Return an option with its values, each with the group or the optimizer that has it."""
    name = OPTION_NAMES.get(name, name.replace("_", " "))
    if len(values) > MOST_GROUPS:
        return f"{name} of {len(values)} groups"
    told = [f"{value} ({owner})".lstrip() if owner else value for owner, value in values]
    return f"{name} {joined(told)}".rstrip()


def _between(values: NDArray[np.float64]) -> str:
    """Return the least and the largest value of an option that changed."""
    ends = _ends(values)
    return f"between {' and '.join(ends)}" if len(ends) > 1 else ends[0]


def _ends(values: NDArray[np.float64]) -> list[str]:
    """Return the least and the largest of some values, once if they are written alike."""
    return list(dict.fromkeys([rate(values.min()), rate(values.max())]))


def _option(value: object) -> str:
    """Return an option's value as Python writes it, but for True and powers of ten."""
    if value is True:
        return ""
    return re.sub(r"(?<=\d)e([+-]\d+)", lambda e: minus(f"·10^{int(e[1])}"), str(value))


def method(run: Trajectory) -> str:
    """Return the optimizer, and ", mini-batches" if there are any."""
    return optimizer(run) + ", mini-batches" * bool(run.batch_losses.size)


def label(run: Trajectory) -> str:
    """Return the optimizer and its rates: "SGD, η = 0.1"."""
    return f"{method(run)}, {_eta_of(run)}"


def _eta_of(run: Trajectory) -> str:
    """Return the rates of a run; where it holds those of its largest group, that it does."""
    if run.steps == 0:
        return "no steps"
    is_of_one = any(map(is_rate_of_group, run.scheduled_options))
    return eta(run.learning_rates, 4) + f" ({OF_LARGEST})" * is_of_one


def labels(runs: Sequence[Trajectory]) -> list[str]:
    """Return a distinct label per run: its rates or its method alone if these suffice."""
    rates = [_eta_of(run) for run in runs]
    methods = [method(run) for run in runs]
    if len(set(methods)) == 1 and len(set(rates)) == len(runs):
        return rates
    if len(set(rates)) == 1 and len(set(methods)) == len(runs):
        return methods
    full = [label(run) for run in runs]
    if len(set(full)) == len(full):
        return full
    return [f"{number}: {text}" for number, text in enumerate(full, start=1)]


def against_boundary(learning_rate: float, critical: float | None) -> str:
    """Return how a rate compares with 2/λ: "far below the boundary"; "" without a boundary."""
    if critical is None or not (math.isfinite(critical) and critical > 0):
        return ""
    if rate(learning_rate) == rate(critical):
        return "at the boundary"
    if learning_rate > critical:
        return "beyond the boundary"
    return f"{'far ' * (learning_rate < FAR_BELOW * critical)}below the boundary"
