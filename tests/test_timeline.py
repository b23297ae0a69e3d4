"""Times of a finished film."""

from __future__ import annotations

import pytest

from understanding_gradients.commands.tables import duration
from understanding_gradients.spec.timeline import Timeline, clock_time


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (65, "1:05"), (3599, "59:59"), (3665, "1:01:05")]
)
def test_a_time_has_hours_from_an_hour_on(seconds, text):
    assert clock_time(seconds) == text
    assert duration([Timeline(15, 15 * seconds, ())]) == text
