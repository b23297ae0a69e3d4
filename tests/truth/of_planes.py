"""Oracles of what is said of the plane on which a run of many parameters is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.truth import formulas
from tests.truth.networks import outputs, rows
from tests.truth.oracle import oracle
from tests.truth.plain import parse, shows, unit
from tests.truth.witness import RATES, Course, Witness

SHARE = "(?:[\\d.]+ %|all|nearly all)"


def _plane(*courses: Course) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest of the places, and the first two principal directions of them all."""
    places = np.concatenate([one.places for one in courses])
    losses = np.concatenate([one.losses for one in courses])
    directions = np.linalg.svd(places - places.mean(axis=0), full_matrices=False)[2][:2]
    return places[int(losses.argmin())], directions


def _plane_of_steps(course: Course) -> np.ndarray:
    """Return the first two principal directions of steps that all have length 1."""
    steps = np.diff(course.places, axis=0)
    units = steps / np.linalg.norm(steps, axis=1, keepdims=True)
    return np.linalg.svd(units, full_matrices=False)[2][:2]


def _shown(course: Course, directions: np.ndarray) -> float:
    spread = course.places - course.places.mean(axis=0)
    return float(((spread @ directions.T) ** 2).sum() / (spread**2).sum())


def _says(text: str, share: float) -> bool:
    if text == "nearly all":
        return share > 0.999
    if text == "all":
        return abs(share - 1) < 1e-9
    return abs(100 * share - parse(text[:-2])) <= 0.51 * unit(text[:-2])


@oracle(
    "planes.shows_share",
    f"{{n}} parameter(s): the plane shows {{p:{SHARE}}} of how these {{k}} step(s) move",
    f"{{n}} parameter(s): the plane shows {{p:{SHARE}}} of how the step moves",
)
def shows_share(it: Witness, n: str, p: str, k: str = "1") -> Any:
    run = it.run
    fits = parse(n) == run.places.shape[1] and parse(k) == run.steps
    goes_away = it.facts.runs[0].goes_away  # pyright: ignore[reportAttributeAccessIssue]
    directions = _plane_of_steps(run) if goes_away else _plane(run)[1]
    return fits and _says(p, _shown(run, directions))


@oracle("planes.turned", f"Another plane: it shows {{p:{SHARE}}} of how all {{k}} step(s) move")
def turned(it: Witness, p: str, k: str) -> Any:
    run = it.whole
    is_other = run.steps > it.run.steps
    return is_other and parse(k) == run.steps and _says(p, _shown(run, _plane(run)[1]))


@oracle(
    "planes.lines_differ",
    "The start lies {where:off|on} this plane: its loss is {a}, the lines there say {b}",
)
def lines_differ(it: Witness, where: str, a: str, b: str) -> Any:
    run = it.whole if it.beat.startswith("whole") else it.run
    lowest, directions = _plane(run)
    away = run.places[0] - lowest
    seen = lowest + away @ directions.T @ directions
    is_off = np.linalg.norm(seen - run.places[0]) > 1e-9 * np.linalg.norm(away)
    below = formulas.value(it.formula, seen)
    return is_off == (where == "off") and shows(a, run.losses[0]) and shows(b, below)


@oracle("planes.some_rows", "The lines are the loss over {k} of {n} rows")
def some_rows(it: Witness, k: str, n: str) -> Any:
    one, run, (x, y) = it.facts.inputs[it.name], it.run, rows()
    chosen = np.random.default_rng(0).permutation(len(x))[: int(parse(k))]
    # Where a corner of the map lies, by the places of the run on it and in all parameters.
    seen = np.column_stack([one.trajectory.iterates, np.ones(run.steps + 1)])
    directions, view = np.linalg.lstsq(seen, run.places)[0][:2], one.landscapes[0]
    corner = np.array([view.axes[0][0], view.axes[1][0]])
    place = run.places[int(run.losses.argmin())] + corner @ directions
    loss = ((outputs(place) - y)[chosen] ** 2).mean()
    is_part = parse(k) < parse(n) == len(x)
    return is_part and np.isclose(view.values[0, 0], loss, rtol=1e-6)


@oracle(
    "race.one_plane",
    "{n} parameter(s): of how the runs move, the plane shows "
    f"{{p:{SHARE}}}, {{q:{SHARE}}} and {{r:{SHARE}}}",
)
def one_plane(it: Witness, n: str, p: str, q: str, r: str) -> Any:
    runs = [it.facts.run(name) for name in RATES]
    calm = [one for one in runs if one.losses[-1] <= one.losses[0] and not _is_gone(it, one)]
    directions = _plane(*calm)[1]
    said = zip((p, q, r), runs, strict=True)
    return parse(n) == runs[0].places.shape[1] and all(
        _says(text, _shown(one, directions)) for text, one in said
    )


@oracle(
    "runs.sees_batches",
    "Every step sees a mini-batch: its loss {dot:is|are} a dot, the line is the loss of all data",
)
def sees_batches(it: Witness, dot: str) -> Any:
    one = it.facts.inputs[it.name]
    again = [it.value(place) for place in it.run.places]  # of all data
    is_of_all = np.allclose(one.trajectory.losses, again, rtol=1e-9)
    is_noise = not np.allclose(one.trajectory.batch_losses, again, rtol=1e-3)
    return is_of_all and is_noise and dot == "is"


@oracle(
    "runs.keeps_some",
    "{k} of {n} iterates are kept: curves and numbers alone, {how:with|without} a map",
    "All {n} iterates are kept, and no gradient is: curves and numbers alone, {how:with|without} a "
    "map",
)
def keeps_some(it: Witness, n: str, how: str, k: str = "") -> Any:
    has_map = len(it.facts.inputs[it.name].landscapes) > 0
    fits = parse(n) == len(it.whole.losses) and parse(k or n) == len(it.whole.places)
    return fits and has_map == (how == "with")


def _right(place: np.ndarray) -> int:
    return int(((outputs(place) > 0) == (rows()[1] > 0)).sum())


@oracle("answers.at_start", "At the start the network gets {k} of {n} points right")
def answers_at_start(it: Witness, k: str, n: str) -> Any:
    return parse(n) == len(rows()[0]) and parse(k) == _right(it.whole.places[0])


@oracle(
    "answers.at_end",
    "After {t} step(s) it gets {k} of {n} points right; at the start {s}",
    "After {t} step(s) it gets all {n} points right; at the start {s}",
)
def answers_at_end(it: Witness, t: str, n: str, s: str, k: str = "") -> Any:
    fits = parse(t) == it.whole.steps and parse(n) == len(rows()[0])
    last, first = _right(it.whole.places[-1]), _right(it.whole.places[0])
    return fits and parse(k or n) == last and parse(s) == first


def _is_gone(it: Witness, run: Course) -> bool:
    return it.beyond(run) != "finite" or bool(run.losses[-1] > 1e6 * run.losses[0])


@oracle("caption.length", "The step was {d} long.")
def length(it: Witness, d: str) -> Any:
    before, after = it.run.places[it.t : it.t + 2]
    return shows(d, float(np.linalg.norm(after - before)))
