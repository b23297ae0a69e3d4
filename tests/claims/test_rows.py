"""Every claim about the rows is shown where it is true, and for some recording is not."""

from __future__ import annotations

from types import SimpleNamespace as Given

import numpy as np
import pytest

from scenes.wording import rows as wording


def table(*pairs, picked=0, y_name="y"):
    x, y = np.array(pairs, dtype=float).T
    return Given(x=x, y=y, picked=picked, y_name=y_name)


def losses(*last):
    squares = np.array([[9.0] * len(last), last])
    return Given(squared_errors=squares, means=squares.mean(axis=1))


TWO, ONE, DOUBLE = table((0, 1), (1, 3)), table((0, 1)), table((0, 1), (0, 1))
MEETS, MISSES = np.array([2.0, 1.0]), np.array([2.0, 0.5])
LINE = np.array([-2.0, 0.0, 2.0])

CASES = [
    (wording.dots, (TWO,), (DOUBLE,)),
    (wording.shared_dots, (DOUBLE,), (TWO,)),
    (wording.slope_and_height, ((-1.0, 2.0),), ((35.0, 165.0),)),
    (wording.slope_alone, ((35.0, 165.0),), ((-1.0, 2.0),)),
    (wording.predicts, (TWO, MISSES), (TWO, MEETS)),
    (wording.predicts_the_truth, (TWO, MEETS), (TWO, MISSES)),
    (wording.misses, (TWO, MISSES), (TWO, MEETS)),
    (wording.meets, (TWO, MEETS), (TWO, MISSES)),
    (wording.closing, (np.array([-2.0, 0.1]),), (np.array([0.1, -2.0]),)),
    (wording.is_zero, (np.array([-2.0, 0.0]), 1), (np.array([-2.0, 1e-9]), 1)),
    (wording.nearly_zero, (np.array([-2.0, 1e-9]), 1), (np.array([-2.0, 0.3]), 1)),
    (wording.not_zero, (np.array([-2.0, 0.3]), 1), (np.array([-2.0, 1e-9]), 1)),
    (wording.bare_has_no_lowest, (LINE,), (LINE**2,)),
    (wording.square_has_lowest, (LINE**2,), (LINE,)),
    (wording.perfect_for_one, (TWO, losses(0.0, 4.6)), (TWO, losses(0.0, 0.0))),
    (wording.good_for_one, (TWO, losses(0.5, 4.6)), (TWO, losses(0.0, 4.6))),
    (wording.perfect_for_all, (TWO, losses(0.0, 0.0)), (TWO, losses(0.0, 4.6))),
]


def test_one_row_is_never_told_of_others():
    alone = losses(0.0)
    kinds = wording.perfect_for_one, wording.perfect_for_all, wording.good_for_one
    assert [kind(ONE, alone) for kind in kinds] == [None, None, None]
    assert wording.dots(ONE) == "1 row of data: one dot"


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ((0.0, 10.0, 1.0), "1 of the other 2 rows is further off than before."),
        ((0.0, 10.0, 11.0), "Both other rows are further off than before."),
        ((0.0, 10.0, 11.0, 12.0), "All 3 other rows are further off than before."),
        ((0.0, 10.0), "The other row is further off than before."),
        ((0.0, 1.0, 1.0), "From now on the loss is averaged over every row."),
    ],
)
def test_what_became_of_the_other_rows_is_counted(last, said):
    rows = table(*((k, k) for k in range(len(last))))
    assert wording.others(rows, losses(*last)).startswith(said)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("price in 1000 €", "1000 €"),
        ("weight [kg]", "kg"),
        ("price (€)", "€"),
        ("y", ""),
        ("inside", ""),
        ("size in m²", "m²"),
    ],
)
def test_a_unit_is_read_off_the_name_of_a_column(name, unit):
    assert wording.unit_of(name) == unit


def test_a_residual_has_the_unit_of_its_column():
    assert "310.0$ × 1000 €" in wording.misses(
        table((0, 310), y_name="price in 1000 €"), np.array([0.0, 0.0])
    )
    assert "$0.500$ kg below" in wording.misses(table((0, 1), y_name="weight [kg]"), MISSES)
    assert "$0.500$ below" in wording.misses(TWO, MISSES)


def test_a_miss_is_perfect_beside_the_spread_of_the_rows_alone():
    tiny = table((0.001, 0.001), (0.002, 0.003))
    far = losses(1e-14, 1e-6)  # the other row is missed by half of what the rows differ
    assert wording.perfect_for_one(tiny, far)
    assert wording.perfect_for_all(tiny, far) is None
    assert wording.perfect_for_one(tiny, losses(1e-6, 1e-6)) is None
