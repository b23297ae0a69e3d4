"""An arrow that was built before is an arrow like it, and another one."""

from __future__ import annotations

import numpy as np

from scenes import style
from scenes.mobjects import arrows

ENDS = np.array([0.5, -1.0, 0.0]), np.array([1.25, 0.75, 0.0])


def test_an_arrow_is_built_once_and_each_can_be_changed_alone():
    arrows._known_arrow.cache_clear()
    first, second = (arrows.arrow(*ENDS, "gradient") for _ in range(2))
    assert arrows._known_arrow.cache_info().misses == 1
    for one, other in zip(first.get_family(), second.get_family(), strict=True):
        assert one is not other
        assert one.points.tobytes() == other.points.tobytes()
        assert one.fill_rgbas.tobytes() == other.fill_rgbas.tobytes()
    assert second.tip in second.submobjects
    first.shift(np.array([1.0, 0, 0])).set_opacity(0.2)
    np.testing.assert_array_equal(second.get_start(), ENDS[0])
    third = arrows.arrow(*ENDS, "gradient")
    np.testing.assert_allclose(third.get_end(), ENDS[1])
    assert third.get_stroke_opacity() == 1


def test_an_arrow_has_the_colour_of_its_role_in_the_present_theme():
    dark = arrows.arrow(*ENDS, "gradient").get_color()
    with style.use_theme("light"):
        assert arrows.arrow(*ENDS, "gradient").get_color() != dark
    assert arrows.arrow(*ENDS, "learning_rate").get_color() != dark
