"""What is said of the boundary of the learning rate holds of what was recorded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenes.wording import boundary
from tests.claims.later import later
from tests.claims.recordings import lecture, table
from tests.marks import slow_except

RISING = table([1, 2, 5, 9])


@later
def slice_of(name="default", **changes):
    return replace(lecture(name)["slice"], **changes)


@later
def with_descents(**by_place):
    """Return the default slice with other descents at some places, "at_3=0": the first's."""
    one = lecture("default")["slice"]
    descents = list(one.descents)
    for name, other in by_place.items():
        descents[int(name.removeprefix("at_"))] = one.descents[other]
    return replace(one, descents=descents)


CASES = [
    (boundary.slope_grows, (slice_of(),), (slice_of(slopes=np.ones(201)),)),
    (boundary.step_multiplies, (slice_of(),), (with_descents(at_0=1),)),
    (boundary.where_they_land, (slice_of(),), (with_descents(at_3=2),)),
    (boundary.where_they_land, (slice_of(),), (with_descents(at_1=0),)),
    (boundary.climbs_out, (slice_of(),), (with_descents(at_4=2),)),
    (boundary.climbs_out, (slice_of(),), (with_descents(at_3=0),)),
    (boundary.climbs_out, (slice_of(),), (slice_of("double_well"),)),
    (boundary.below_arrive, (slice_of(),), (with_descents(at_0=4),)),
    (boundary.boundary, (RISING,), (table([1, 2, 3, 9]),)),
    (boundary.boundary, (RISING,), (table([1, 2, 5, 9], critical=1.4),)),
    (boundary.risky_beyond, (table([1, 2, 5, 3]),), (RISING,)),
    (boundary.measured_onset, (table([1, 2, 3, 9]),), (RISING,)),
    (boundary.no_boundary, (table([1, 2, 3, 3]),), (RISING,)),
    (boundary.curved_downwards, (table([1, 2, 5, 9], np.inf, sharpness=-26),), (RISING,)),
    (boundary.flat, (table([1, 2, 5, 9], np.inf, sharpness=0),), (RISING,)),
    (boundary.start_is_lowest, (table([4, 4, 5, 9]),), (RISING,)),
]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (RISING, "Beyond $2 \\/ lambda = 1$"),
        (table([1, 2, 3, 9]), "The first to end higher: $eta = 2$. $2 \\/ lambda$ at the start"),
        (table([1, 2, 5, 9], np.inf, sharpness=-26), "The loss is curved downwards here"),
    ],
)
def test_the_curve_is_told_by_the_measured_onset_where_2_by_lambda_does_not_tell_it(found, said):
    assert boundary.what_the_curve_shows(found).startswith(said)


@pytest.mark.parametrize(
    "loss",
    slow_except(["rosenbrock", "double_well", "valley", "negative"], "double_well", "negative"),
)
def test_2_by_lambda_is_no_boundary_where_the_measured_onset_is_elsewhere(loss):
    found = lecture(loss)["rates"]
    critical = found.critical_learning_rate
    assert not abs(found.onset - critical) <= 0.15 * critical
    assert "oundary" not in boundary.what_the_curve_shows(found)
    assert [at for at, _ in boundary.named_rates(found)] == [found.onset]


@pytest.mark.parametrize("loss", slow_except(["himmelblau", "rastrigin"], "rastrigin"))
def test_a_negative_curvature_is_no_sharpness_and_has_no_boundary(loss):
    settings = {} if loss == "himmelblau" else {"start": (0.5, 0.5)}
    found = lecture(loss, **settings)["rates"]
    assert found.sharpness < 0
    assert boundary.what_the_curve_shows(found) == (
        "The loss is curved downwards here: no boundary at this place"
    )


def test_what_rounding_adds_is_not_higher():
    assert table([4, 4 + 1e-15, 4 + 1e-15, 4 + 1e-15]).onset == np.inf
    assert table([4, 4, 4 + 1e-9, 9]).onset == 1.1
