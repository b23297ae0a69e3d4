"""Oracles of what is said of three rates from one start, of the opening and of the recap."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tests.truth.of_rates import NEAR, risen_of, table_of
from tests.truth.of_runs import ENDINGS, has_ended, is_same
from tests.truth.oracle import oracle
from tests.truth.plain import parse, shows_rate
from tests.truth.witness import RATES, Witness

CALLED = {
    "very small": "very_small",
    "small": "very_small",
    "just right": "just_right",
    "middle": "just_right",
    "very large": "very_large",
    "large": "very_large",
}


@oracle("race.one_start", "One loss, one start: only the learning rate {how:differs|agrees}")
def one_start(it: Witness, how: str) -> Any:
    runs = [it.facts.run(name) for name in RATES]
    same = all(np.array_equal(run.places[0], runs[0].places[0]) for run in runs)
    return same and len({run.rate for run in runs}) == 3 and how == "differs"


def _last(it: Witness) -> dict[str, float]:
    """Return the last loss of each run, infinite if it left the finite numbers."""
    found, steps = {}, it.facts.settings.descent.steps
    for name in RATES:
        run = it.facts.run(name)
        is_over = run.steps < steps
        found[name] = float("inf") if is_over else float(run.losses[-1])
    return found


def _keys(names: str) -> list[str]:
    return [CALLED[one.lower()] for one in re.split(r", | and ", names)]


NAMES = "(?:[Vv]ery |[Jj]ust )?(?:[Ss]mall|[Ll]arge|right|[Mm]iddle)"
LIST = rf"{NAMES}(?:, {NAMES})*(?: and {NAMES})?"


@oracle(
    "race.one_is_best",
    f"Lowest: {{best:{NAMES}}}. {{risen:{LIST}}} ended higher than {{who:it|they}} began",
)
def one_is_best(it: Witness, best: str, risen: str, who: str) -> Any:
    last, start = _last(it), it.facts.run("just_right").losses[0]
    is_lowest = [name for name in RATES if last[name] == min(last.values())] == _keys(best)
    above = [
        name for name in RATES if start < last[name] < np.inf and not is_same(start, last[name])
    ]
    return is_lowest and above == _keys(risen) and (who == "it") == (len(above) == 1)


@oracle(
    "race.one_is_lowest",
    f"Lowest: {{best:{NAMES}}}",
    f"Lowest: {{best:{NAMES}}}. {{gone:{LIST}}} left the finite numbers",
)
def one_is_lowest(it: Witness, best: str, gone: str = "") -> Any:
    last = _last(it)
    is_lowest = [name for name in RATES if last[name] == min(last.values())] == _keys(best)
    lost = [name for name in RATES if last[name] == np.inf]
    return is_lowest and lost == (_keys(gone) if gone else [])


@oracle("race.some_tie", f"{{tied:{LIST}}} are equally low")
def some_tie(it: Witness, tied: str) -> Any:
    last = _last(it)
    low = [name for name in RATES if np.isclose(last[name], min(last.values()), rtol=1e-11, atol=0)]
    return len(low) > 1 and low == _keys(tied)


@oracle("race.all_gone", "All {n:three|two} left the finite numbers")
def all_gone(it: Witness, n: str) -> Any:
    return n == "three" and min(_last(it).values()) == np.inf


@oracle("recap.as_taken", "{n} step(s) of gradient descent, as PyTorch took {them:it|them}")
def as_taken(it: Witness, n: str, them: str) -> Any:
    fits = parse(n) == it.run.steps == it.facts.settings.descent.steps
    return fits and (them == "it") == (it.run.steps == 1) and it.follows_rule()


@oracle(
    "recap.as_taken_until",
    "{n} step(s) by PyTorch, then it "
    "{how:diverged|fell beyond all numbers|left the domain of the loss}",
)
def as_taken_until(it: Witness, n: str, how: str) -> Any:
    ends = {"n": str(it.run.steps + 1), "how": how[0].upper() + how[1:]}
    return parse(n) == it.run.steps and has_ended(it, it.run, **ends)


@oracle("recap.not_taken", *ENDINGS)
@oracle("recap.not_answered", *ENDINGS)
def not_answered(it: Witness, **found: str) -> Any:
    return has_ended(it, it.run, **found)


@oracle("recap.the_gradient", "The gradient: one slope per parameter, at one place")
def the_gradient(it: Witness) -> Any:
    return it.is_sloping()


@oracle(
    "recap.no_gradient",
    "The gradient: one slope per parameter; at this place, {zero:zero|one}",
)
def no_gradient(it: Witness, zero: str) -> Any:
    return it.is_level() and zero == "zero"


@oracle("recap.the_step", "A step: {sign:minus|plus} learning rate times gradient")
def the_step(it: Witness, sign: str) -> Any:
    return it.run.steps > 0 and it.follows_rule() and sign == "minus"


@oracle(
    "recap.no_step", "A step: minus learning rate times gradient, if a finite number is as large"
)
def no_step(it: Witness) -> Any:
    return it.run.steps == 0 and it.beyond(it.run) != "finite"


@oracle("recap.the_rate", "The rate: {side:below|beyond} 2/λ, or it explodes")
def the_rate(it: Witness, side: str) -> Any:
    rates, risen = risen_of(it)
    _, ends, start = table_of(it)
    critical = 2 / it.facts.sharpness
    beyond, under = rates > (1 + NEAR) * critical, rates < (1 - NEAR) * critical
    explodes = ends[-1] > 100 * abs(start)
    return side == "below" and risen[beyond].all() and not risen[under].any() and explodes


@oracle("recap.measured_onset", "The rate: from {r} on, the loss ended {how:higher|lower} here")
def from_the_onset(it: Witness, r: str, how: str) -> Any:
    rates, risen = risen_of(it)
    first = rates[risen].min()
    return shows_rate(r, first, 2) and risen[rates >= first].all() and how == "higher"


@oracle("recap.some_rise", "The rate: {r} is the least that ended {how:higher|lower} than it began")
def some_rise(it: Witness, r: str, how: str) -> Any:
    rates, risen = risen_of(it)
    return shows_rate(r, rates[risen].min(), 2) and how == "higher"


@oracle(
    "recap.none_rises", "The rate: none that was tried here ended {how:higher|lower} than it began"
)
def none_rises(it: Witness, how: str) -> Any:
    return how == "higher" and not risen_of(it)[1].any()


@oracle("recap.answer", "It feels the slope, and takes a step")
def answer(it: Witness) -> Any:
    return it.run.steps > 0 and it.follows_rule()


@oracle("recap.no_answer", "It feels the slope")
def no_answer(it: Witness) -> Any:
    return it.run.steps == 0
