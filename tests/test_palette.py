"""Colours that stand beside each other are told apart by everybody, in both themes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from descent.palette import THEMES

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
SIGHT = {
    "usual": np.eye(3),
    "protanope": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranope": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}
TO_XYZ = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]
WHITE = (0.95047, 1.0, 1.08883)
# A point, its gradient, and the path of the rate that is too large are drawn over each other.
TOGETHER = ("parameter", "gradient", "very_large")
APART = 16.95  # CIE76; those of the dark theme are 17.0 apart at least


def seen(color, sight):
    """A colour as CIELAB, as it is seen."""
    levels = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    x, y, z = TO_XYZ @ np.clip(np.array(SIGHT[sight]) @ linear, 0, 1) / WHITE
    x, y, z = (np.cbrt(v) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116 for v in (x, y, z))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_the_lightness_of_white_and_the_difference_of_known_colours():
    np.testing.assert_allclose(seen("#FFFFFF", "usual"), (100, 0, 0), atol=0.01)
    # CIELAB of sRGB red, D65.
    np.testing.assert_allclose(seen("#FF0000", "usual"), (53.24, 80.09, 67.20), atol=0.02)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", THEMES)
def test_a_point_its_gradient_and_a_path_too_large_are_told_apart(theme, sight):
    palette = THEMES[theme]
    for one, other in combinations(TOGETHER, 2):
        apart = seen(getattr(palette, one), sight) - seen(getattr(palette, other), sight)
        assert np.linalg.norm(apart) >= APART, (one, other)
