"""Oracles of what is said of a run: of a step, of its end, of how near it comes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.truth.oracle import oracle
from tests.truth.plain import parse, shows, shows_rate, unit
from tests.truth.witness import Course, Witness

SAME = 1e-11  # relative, of two losses that are the same up to rounding

WENT = ("goes from {a} to {b}", "stays at {s}", "{moves:falls|rises} by {d}")
DESCENDED = (
    "In {n} step(s) the loss went from {a} to {b}",
    "In {n} step(s) the loss went between {low} and {high}, and ended where it began",
    "In {n} step(s) the loss stayed at {s}",
    "In {n} step(s) the loss {moves:fell|rose} by {d}",
)
ENDINGS = (
    "{how:Diverged} at step {n}{why:(?:: its numbers are no longer finite)?}",
    "{how:Fell beyond all numbers} at step {n}{why:(?:: the loss falls without bound)?}",
    "{how:Left the domain of the loss} at step {n}{why:(?:: it has no value there)?}",
    "Stopped after {n} step(s): the next place has no {how:gradient}",
)
BEYOND = {
    "Diverged": ("inf", "nan", "parameters", "gradient"),
    "Fell beyond all numbers": ("-inf", "parameters"),
    "Left the domain of the loss": ("nan", "inf"),
    "gradient": ("gradient",),
}


def is_same(one: float, other: float) -> bool:
    """Return whether two losses are the same up to rounding."""
    return math.isclose(one, other, rel_tol=SAME) or one == other


def has_ended(it: Witness, run: Course, n: str, how: str, why: str = "") -> bool:
    """Return whether a run left the finite numbers at a step, in the way that is said."""
    after = it.beyond(run)
    at = run.steps if how == "gradient" else run.steps + 1
    fits = after in BEYOND[how]
    if how == "Diverged":
        fits &= run.steps == 0 or run.losses[-1] >= run.losses[0]
    if how == "Fell beyond all numbers":
        fits &= run.steps == 0 or run.losses[-1] < run.losses[0]
    return parse(n) == at and fits


def has_gone(ends: tuple[float, float], least: float, most: float, **found: str | None) -> bool:
    """Return whether a loss went between two values as is said."""
    before, after = ends
    if found.get("a"):
        return shows(str(found["a"]), before) and shows(str(found["b"]), after)
    if found.get("low"):
        is_back = abs(after - before) <= unit(str(found["low"]))
        return shows(str(found["low"]), least) and shows(str(found["high"]), most) and is_back
    if found.get("s"):
        return shows(str(found["s"]), before) and shows(str(found["s"]), after)
    is_down = found["moves"] in ("falls", "fell")
    return shows(str(found["d"]), abs(after - before)) and (after < before) == is_down


def _descended(run: Course, n: str, **found: str) -> bool:
    ends = float(run.losses[0]), float(run.losses[-1])
    low, high = float(run.losses.min()), float(run.losses.max())
    return parse(n) == run.steps and has_gone(ends, low, high, **found)


@oracle("recap.answered", *DESCENDED)
@oracle("two_pictures.all_steps", *DESCENDED)
def shown_steps(it: Witness, **found: str) -> Any:
    return _descended(it.run, **found)


@oracle("runs.in_steps", *DESCENDED)
def in_steps(it: Witness, **found: str) -> Any:
    return _descended(it.run, **found) or _descended(it.whole, **found)


@oracle("runs.ended", *ENDINGS)
def ended(it: Witness, **found: str) -> Any:
    return has_ended(it, it.whole, **found)


@oracle("runs.stays", "The loss stays where it is, at {s}")
def stays(it: Witness, s: str) -> Any:
    losses = it.run.losses
    return is_same(losses.min(), losses.max()) and shows(s, losses[0])


@oracle("runs.explodes", "Too big: the parameters {how:explode|shrink}, and never converge")
def explodes(it: Witness, how: str) -> Any:
    run = it.whole
    if run.steps == 0:
        return it.beyond(run) != "finite" and how == "explode"
    grows = np.linalg.norm(run.places[-1]) > np.linalg.norm(run.places[0])
    rises = run.losses[-1] > run.losses[0]
    return it.beyond(run) != "finite" and grows and rises and how == "explode"


@oracle("runs.leaves_domain", "Too big: a step leads to where the loss has no value")
def leaves_domain(it: Witness) -> Any:
    return it.beyond(it.whole) in ("nan", "inf")


@oracle("runs.too_big", "Too {how:big|small}: the loss ends {end:higher|lower} than it began")
def too_big(it: Witness, how: str, end: str) -> Any:
    run = it.whole
    return how == "big" and (run.losses[-1] > run.losses[0]) == (end == "higher")


@oracle("runs.takes_long", "Too {how:small|big}: the parameters take very long to converge")
def takes_long(it: Witness, how: str) -> Any:
    is_far_below = it.run.rate < 0.1 * 2 / it.facts.sharpness
    left = it.height_left()
    return how == "small" and is_far_below and not left < 0.2


@oracle("runs.does_not_settle", "Too big to settle: the parameters jump to and fro")
def does_not_settle(it: Witness) -> Any:
    place, places = it.whole.places[-1], []
    for _ in range(200):  # go on from where the recording ends
        place = place - it.run.rate * it.gradient(place)
        places.append(place)
    ways = np.diff([*it.whole.places[-12:], *places], axis=0)
    sizes = np.linalg.norm(ways, axis=1)
    back = [float(a @ b) < 0 for a, b in zip(ways[:11], ways[1:12], strict=True)]
    return sum(back) > len(back) / 2 and not sizes[-1] < 0.01 * sizes[0]


@oracle(
    "runs.rises_first",
    "Too big to begin with: the loss {a:rises|falls} first, and {b:falls|rises} only later",
)
def rises_first(it: Witness, a: str, b: str) -> Any:
    losses = it.whole.losses
    return (a, b) == ("rises", "falls") and losses[1] > losses[0] > losses[-1]


@oracle(
    "runs.falls_for_ever", "The loss {how:falls|rises} ever faster: there is nothing to converge to"
)
def falls_for_ever(it: Witness, how: str) -> Any:
    drops = -np.diff(it.run.losses)
    is_faster = len(drops) > 1 and (drops > 0).all() and (np.diff(drops) > 0).all()
    return how == "falls" and is_faster and it.facts.minimum(it.name) is None


@oracle("runs.arrives", "Neither too small nor too big: this one converges")
def arrives(it: Witness) -> Any:
    sizes = [float(np.linalg.norm(it.gradient(place))) for place in it.whole.places[[0, -1]]]
    is_halfway = sizes[1] < 0.5 * sizes[0] or it.height_left() < 0.5
    return is_halfway and it.whole.losses[-1] < it.whole.losses[0]


@oracle("runs.is_on_its_way", "The loss {how:falls|rises}, and the parameters have not arrived")
def is_on_its_way(it: Witness, how: str) -> Any:
    left = it.height_left()
    return (how == "falls") == (it.run.losses[-1] < it.run.losses[0]) and not left < 0.01


@oracle("runs.goes_up_and_down", "The loss goes up and down")
def goes_up_and_down(it: Witness) -> Any:
    changes = np.diff(it.run.losses)
    return (changes > 0).any() and (changes < 0).any()


@oracle("runs.some_is_left", "After {n} step(s), {p} % of the way down is left")
def some_is_left(it: Witness, n: str, p: str) -> Any:
    return parse(n) == it.run.steps and abs(100 * it.height_left() - parse(p)) <= 0.51 * unit(p)


@oracle("runs.takes_steps", "It takes {n} step(s) to get as low as η = {r} gets in {k}")
def takes_steps(it: Witness, n: str, r: str, k: str) -> Any:
    other, count = it.facts.run("just_right"), int(parse(n))
    if not 0 < count <= it.whole.steps or not _is_other(other, r, k):
        return False
    # As low, to a millionth of the way.
    target = other.losses[-1] + 1e-6 * max(other.losses[0] - other.losses[-1], 0.0)
    return it.whole.losses[count] <= target < it.whole.losses[count - 1]


def _is_other(other: Course, r: str, k: str) -> bool:
    return shows_rate(r, other.rate) and parse(k) == other.steps


@oracle("runs.settles_higher", "It has come to rest at {a}, {how:higher|lower} than η = {r} ended")
def settles_higher(it: Witness, a: str, how: str, r: str) -> Any:
    other, last = it.facts.run("just_right"), float(it.whole.losses[-1])
    sizes = [float(np.linalg.norm(it.gradient(place))) for place in it.whole.places[[0, -1]]]
    rests = sizes[1] <= 1e-5 * sizes[0]
    is_higher = (last > other.losses[-1]) == (how == "higher")
    return rests and shows(a, last) and shows_rate(r, other.rate) and is_higher


@oracle("runs.still_falls", "After {n} step(s) it is not as low as η = {r} gets in {k}")
def still_falls(it: Witness, n: str, r: str, k: str) -> Any:
    other, losses = it.facts.run("just_right"), it.whole.losses
    is_falling = losses[-1] < losses[0]
    is_above = losses.min() > other.losses[-1]
    return parse(n) == it.whole.steps and _is_other(other, r, k) and is_falling and is_above


@oracle(
    "runs.ends_higher",
    "After {n} step(s) the loss is {times} times what it was",
    *(f"After {{n}} step(s) the loss {one}" for one in WENT),
)
def ends_higher(it: Witness, n: str, times: str = "", **found: str) -> Any:
    first, last = float(it.whole.losses[0]), float(it.whole.losses[-1])
    went = shows(times, last / first) if times else has_gone((first, last), 0, 0, **found)
    return parse(n) == it.whole.steps and last > first and went


@oracle("runs.jumps_about", "The loss goes up and down, between {low} and {high}")
def jumps_about(it: Witness, low: str, high: str) -> Any:
    losses = it.whole.losses
    changes = np.diff(losses)
    both_ways = (changes > 0).any() and (changes < 0).any()
    return both_ways and shows(low, losses.min()) and shows(high, losses.max())


@oracle(
    "runs.has_no_map",
    "Curves and numbers alone: without its loss, a saved run has {map:no|a} map",
)
def has_no_map(it: Witness, map: str) -> Any:
    one = it.facts.inputs[it.name]
    # What is known of a loss beside the numbers of each step: its curvature and its values.
    is_known = math.isfinite(one.sharpness) or math.isfinite(one.minimum)
    drawn = [*one.landscapes, *one.overview]
    return (map == "a") == bool(drawn) == is_known
