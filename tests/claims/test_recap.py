"""Every sentence of opening, recap and end is gone for a recording that does not bear it out."""

import numpy as np
import pytest

from scenes.wording import recap
from tests.claims.later import later
from tests.claims.runs import run_of, table_of

run_later = later(run_of)

FALLS, FLAT, ENDED = run_later([2, 1], 0.1, 6), run_later([0, 0], 0.1), run_later([2, 1], 1e300)
GOES = run_later([2, 1], 1e100, 5)  # ends after some steps
ADAM = run_later([2, 1], 0.1, 3, optimizer="Adam")

RATES = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
SHARP = table_of(RATES, [0.5, 0.1, 0.2, 1e9, np.inf], critical=0.36)
EARLY = table_of(RATES, [0.5, 1.2, 3.0, 1e9, np.inf], critical=0.36)
TAME = table_of(RATES, [0.5, 0.1, 0.2, 1.1, 1.2], critical=0.38)
MIXED = table_of(RATES, [0.5, 0.1, 1.2, 0.4, np.inf], critical=0.3)
NEVER = table_of(RATES, [0.5, 0.1, 0.2, 0.3, 0.4], critical=0.36)

CASES = [
    (recap.as_taken, (FALLS,), (GOES,)),
    (recap.as_taken_until, (GOES,), (FALLS,)),
    (recap.not_taken, (ENDED,), (FALLS,)),
    (recap.the_gradient, (FALLS,), (FLAT,)),
    (recap.no_gradient, (FLAT,), (FALLS,)),
    (recap.the_step, (FALLS,), (ADAM,)),
    (recap.no_step, (ENDED,), (FALLS,)),
    (recap.the_rate, (SHARP,), (EARLY,)),
    (recap.the_rate, (SHARP,), (TAME,)),
    (recap.the_rate, (SHARP,), (MIXED,)),
    (recap.the_rate, (SHARP,), (NEVER,)),
    (recap.measured_onset, (EARLY,), (MIXED,)),
    (recap.some_rise, (MIXED,), (NEVER,)),
    (recap.none_rises, (NEVER,), (SHARP,)),
    (recap.answer, (FALLS,), (ADAM,)),
    (recap.no_answer, (ENDED,), (FALLS,)),
    (recap.answered, (FALLS,), (GOES,)),
    (recap.not_answered, (GOES,), (FALLS,)),
]


def test_the_runs_are_what_the_table_takes_them_for():
    assert ENDED.value.trajectory.steps == 0
    assert GOES.value.trajectory.steps > 0 and GOES.value.trajectory.diverged


def test_the_measured_onset_is_told_where_it_is_not_at_the_boundary():
    assert "0.2" in recap.measured_onset(EARLY)
    assert "2 \\/ lambda" in recap.the_rate(SHARP)


@pytest.mark.parametrize(
    ("steps", "words"), [(1, "1 step of gradient descent, as PyTorch took it")]
)
def test_one_step_is_one(steps, words):
    assert recap.as_taken(run_of([2, 1], 0.1, steps)) == words
