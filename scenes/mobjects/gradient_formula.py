"""Gradient(Θ) = (∂Θ/∂W1, ∂Θ/∂b1, …), put together from what stands at the layers."""

from __future__ import annotations

from collections.abc import Mapping

from manim import LEFT, RIGHT, Animation, FadeIn, ReplacementTransform, VGroup

from scenes import style
from scenes.partials import spelled_layers
from scenes.typeset import Label

FORMULA_Y = -3.42


class GradientFormula(VGroup):
    """The gradient of a network as the list of its layers' partials.

    Args:
        layers: How many layers there are.
        heads: What stands at each layer, by kind and layer; a bias may be missing.
    """

    def __init__(self, layers: int, heads: Mapping[tuple[str, int], Label]) -> None:
        super().__init__()
        self.heads = heads
        self.parts: dict[tuple[str, int], Label] = {}
        wanted = [(k, kind) for k in spelled_layers(layers) for kind in "Wb"]
        entries = [(kind, k) for k, kind in wanted if (kind, k) in heads or k is None]
        entries = [entry for entry in entries if entry != ("b", None)]
        self.frame = [Label("Gradient($Theta$) $= thin ($", shown="Gradient(Θ) = (")]
        self.add(self.frame[0])
        for entry in entries:
            self.add(self._part(entry, comma=entry != entries[-1]))
        self.frame.append(Label("$)$", shown=")"))
        self.add(self.frame[-1])
        self.arrange(RIGHT, buff=0.12).move_to((style.LEFT, FORMULA_Y, 0), LEFT)

    def gather(self) -> list[Animation]:
        """Return the animations by which what stands at the layers becomes the formula."""
        moves = [
            ReplacementTransform(self.heads[entry].copy(), part)
            for entry, part in self.parts.items()
        ]
        return [FadeIn(label) for label in self.frame] + moves

    def _part(self, entry: tuple[str, int | None], comma: bool) -> Label:
        kind, layer = entry
        colour, end = style.palette().gradient, "," * comma
        if layer is None:
            dots = Label(f"$dots{end}$", colour=colour, shown="…")
            self.frame.append(dots)
            return dots
        name = f"partial Theta \\/ partial {kind}_({layer}){end}"
        part = Label(f"${name}$", colour=colour, shown=f"∂Θ/∂{kind}{layer}{end}")
        self.parts[kind, layer] = part
        return part
