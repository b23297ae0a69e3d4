"""Gradient(Θ) = (∂Θ/∂W1, ∂Θ/∂b1, …), put together from the heads of the layers."""

from __future__ import annotations

from collections.abc import Mapping

from manim import LEFT, Animation, VGroup

from scenes import style
from scenes.facts.selection import spelled_layers
from scenes.fading import FadeIn
from scenes.typesetting.labels import Label, Phrase

FORMULA_Y = -2.85


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
        self.phrase = Phrase(self._parts(), size=style.TEXT)
        self.phrase.move_to((style.LEFT, FORMULA_Y, 0), LEFT)
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

    def _parts(self) -> dict[str, tuple[str, str]]:
        parts = {"open": ("Gradient($Theta$) $= ($", "ink")}
        for kind, k in self.entries:
            end = "," * ((kind, k) != self.entries[-1])
            slope = f"partial Theta \\/ partial {kind}_({k})" if k else "dots"
            parts[f"{kind}{k}" if k else "…"] = (f"${slope}{end}$", "gradient")
        return {**parts, "close": ("$)$", "ink")}
