"""Oracles of what is said of a gradient: of the neuron's, at an instant, in the update rule."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.truth import formulas
from tests.truth.of_runs import ENDINGS, has_ended
from tests.truth.oracle import oracle
from tests.truth.plain import parse, shows, shows_rate
from tests.truth.witness import RATES, Witness

SEEN = math.radians(1)  # a turn that can be seen
APART = 1e-9  # relative, of two gradients


@oracle("neuron.two_parameters", "One neuron, {n:two|three} parameters: a weight W1 and a bias b1")
def two_parameters(it: Witness, n: str) -> Any:
    return n == "two" and it.run.names == ("W1", "b1")


@oracle("neuron.our_point", "Our neuron is this point, and its height is Θ")
def our_point(it: Witness) -> Any:
    window = it.facts.inputs["neuron"].landscapes[0].window
    pairs = zip(it.run.places[0], window, strict=True)
    return all(low <= value <= high for value, (low, high) in pairs)


def _slope(it: Witness, which: str) -> float:
    """Return the partial of the cut, 0 if it is rounding noise."""
    start, axis = it.run.places[0], it.run.names.index(which)
    slope = it.gradient(start)[axis]
    return 0.0 if abs(slope) <= it.noise(start) else float(slope)


CUT = (
    "Its slope ∂Θ/∂{which:W1|b1} is {sign:positive|negative}: "
    "more {same:W1|b1} is {word:better|worse}"
)


@oracle("neuron.cut_falls", CUT)
@oracle("neuron.cut_rises", CUT)
def cut_slopes(it: Witness, which: str, sign: str, same: str, word: str) -> Any:
    slope = _slope(it, which)
    fits = it.beat == f"cut-{which}" and same == which
    return fits and slope != 0 and (slope > 0) == (sign == "positive") == (word == "worse")


@oracle("neuron.cut_is_level", "Its slope ∂Θ/∂{which:W1|b1} is zero: the curve is level here")
def cut_is_level(it: Witness, which: str) -> Any:
    return it.beat == f"cut-{which}" and _slope(it, which) == 0


PRICE = "A slope is a price: {nudge} in W1 {moves:raises|lowers} Θ by {d}"


@oracle("neuron.price_is_saved", PRICE)
@oracle("neuron.price_is_paid", PRICE)
def price(it: Witness, nudge: str, moves: str, d: str) -> Any:
    start = it.run.places[0]
    change = it.value(start + np.array([parse(nudge), 0.0])) - it.value(start)
    promised = it.gradient(start)[0] * parse(nudge)
    as_promised = abs(change - promised) <= 0.3 * abs(promised)
    return shows(d, abs(change)) and (change > 0) == (moves == "raises") and as_promised


@oracle("neuron.one_per_parameter", "Gradient(Θ): all partial derivatives, one per parameter")
def one_per_parameter(it: Witness) -> Any:
    return len(it.run.gradients[0]) == len(it.run.places[0]) > 1


def _is_constant(it: Witness) -> bool:
    return bool(np.ptp(it.facts.inputs["neuron"].landscapes[0].values) == 0)


@oracle("neuron.joins_equals", "From above, {every:every|no} line joins places of equal loss")
def joins_equals(it: Witness, every: str) -> Any:
    return every == "every" and not _is_constant(it)


@oracle("neuron.is_flat", "From above, there are no lines: the loss is the same everywhere")
def is_flat(it: Witness) -> Any:
    return _is_constant(it)


@oracle("neuron.steepest_across", "Straight across the lines it is steepest: {s}")
def steepest_across(it: Witness, s: str) -> Any:
    return it.is_sloping() and shows(s, float(np.linalg.norm(it.gradient(it.run.places[0]))))


@oracle(
    "neuron.level_all_around", "The slope is {zero} in every direction: here the gradient is zero"
)
def level_all_around(it: Witness, zero: str) -> Any:
    return parse(zero) == 0 and it.is_level()


@oracle("neuron.arrow_uphill", "Both slopes together: an arrow straight {way:uphill|downhill}")
def arrow_uphill(it: Witness, way: str) -> Any:
    return it.is_sloping() and _leads_up(it) == (way == "uphill")


def _leads_up(it: Witness, sign: float = 1.0) -> bool:
    """Return whether the loss is higher a little way along the gradient, or against it."""
    start = it.run.places[0]
    gradient = it.gradient(start)
    curvature = np.abs(formulas.hessian(it.formula, start)).max()
    reach = 1e-3 / curvature if curvature > 0 else 1e-3
    before, after = it.value(start), it.value(start + sign * reach * gradient)
    return sign * (after - before) > 0 or math.isclose(after, before, rel_tol=1e-14)


@oracle(
    "neuron.as_long_as_steep", "Its length is the steepest slope; {way:downhill|uphill} is opposite"
)
def as_long_as_steep(it: Witness, way: str) -> Any:
    length = np.linalg.norm(it.gradient(it.run.places[0]))
    steepest = it.facts.inputs["directions"].slopes.max()
    return it.is_sloping() and math.isclose(length, steepest, rel_tol=1e-4) and way == "downhill"


def _field(it: Witness) -> np.ndarray:
    """Return how far the gradients of the field are apart, as shares of the longest."""
    places = it.facts.inputs["gradient_field"].places
    every = [it.gradient(place) for place in places if math.isfinite(it.value(place))]
    finite = np.array(every)
    longest = np.linalg.norm(finite, axis=1).max() or 1.0
    one, other = np.triu_indices(len(finite), 1)
    return np.linalg.norm(finite[one] - finite[other], axis=1) / longest


@oracle("instant.own_gradient", "No: at every place a gradient of its own")
def own_gradient(it: Witness) -> Any:
    return (_field(it) > APART / 10).all()


@oracle("instant.other_gradients", "No: the gradient changes from place to place")
def other_gradients(it: Witness) -> Any:
    return (_field(it) > APART).any() and not (_field(it) > 10 * APART).all()


@oracle("instant.one_gradient", "Yes: here the gradient is the same at all these places")
def one_gradient(it: Witness) -> Any:
    return not (_field(it) > 10 * APART).any()


def _at(it: Witness, t: str) -> int | None:
    """Return the step that a sentence names, if its beat is that of the step."""
    return int(parse(t)) if it.beat == f"instant-{t}" else None


def _size(it: Witness, t: int) -> float:
    return float(np.linalg.norm(it.gradient(it.run.places[t])))


@oracle("instant.is_level", "At t = {t} the gradient is zero: the ground is level")
def ground_is_level(it: Witness, t: str) -> Any:
    return _at(it, t) is not None and it.is_level(int(t))


@oracle("instant.other_side", "At t = {t} the gradient points back: uphill is the other way")
def other_side(it: Witness, t: str) -> Any:
    k = _at(it, t)
    if k is None or not it.is_sloping(k):
        return False
    return it.gradient(it.run.places[k - 1]) @ it.gradient(it.run.places[k]) < 0


FLATTER = "At t = {t} the gradient is {size:smaller|larger}: the ground is {ground:flatter|steeper}"


@oracle("instant.flatter", FLATTER)
@oracle("instant.steeper", FLATTER)
def flatter(it: Witness, t: str, size: str, ground: str) -> Any:
    k = _at(it, t)
    if k is None or not it.is_sloping(k):
        return False
    is_larger = _size(it, k) > _size(it, k - 1)
    return is_larger == (size == "larger") == (ground == "steeper")


@oracle("instant.flatter_still", "At t = {t} it is {size:smaller|larger} still")
@oracle("instant.steeper_still", "At t = {t} it is {size:smaller|larger} still")
def still(it: Witness, t: str, size: str) -> Any:
    k = _at(it, t)
    if k is None or k < 2:
        return False
    sizes = [_size(it, one) for one in (k - 2, k - 1, k)]
    sign = 1 if size == "larger" else -1
    return all(sign * b > sign * a for a, b in zip(sizes, sizes[1:], strict=False))


@oracle("instant.some_gradient", "At t = {t} we stand here, and this is the gradient here")
def some_gradient(it: Witness, t: str) -> Any:
    return _at(it, t) is not None and it.is_sloping(int(t))


@oracle("instant.turned", "At t = {t} it points another way")
def turned(it: Witness, t: str) -> Any:
    k = _at(it, t)
    if k is None or not it.is_sloping(k):
        return False
    before, now = (it.gradient(it.run.places[one]) for one in (k - 1, k))
    cosine = before @ now / (np.linalg.norm(before) * np.linalg.norm(now))
    return math.acos(min(1.0, cosine)) > SEEN


@oracle("instant.calculated_anew", "So the gradient is calculated anew at every step")
def calculated_anew(it: Witness) -> Any:
    every = np.array([it.gradient(place) for place in it.run.places[1:]])
    apart = np.linalg.norm(every - every[0], axis=1)
    return len(every) > 1 and (apart > APART * np.linalg.norm(every, axis=1).max()).any()


@oracle("update.uphill", "The gradient at its true length: {s} long, straight uphill")
def uphill(it: Witness, s: str) -> Any:
    return slanting_uphill(it, s) and _is_square_to_contours(it)


@oracle("update.slanting_uphill", "The gradient at its true length: {s} long, uphill")
def slanting_uphill(it: Witness, s: str) -> Any:
    return it.is_sloping() and shows(s, _size(it, 0)) and _leads_up(it)


def _is_square_to_contours(it: Witness) -> bool:
    """Return whether a unit is as long on one axis as on the other, of a map 3 by 2."""
    spans = [high - low for low, high in it.facts.inputs["gradient_view"].window]
    return len(spans) == 1 or math.isclose(spans[0] / 3, spans[1] / 2, rel_tol=1e-6)


@oracle("update.far_uphill", "The gradient points uphill, far out of the picture")
def far_uphill(it: Witness) -> Any:
    window = it.facts.inputs["gradient_view"].window
    end = it.run.places[0] + it.gradient(it.run.places[0])
    other = it.run.places[0] - it.gradient(it.run.places[0])
    inside = [
        all(low <= value <= high for value, (low, high) in zip(one, window, strict=True))
        for one in (end, other)
    ]
    return it.is_sloping() and not all(inside)


@oracle("update.flat", "The gradient is zero here: the ground is {how:level|steep}")
def flat(it: Witness, how: str) -> Any:
    return it.is_level() and how == "level"


@oracle("update.stays", "Any learning rate times zero is zero: the parameters {how:stay|move}")
def stays(it: Witness, how: str) -> Any:
    way = np.linalg.norm(it.run.places[1] - it.run.places[0])
    return it.is_level() and way <= 1e-6 * np.linalg.norm(it.run.places[0]) and how == "stay"


@oracle("update.downhill", "Minus turns it round: {way:downhill|uphill}")
def downhill(it: Witness, way: str) -> Any:
    return it.is_sloping() and _leads_up(it, -1.0) and way == "downhill"


def _ratio(it: Witness) -> float:
    way = np.linalg.norm(it.run.places[1] - it.run.places[0])
    return float(way / _size(it, 0))


@oracle("update.shortened", "The learning rate {does:shortens|stretches} it: {r} of its length")
def shortened(it: Witness, does: str, r: str) -> Any:
    return it.run.steps and shows_rate(r, _ratio(it)) and _ratio(it) < 1 and does == "shortens"


@oracle("update.stretched", "The learning rate scales it: {r} times as long")
def stretched(it: Witness, r: str) -> Any:
    return it.run.steps and shows_rate(r, _ratio(it)) and _ratio(it) > 1 - 1e-9


@oracle("update.ended", *ENDINGS)
def ended(it: Witness, **found: str) -> Any:
    return it.run.steps == 0 and has_ended(it, it.run, **found)


@oracle("update.summed", "Added up: the parameters of the next step")
def summed(it: Witness) -> Any:
    return it.run.steps > 0 and it.follows_rule()


@oracle("update.only_length", "One direction: the learning rate sets only the length")
def only_length(it: Witness) -> Any:
    ways = []
    for name in RATES:
        run = it.facts.run(name)
        if not run.steps:
            return False
        ways.append(run.places[1] - run.places[0])
    lengths = [float(np.linalg.norm(way)) for way in ways]
    cosines = [
        float(way @ ways[1]) / (a * lengths[1]) for way, a in zip(ways, lengths, strict=True)
    ]
    return min(cosines) > 1 - 1e-6 and len({*lengths}) == 3 and it.is_sloping()
