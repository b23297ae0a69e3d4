"""The scale in which gradients are drawn, and which of them are nothing but rounding."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from descent.text.numbers import minus

EPSILON = float(np.finfo(np.float64).eps)
ROUNDINGS = 8  # of the few operations between the parameters and a gradient
PLAIN_TO = 1000  # beyond it, a scale is written with a power of ten
HAIR = 1e-9


def is_rounding(trajectory: Any, t: int, sharpness: float) -> bool:
    """Return whether the gradient of step `t` may be zero but for rounding.

    Parameters of size |θ| are rounded by ε·|θ|, which changes the gradient by up to λ·ε·|θ|: a
    gradient no larger than a few times that is not told from zero.

    Args:
        trajectory: The `descent.Trajectory`.
        t: The step.
        sharpness: The largest curvature λ of the loss; where it is not known, only 0 is zero.
    """
    size = math.hypot(*trajectory.gradients[t].tolist())
    curvature = abs(sharpness) if math.isfinite(sharpness) else 0.0
    reach = math.hypot(*trajectory.iterates[t].tolist())
    return size <= ROUNDINGS * EPSILON * curvature * reach


def plain_scale(most: float) -> float:
    """Return the largest scale up to `most` that can be said: 1/k or k.

    k is one digit and zeros; beyond `PLAIN_TO` the digit is 1, 2 or 5.
    """
    if not (most > 0 and math.isfinite(most) and math.isfinite(1 / most)):
        return 0.0
    inverse = most < 1
    value = 1 / most if inverse else most
    power = 10.0 ** math.floor(math.log10(value))
    digits = range(1, 11) if value <= PLAIN_TO else (1, 2, 5, 10)
    # The hair keeps a whole number whole that rounding has moved.
    if inverse:
        return 1 / (min(digit for digit in digits if digit * power >= value * (1 - HAIR)) * power)
    return max(digit for digit in digits if digit * power <= value * (1 + HAIR)) * power


def scale_text(scale: float) -> str:
    """Return a scale of `plain_scale` as it is said: "1/9", "20", "2·10^−6"."""
    whole = 1 / scale if scale < 1 else scale
    if round(whole) <= PLAIN_TO:
        return f"1/{whole:.0f}" if scale < 1 else f"{whole:.0f}"
    factor, exponent = f"{scale:.0e}".split("e")
    power = minus(f"10^{int(exponent)}")
    return power if factor == "1" else f"{factor}·{power}"
