"""What is said of a step, and of how near a run has come, holds of what was recorded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from descent import LOSSES
from descent.losses.minimum import find_minimum
from scenes.wording import outcomes
from tests.claims.later import later
from tests.claims.recordings import lecture
from tests.marks import slow_except


def run(name="default", rate="just_right", **changes):
    return replace(lecture(name)[rate], **changes)


def standing(name):
    return lecture(name)["standing"]


run_later, standing_later = later(run), later(standing)
LOSSES_ELSEWHERE = {"is_global": False}
# Claim, arguments of which it holds, arguments of which it does not.
CASES = [
    (outcomes.stays_at, (run_later("exact"), 0), (run_later(), 0)),
    (outcomes.across_and_lower, (run_later(), 0), (run_later("heating"), 0)),
    (outcomes.across_and_lower, (run_later(), 0), (run_later(**LOSSES_ELSEWHERE), 0)),
    (outcomes.across_and_higher, (run_later(rate="very_large"), 1), (run_later(), 0)),
    (outcomes.downhill, (run_later("heating"), 0), (run_later(), 0)),
    (outcomes.downhill, (run_later("heating"), 0), (run_later("heating", **LOSSES_ELSEWHERE), 0)),
    (outcomes.goes, (run_later(), 0), (run_later("exact"), 0)),
    (outcomes.minimum_is_outside, (run_later("rosenbrock"),), (run_later("houses"),)),
    (outcomes.minimum_is_outside, (run_later("rosenbrock"),),
     (run_later("rosenbrock", minimiser=np.empty(0)),)),
    (outcomes.comes_near, (run_later(),), (run_later("heating"),)),
    (outcomes.comes_near, (run_later(),), (run_later("houses"),)),
    (outcomes.best_of_tried, (run_later("heating"), standing_later("heating")),
     (run_later(), standing_later("default"))),
    (outcomes.best_of_tried, (run_later("heating"), standing_later("heating")),
     (run_later("heating"), None)),
    (outcomes.each_step_takes, (run_later(),), (run_later("heating"),)),
    (outcomes.is_the_best_rate, (run_later(), standing_later("default")),
     (run_later("barely"), standing_later("barely"))),
    (outcomes.is_the_best_rate, (run_later(), standing_later("default")),
     (run_later(**LOSSES_ELSEWHERE), standing_later("default"))),
]  # fmt: skip


def test_steps_of_the_default_lecture_are_said_with_the_loss_to_which_they_lead():
    assert [outcomes.describe_step(run(), t) for t in (0, 1)] == [
        "Across the valley, and lower: loss 1.632",
        "Across the valley, and lower: loss 0.492",
    ]
    assert outcomes.describe_step(run(rate="very_large"), 0) == (
        "Across the valley, and higher: loss 6.480"
    )


def test_the_default_lecture_ends_near_the_lowest_loss_and_its_rate_is_explained():
    assert outcomes.describe_arrival(run(), standing("default")) == (
        "After 6 steps: 0.072. No loss is below 0.070"
    )
    assert outcomes.each_step_takes(run()) == "Every step takes 73 % of the height that is left"
    assert outcomes.is_the_best_rate(run(), standing("default")) == (
        "Flattest curvature $1.2$, sharpest $3.8$: $eta = 0.4 = 2 \\/ (1.2 + 3.8)$"
    )


def test_a_step_over_a_hill_is_not_said_to_cross_a_valley():
    for name in ("very_large", "just_right"):
        tried = lecture("wavy", very_large=2.0)[name]
        said = [outcomes.describe_step(tried, t) for t in range(tried.trajectory.steps)]
        assert all(one.startswith("The loss ") for one in said)


OUTCOMES = ("houses", "heating", "saddle", "negative", "wavy", "minimum")


@pytest.mark.parametrize("name", slow_except(OUTCOMES, "houses", "heating", "negative"))
def test_no_step_falls_by_100_per_cent_is_tiny_or_goes_from_a_number_to_the_same(name):
    for rate in ("very_small", "just_right", "very_large"):
        tried = lecture(name)[rate]
        for t in range(tried.trajectory.steps):
            said = outcomes.describe_step(tried, t)
            assert "100 %" not in said and "tiny" not in said
            if " from " in said:
                before, after = said.partition(" from ")[2].split(" to ")
                assert before != after


def test_a_minimum_that_is_rounding_noise_is_called_zero():
    noisy = run("saddle")
    found = find_minimum(LOSSES["saddle"], noisy.full.iterates[-1])
    assert 0 < abs(found.loss) < 1e-20
    assert noisy.minimum == 0
    assert outcomes.comes_near(noisy).endswith("The minimum here is 0.000")
