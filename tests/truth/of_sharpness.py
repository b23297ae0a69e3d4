"""Oracles of what is said of the sharpness along a run."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.truth.networks import sharpness
from tests.truth.of_runs import has_gone
from tests.truth.oracle import oracle
from tests.truth.plain import parse, shows_rate
from tests.truth.witness import Witness

LIMIT = "2/η = {top}"
ROUNDING = 1e-12  # relative, of a loss


def _along(it: Witness) -> tuple[np.ndarray, np.ndarray]:
    """Return the steps at which the film knows the sharpness, and the sharpness there anew."""
    steps = np.flatnonzero(np.isfinite(it.facts.inputs[it.name].sharpness_along))
    cache = it.facts.__dict__.setdefault("sharpness_anew", {})
    if "values" not in cache:
        cache["values"] = np.array([sharpness(it.whole.places[t]) for t in steps])
    return steps, cache["values"]


def _is_limit(it: Witness, top: str) -> bool:
    return shows_rate(top, 2 / it.whole.rate)


def _is_above(it: Witness) -> np.ndarray:
    return _along(it)[1] > 2 / it.whole.rate


@oracle(
    "sharpness.hovers",
    f"The sharpness {{way:starts near|rises to|falls to}} {LIMIT} and hovers: "
    "within {p} % of it in the last {n} step(s)",
)
def hovers(it: Witness, way: str, top: str, p: str, n: str) -> Any:
    (steps, values), limit = _along(it), 2 / it.whole.rate
    late = values[steps >= it.whole.steps - parse(n)]
    off = 100 * float(np.abs(late / limit - 1).max())
    is_long = it.whole.steps // 4 <= parse(n) <= it.whole.steps // 2
    begins = values[0] / limit
    fits = {"rises to": begins < 0.8, "falls to": begins > 1.2}
    is_told = fits.get(way, 0.8 <= begins <= 1.2) and values.max() >= limit
    return _is_limit(it, top) and is_long and is_told and off <= parse(p) < off + 1 <= 21


@oracle(
    "sharpness.stays_on_one_side",
    f"The sharpness goes from {{a}} to {{b}}: all the way {{side:below|above}} {LIMIT}",
    f"The sharpness goes from {{a}} to {{b}}: never {{never:below|above}} {LIMIT}",
)
def stays_on_one_side(
    it: Witness, a: str, b: str, top: str, side: str = "", never: str = ""
) -> Any:
    values, above = _along(it)[1], _is_above(it)
    ends = shows_rate(a, values[0]) and shows_rate(b, values[-1])
    is_above = side == "above" or never == "below"
    is_told = (top in (a, b)) == bool(never)
    return ends and is_told and _is_limit(it, top) and (above if is_above else ~above).all()


@oracle(
    "sharpness.crosses_once",
    f"The sharpness begins {{one:below|above}} {LIMIT}, at {{a}}, "
    "and ends {other:below|above} it, at {b}",
    f"The sharpness begins at {LIMIT}, and ends {{other:below|above}} it, at {{b}}",
    f"The sharpness begins {{one:below|above}} {LIMIT}, at {{a}}, and ends at it",
)
def crosses_once(
    it: Witness, top: str, one: str = "", a: str = "", other: str = "", b: str = ""
) -> Any:
    values, above = _along(it)[1], _is_above(it)
    ends = shows_rate(a or top, values[0]) and shows_rate(b or top, values[-1])
    sides = ["above" if side else "below" for side in above[[0, -1]]]
    told = [one or sides[0], other or sides[1]]
    return ends and top not in (a, b) and _is_limit(it, top) and sides == told and len({*told}) == 2


@oracle(
    "sharpness.crosses_often", f"The sharpness goes {{n}} times across {LIMIT}, and ends at {{b}}"
)
def crosses_often(it: Witness, top: str, n: str, b: str) -> Any:
    count = sum(one != other for one, other in zip(_is_above(it), _is_above(it)[1:], strict=False))
    return _is_limit(it, top) and parse(n) == count and shows_rate(b, _along(it)[1][-1])


@oracle("sharpness.goes", "The sharpness goes from {a} to {b}")
def goes(it: Witness, a: str, b: str) -> Any:
    values = _along(it)[1]
    return shows_rate(a, values[0]) and shows_rate(b, values[-1])


@oracle(
    "sharpness.turns_back",
    "At step {n} the loss has {how:risen|fallen} most: the sharpness {way:falls|rises} "
    "from {a} to {b}",
)
def turns_back(it: Witness, n: str, how: str, way: str, a: str, b: str) -> Any:
    (steps, values), step, limit = _along(it), int(parse(n)), 2 / it.whole.rate
    rise = np.diff(it.whole.losses)
    before = values[steps < step][-1]
    after = [one for one in values[steps >= step] if shows_rate(b, one)]
    is_turn = shows_rate(a, before) and before > limit > min(after, default=limit)
    is_most = rise[step - 1] == rise.max() > 0
    return is_most and is_turn and (how, way) == ("risen", "falls")


def _rises(it: Witness) -> int:
    losses = it.whole.losses
    return int((losses[1:] > losses[:-1] * (1 + ROUNDING)).sum())


def _counts(it: Witness, k: str, n: str) -> bool:
    return parse(k) == _rises(it) > 0 and parse(n) == it.whole.steps and bool(_is_above(it).any())


@oracle(
    "sharpness.falls_over_spans",
    "The loss {a:rises|falls} in {k} of {n} step(s), "
    "yet {b:falls|rises} over any {s} steps or more",
)
def falls_over_spans(it: Witness, a: str, k: str, n: str, b: str, s: str) -> Any:
    losses, span = it.whole.losses, int(parse(s))
    falls = all((losses[t + span :] < losses[t]).all() for t in range(len(losses)))
    is_least = any((losses[t + span - 1 :] >= losses[t]).any() for t in range(len(losses)))
    return (a, b) == ("rises", "falls") and _counts(it, k, n) and falls and is_least


@oracle(
    "sharpness.ends_lower",
    *(
        f"The loss {{how:rises|falls}} in {{k}} of {{n}} step(s); over all of them it {went}"
        for went in ("goes from {a} to {b}", "{moves:falls|rises} by {d}")
    ),
)
def ends_lower(it: Witness, how: str, k: str, n: str, **found: str) -> Any:
    first, last = (float(it.whole.losses[t]) for t in (0, -1))
    went = has_gone((first, last), 0, 0, **found)
    return how == "rises" and _counts(it, k, n) and last < first and went


@oracle("sharpness.falls_at_each", f"The loss never rises in {{n}} step(s), also above {LIMIT}")
def falls_at_each(it: Witness, n: str, top: str) -> Any:
    is_told = parse(n) == it.whole.steps and _is_limit(it, top) and _is_above(it).any()
    return is_told and _rises(it) == 0


@oracle(
    "caption.sharpness",
    "Sharpness λ is the largest eigenvalue of the Hessian, measured at {k} of {n} places.{line:.*}",
    "Sharpness λ is the largest eigenvalue of the Hessian, measured after every step.{line:.*}",
)
def measured(it: Witness, line: str, k: str = "", n: str = "") -> Any:
    count, every = len(_along(it)[0]), it.whole.steps + 1
    is_counted = (parse(k), parse(n)) == (count, every) if k else count == every
    is_plain = it.facts.runs[0].is_plain_gradient_descent  # pyright: ignore[reportAttributeAccessIssue]
    return is_counted and bool(line) != is_plain
