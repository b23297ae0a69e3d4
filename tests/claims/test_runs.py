"""What is said of a whole run holds of what was recorded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from descent import LOSSES, record
from descent.pictures.bare import bare_picture
from scenes.facts.heights import height_left
from scenes.wording import rates, runs
from tests.claims.later import later
from tests.claims.recordings import lecture
from tests.marks import slow_except
from understanding_gradients.lecture.recordings import RATE_NAMES


@later
def run_of(name, rate):
    return lecture(name)[rate]


SMALL, RIGHT, LARGE = (run_of("default", rate) for rate in RATE_NAMES)
BARELY, CHAOTIC = run_of("barely", "very_large"), run_of("negative", "very_large")
EXACT = run_of("exact", "just_right")


def bowl(p):
    return p[0] ** 2 + 3 * p[1] ** 2


def ran(rate, steps=6, loss=bowl, start=(2.0, 1.0), optimizer="SGD", **changes):
    """Return a run of another loss in the place of the default one."""
    whole = record(loss, list(start), learning_rate=rate, steps=steps, optimizer=optimizer)
    shown = {"trajectory": whole.first(min(6, whole.steps)), "full": whole, "learning_rate": rate}
    return replace(RIGHT.value, **shown | {"views": [0] * (min(6, whole.steps) + 1)} | changes)


@later
def with_losses(*losses):
    """Return the run at the small rate with these losses."""
    run = SMALL.value.trajectory.first(len(losses) - 1)
    rows = {name: getattr(run, name) for name in ("iterates", "gradients", "learning_rates")}
    run = type(run)(losses=losses, names=run.names, optimizer=run.optimizer, **rows)
    return replace(SMALL.value, trajectory=run, full=run, views=[0] * len(losses))


@later
def shown_of(run):
    return run.trajectory


@later
def whole_of(run):
    return run.full


@later
def in_batches(run):
    """Return a run whose steps saw mini-batches, as far as its losses tell."""
    full = replace(run.full, batch_losses=run.full.losses + 1)
    return replace(run, full=full)


@later
def thinned():
    """Return a run of which every third row was kept."""
    whole = record(bowl, [2.0, 1.0], learning_rate=0.1, steps=6, every=3)
    return replace(RIGHT.value, trajectory=whole, full=whole, views=[0] * 7)


ran_later = later(ran)
TO_AND_FRO = ran_later(1 / 3)
LEFT = ran_later(5.0, loss=lambda p: p[0] - p.log().sum(), start=(3.0, 0.2))
ADAM = ran_later(0.1, optimizer="Adam")
WITHOUT_LOSS = bare_picture(record(LOSSES["bowl"], (2, 1), learning_rate=0.1, steps=3))

CASES = [
    (runs.keeps_some, (thinned(),), (RIGHT,)),
    (runs.stays, (EXACT,), (RIGHT,)),
    (runs.explodes, (LARGE,), (BARELY,)),
    (runs.too_big, (BARELY,), (RIGHT,)),
    (runs.leaves_domain, (LEFT,), (LARGE,)),
    (runs.rises_first, (with_losses(4, 6, 2),), (with_losses(4, 2, 3),)),
    (runs.takes_long, (SMALL,), (RIGHT,)),
    (runs.does_not_settle, (TO_AND_FRO,), (RIGHT,)),
    (runs.falls_for_ever, (run_of("unbounded", "very_large"),), (RIGHT,)),
    (runs.arrives, (RIGHT,), (SMALL,)),
    (runs.is_on_its_way, (SMALL,), (LARGE,)),
    (runs.goes_up_and_down, (CHAOTIC,), (RIGHT,)),
    (runs.in_steps, (shown_of(RIGHT),), (whole_of(LARGE),)),
    (runs.takes_steps, (SMALL, RIGHT), (CHAOTIC, RIGHT)),
    (runs.takes_steps, (SMALL, RIGHT), (SMALL, None)),
    (runs.settles_higher, (ran_later(0.1, 500, target=-1.0), RIGHT), (SMALL, RIGHT)),
    (runs.still_falls, (ran_later(0.001, 20, target=-1.0), RIGHT), (SMALL, RIGHT)),
    (runs.ends_higher, (BARELY,), (SMALL,)),
    (runs.jumps_about, (CHAOTIC,), (SMALL,)),
    (runs.ended, (LARGE,), (SMALL,)),
    (rates.rate_against, (SMALL,), (ADAM,)),
    (runs.some_is_left, (SMALL,), (LARGE,)),
    (runs.has_no_map, (WITHOUT_LOSS,), (SMALL,)),
    (runs.has_no_map, (WITHOUT_LOSS,), (replace(WITHOUT_LOSS, sharpness=2.0),)),
    (runs.sees_batches, (in_batches(SMALL),), (SMALL,)),
]


def test_a_loss_that_falls_first_is_not_said_to_rise_first():
    assert "rises first" not in runs.describe_failure(CHAOTIC.value)
    assert "rises first" not in runs.describe_failure(lecture("wavy")["very_large"])


def test_the_default_lecture_is_told_by_rates_that_were_seen():
    said = runs.describe_end(SMALL.value, RIGHT.value)
    assert said == "It takes 539 steps to get as low as $eta = 0.4$ gets in 6"
    for one in (
        *map(runs.describe_failure, (SMALL.value, LARGE.value)),
        said,
        runs.describe_end(LARGE.value, RIGHT.value),
    ):
        assert "just right" not in one


def test_a_run_that_barely_diverges_is_too_big_and_its_growth_is_told():
    assert runs.describe_failure(BARELY.value) == "Too big: the loss ends higher than it began"
    assert runs.describe_end(BARELY.value, RIGHT.value).startswith(
        "After 10 000 steps the loss is 3."
    )
    assert runs.describe_end(BARELY.value, RIGHT.value).endswith("·10^120 times what it was")


@pytest.mark.parametrize("name", slow_except(["negative", "wavy", "rastrigin"], "negative", "wavy"))
def test_a_run_that_passes_a_low_loss_by_chance_is_not_said_to_need_so_many_steps(name):
    recorded = lecture(name, **({"very_large": 1.0} if name == "wavy" else {}))
    assert "It takes" not in runs.describe_end(recorded["very_large"], recorded["just_right"])


def test_a_run_at_rest_in_another_valley_is_not_said_to_be_on_its_way():
    elsewhere = ran(0.1, 500, target=-1.0)
    assert runs.describe_end(elsewhere, RIGHT.value).startswith("It has come to rest at ")


def test_a_start_at_the_minimum_neither_keeps_100_per_cent_nor_rises():
    for name in ("very_small", "very_large"):
        exact = lecture("exact")[name]
        assert runs.describe_failure(exact) == "The loss stays where it is, at 0.070"
        assert runs.describe_left(exact) == "The loss stays at 0.070"
    assert "100 %" not in runs.describe_left(lecture("minimum")["very_small"])


def test_a_run_that_zigzags_into_the_minimum_settles():
    zigzag = ran(0.31)
    assert zigzag.trajectory.behavior == zigzag.full.behavior == "oscillating"
    assert runs.does_not_settle(zigzag) is None
    assert runs.is_on_its_way(zigzag)
    last = float(zigzag.trajectory.losses[-1])
    assert runs.is_on_its_way(replace(zigzag, minimum=last)) is None


def test_a_rate_that_leaves_half_of_the_way_is_not_called_right():
    small = lecture("barely")["very_small"]
    assert small.trajectory.behavior == "converging"
    assert runs.arrives(small) is None and runs.is_on_its_way(small)


def test_no_share_of_the_way_is_told_of_a_start_that_is_level():
    half = float(EXACT.value.trajectory.losses[0]) / 2
    assert np.isnan(height_left(replace(EXACT.value, minimum=half)))
