"""The numbers of an axis, and the power of ten that they have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence

from descent.text.numbers import minus, parse
from scenes import style
from scenes.mobjects.ticks import tick_decimals
from scenes.typesetting.labels import Label, number_label
from scenes.typesetting.markup import as_math


def tick_labels(values: Sequence[float], log: bool, power: int) -> list[Label]:
    """Return the numbers of an axis, as multiples of 10^power unless it is logarithmic."""
    color = style.palette().muted
    if log:
        powers = [round(math.log10(value)) for value in values]
        return [Label(f"$10^({k})$", color=color, plain_text=f"10^{k}") for k in powers]
    scaled = [value / 10.0**power for value in values]
    decimals = tick_decimals(scaled)
    texts = [minus(f"{value:.{decimals}f}") for value in scaled]
    texts = [text.lstrip("−") if parse(text) == 0 else text for text in texts]
    return [number_label(text, color=color) for text in texts]


def power_label(power: int, base: str = "") -> Label:
    """Return the label of a common power and a base, such as "·10^5 + 500300"."""
    factor = f"dot 10^({power})" if power else ""
    text = minus(f"·10^{power}{base}") if power else base.strip()
    return Label(f"${factor} {as_math(base)}$", color=style.palette().muted, plain_text=text)
