"""Numbers, shares and fates in words are those of the numbers themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent import sweep
from descent.page.content import content_of
from descent.words import percent, short


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (999.6, 3, "1000"),
        (9999.6, 4, "10000"),
        (-9999.6, 4, "−10000"),
        (99999.6, 4, "10⁵"),
        (0.000099996, 4, "0.0001"),
        (0.99996, 4, "1"),
        (12345.4, 4, "12345"),
        (1234.5678, 6, "1234.57"),
        (1e300, 4, "10³⁰⁰"),
        (0.0, 4, "0"),
    ],
)
def test_a_number_just_below_a_power_of_ten_is_written_like_the_power(value, digits, written):
    assert short(value, digits) == written


@given(st.integers(-300, 300), st.integers(1, 15), st.floats(0, 1))
def test_no_number_is_written_as_a_programme_writes_it(power, digits, share):
    just_below = 10.0**power * (1 - share * 10.0**-digits)
    assert "e" not in short(just_below, digits)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (1.0, "100 %"),
        (1 - 1e-15, "100 %"),
        (1 - 1e-10, "99.99999999 %"),
        (0.9998, "99.98 %"),
        (0.979, "97 %"),
        (0.0, "0 %"),
    ],
)
def test_a_share_is_never_rounded_up_to_all(share, said):
    assert percent(share) == said


def opening(loss, start, rate, steps):
    (run,) = content_of(sweep(loss, start, [rate], steps, keep=1))["runs"]
    return run["opens"]


def test_a_loss_is_said_to_rise_or_to_fall_only_if_it_does():
    def falling(params):
        return params[0].log() + params[1] ** 2 + 10

    left = "A run that leaves the finite numbers: watch where each step lands"
    assert opening(falling, [2, 1], 0.2, 40) == left
    rising = opening(lambda params: params[0].abs(), [0.1], 1.0, 1)
    assert rising == "A loss that rises: watch where each step lands"
    flat = opening(lambda params: 0 * params[0], [1], 0.1, 3)
    assert flat == "A loss that stays what it is: watch where each step leads"
