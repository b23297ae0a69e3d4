"""Gradient(Θ) = (∂Θ/∂W1, ∂Θ/∂b1, …), put together from the heads of the layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from manim import LEFT, Animation, VGroup

from scenes import style
from scenes.facts.selection import spelled_layers
from scenes.fading import FadeIn, FadeOut
from scenes.typesetting.labels import Label, Phrase

FORMULA_Y = -2.8
SAME_PLACE = 1e-6

Entry = tuple[str, int | str | None]  # kind and layer; None is for dots


class GradientFormula(VGroup):
    """The gradient of a network as the list of its layers' partials.

    Args:
        layers: How many layers there are.
        heads: The label below each layer, by kind and layer; a bias may be missing.
    """

    def __init__(self, layers: int, heads: Mapping[tuple[str, int], Label]) -> None:
        super().__init__()
        self.heads = heads
        wanted = [(kind, k) for k in spelled_layers(layers) for kind in ("Wb" if k else "…")]
        self.entries = [entry for entry in wanted if entry in heads or entry[1] is None]
        self.phrase = _phrase(self.entries)
        self.general = _phrase(self._general())
        self.add(self.phrase)

    def gather(self) -> list[Animation]:
        """Return the animations in which the heads of the layers become the formula."""
        parts = self.phrase.parts
        moving = {f"{kind}{k}": self.heads[kind, k] for kind, k in self.entries if k is not None}
        moves: list[Animation] = [
            FadeIn(parts[name], target_position=head, scale=style.LABEL / style.TEXT)
            for name, head in moving.items()
        ]
        return moves + [FadeIn(part) for name, part in parts.items() if name not in moving]

    def leave(self) -> list[Animation]:
        """Return the animations that take away what the formula of M layers has elsewhere."""
        parts = self.phrase.parts.items()
        return [FadeOut(part) for name, part in parts if not self._stays(name)]

    def generalise(self) -> list[Animation]:
        """Return the animations that bring the rest of the formula of M layers."""
        parts = self.general.parts.items()
        return [FadeIn(part) for name, part in parts if not self._stays(name)]

    def _stays(self, name: str) -> bool:
        """Return whether a part is the same, at the same place, in both formulas."""
        here, there = self.phrase.parts.get(name), self.general.parts.get(name)
        if here is None or there is None:
            return False
        return abs(here.get_left()[0] - there.get_left()[0]) < SAME_PLACE

    def _general(self) -> list[Entry]:
        kinds = "Wb" if any(kind == "b" for kind, _ in self.entries) else "W"
        first, last = [(kind, 1) for kind in kinds], [(kind, "M") for kind in kinds]
        return [*first, ("…", None), *last]


def _phrase(entries: Sequence[Entry]) -> Phrase:
    parts = {"open": ("Gradient($Theta$) $= ($", "ink")}
    for kind, k in entries:
        end = "," * ((kind, k) != entries[-1])
        slope = f"partial Theta \\/ partial {kind}_({k})" if k else "dots"
        parts[f"{kind}{k}" if k else "…"] = (f"${slope}{end}$", "gradient")
    phrase = Phrase({**parts, "close": ("$)$", "ink")}, size=style.TEXT)
    return phrase.move_to((style.LEFT, FORMULA_Y, 0), LEFT)
