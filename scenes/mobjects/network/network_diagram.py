"""A network as neurons and edges, on which every weight and bias can show its partial."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    Animation,
    AnimationGroup,
    Circle,
    Create,
    DashedVMobject,
    LaggedStart,
    Line,
    VGroup,
    VMobject,
)

from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.boxes import Box
from scenes.mobjects.network.partials import Partial, layer_sizes
from scenes.mobjects.network.signed_line import DASH, LEAST_DASHES, line_width, signed_line
from scenes.typesetting.labels import Label, number

DIAGRAM = Box(style.LEFT + 0.35, -1.45, 0.75, 2.0)
HEADS_Y = -2.05
HEAD_LINE = 0.36
MOST_DRAWN = 9
AT_EACH_END = 4
WIDEST = 15.0
WIDEST_PITCH = 1.55
NEURONS = style.GEOMETRY + 1
RING_GAP = 0.05

Key = tuple[str, int, tuple[int, ...]]


def drawn_neurons(count: int) -> list[int | None]:
    """Return which neurons of a column are drawn, top down; None is a gap with dots."""
    if count <= MOST_DRAWN:
        return list(range(count))
    return [*range(AT_EACH_END), None, *range(count - AT_EACH_END, count)]


class NetworkDiagram(VGroup):
    """The layers of a network from left to right, and its loss.

    An edge is a weight; the ring of a neuron is its bias.

    Args:
        network: The `descent.NetworkGradient` that is drawn.
        box: Where on the screen the neurons stand; the loss is right of it.
    """

    def __init__(self, network: Any, box: Box = DIAGRAM) -> None:
        super().__init__()
        self.network, self.box = network, box
        self.sizes = layer_sizes(network)
        self.columns = [self._column(k, size) for k, size in enumerate(self.sizes)]
        self.radius = self._radius()
        self.widest = min(WIDEST, 50 * self.radius)
        self.marks: dict[Key, VMobject] = {}
        self.neurons = VGroup(*(self._neurons(k) for k in range(len(self.sizes))))
        self.edges = VGroup(*(self._edges(k) for k in range(1, len(self.sizes))))
        self.room = self._room()
        self.heads = {key: self._head(*key) for key in self._head_keys()}
        self.loss = self._loss()
        self.add(self.edges, self.neurons, *self.heads.values(), self.loss)

    def appear(self) -> LaggedStart:
        """Return the animation that draws the network from its inputs to its outputs."""
        stages: list[Animation] = [FadeIn(self.neurons[0])]
        for edges, neurons in zip(self.edges, self.neurons[1:], strict=True):
            stages.append(AnimationGroup(*(Create(edge) for edge in edges)))
            stages.append(FadeIn(neurons))
        return LaggedStart(*stages, lag_ratio=0.6)

    def name_layers(self) -> AnimationGroup:
        """Return the animation that writes W and b at every layer."""
        return AnimationGroup(*(FadeIn(head) for head in self.heads.values()))

    def show_loss(self) -> FadeIn:
        """Return the animation that shows the loss behind the outputs."""
        return FadeIn(self.loss, shift=0.2 * RIGHT)

    def show_partials(self, layer: int, here: Sequence[Partial], largest: float) -> LaggedStart:
        """Return the animation that gives each weight and bias of `layer` its partial.

        Args:
            layer: From 1.
            here: The partials of that layer.
            largest: The size that the widest line stands for.
        """
        turns: dict[str, list[Any]] = {"b": [], "W": []}
        for one in here:
            if one.key in self.marks:
                old, new = self.marks[one.key], self._mark(one, largest)
                self.marks[one.key] = new
                turns[one.kind] += [FadeOut(old), Create(new)]
        heads = [turn for kind in "Wb" for turn in self._turn_head(kind, layer)]
        stages = [AnimationGroup(*turns[kind]) for kind in "bW" if turns[kind]]
        return LaggedStart(*stages, AnimationGroup(*heads), lag_ratio=0.3)

    def flying(self, key: Key) -> VMobject | None:
        """Return a plain copy of a partial's mark, to be moved elsewhere; None if not drawn."""
        mark = self.marks.get(key)
        if mark is None:
            return None
        colour, width = style.palette().gradient, mark.get_stroke_width() or style.HAIRLINE
        kind, layer, index = key
        if kind == "b":
            shape: VMobject = Circle(self.radius).move_to(self._place(layer, index[0]))
        else:
            shape = Line(*self._edge_ends(layer, index))
        return shape.set_stroke(colour, width).set_z_index(style.WRITING)

    def _column(self, k: int, size: int) -> dict[int | None, np.ndarray]:
        count = len(self.sizes) - 1
        x = self.box.left + self.box.width * k / count
        drawn = drawn_neurons(size)
        pitch = self._pitch()
        middle = (self.box.bottom + self.box.top) / 2 + pitch * (len(drawn) - 1) / 2
        return {one: np.array([x, middle - pitch * row, 0]) for row, one in enumerate(drawn)}

    def _pitch(self) -> float:
        tallest = max(len(drawn_neurons(size)) for size in self.sizes)
        return min(WIDEST_PITCH, self.box.height / max(1, tallest - 1))

    def _radius(self) -> float:
        across = self.box.width / (len(self.sizes) - 1)
        return min(0.34, 0.36 * self._pitch(), 0.2 * across)

    def _place(self, column: int, neuron: int) -> np.ndarray:
        return self.columns[column][neuron]

    def _neurons(self, k: int) -> VGroup:
        colours, neurons = style.palette(), VGroup()
        has_bias = k > 0 and self.network.biases[k - 1].size > 0
        for neuron, place in self.columns[k].items():
            if neuron is None:
                neurons.add(Label("$dots.v$", style.TEXT, colours.muted, shown="⋮").move_to(place))
                continue
            ring = Circle(self.radius, color=colours.parameter if has_bias else colours.muted)
            ring.set_stroke(width=style.LINE).move_to(place).set_z_index(NEURONS)
            if has_bias:
                self.marks["b", k, (neuron,)] = ring
            ground = Circle(
                self.radius, fill_color=colours.background, fill_opacity=1, stroke_width=0
            )
            neurons.add(ground.move_to(place).set_z_index(NEURONS), ring)
            neurons.add(*self._inscription(k, neuron, place))
        return neurons

    def _inscription(self, k: int, neuron: int, place: np.ndarray) -> list[Label]:
        """Return what stands in a neuron: x in the inputs, ŷ in the outputs."""
        last = len(self.sizes) - 1
        if k not in (0, last):
            return []
        below = "" if self.sizes[k] == 1 else f"_({neuron + 1})"
        letter, plain = ("x", "x") if k == 0 else ("hat(y)", "ŷ")
        colour = style.palette().ink if k == 0 else style.palette().prediction
        label = Label(f"${letter}{below}$", style.LABEL, colour, shown=plain)
        fits = max(label.width, label.height) < 1.6 * self.radius
        return [label.move_to(place)] if fits else []

    def _edges(self, layer: int) -> VGroup:
        edges = VGroup()
        outputs, inputs = self.network.weights[layer - 1].shape
        for output, input_ in product(range(outputs), range(inputs)):
            if output in self.columns[layer] and input_ in self.columns[layer - 1]:
                ends = self._place(layer - 1, input_), self._place(layer, output)
                edge = Line(*ends, color=style.palette().parameter, stroke_width=2.0)
                edge.set_stroke(opacity=0.75)
                self.marks["W", layer, (output, input_)] = edge
                edges.add(edge.set_z_index(style.GEOMETRY))
        return edges

    def _mark(self, one: Partial, largest: float) -> VMobject:
        """Return the edge or ring of a partial: as wide as it is large, dashed if negative."""
        colours = style.palette()
        width = line_width(one.size, largest, self.widest)
        colour = colours.gradient if one.size else colours.muted
        if one.kind == "b":
            ring = Circle(self.radius, color=colour, stroke_width=width)
            ring.move_to(self._place(one.layer, one.index[0]))
            dashes = max(LEAST_DASHES, round(2 * np.pi * self.radius / DASH))
            mark = DashedVMobject(ring, num_dashes=dashes) if one.value < 0 else ring
            return mark.set_z_index(NEURONS)
        edge = signed_line(*self._edge_ends(one.layer, one.index), one.value < 0)
        return edge.set_stroke(colour, width).set_z_index(style.GEOMETRY)

    def _edge_ends(self, layer: int, index: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Return where a weight's edge meets the two neurons, the later one first."""
        output, input_ = index
        late, early = self._place(layer, output), self._place(layer - 1, input_)
        direction = (early - late) / np.linalg.norm(early - late)
        inwards = (self.radius + RING_GAP + self.widest / 200) * direction
        return late + inwards, early - inwards

    def _head_keys(self) -> list[tuple[str, int]]:
        layers = range(1, len(self.sizes))
        without = [k for k in layers if not self.network.biases[k - 1].size]
        return [(kind, k) for k in layers for kind in "Wb" if kind == "W" or k not in without]

    def _head(self, kind: str, layer: int, turned: bool = False) -> Label:
        """Return what stands below a layer: its name, or, `turned`, its partial."""
        name, colours = f"{kind}_({layer})", style.palette()
        if turned and self.room != "names":
            markup, shown = f"partial Theta \\/ partial {name}", f"∂Θ/∂{kind}{layer}"
        else:
            markup, shown = name, f"{kind}{layer}"
        colour = colours.gradient if turned else colours.parameter
        head = Label(f"${markup}$", style.LABEL, colour, shown=shown)
        across = self.box.width / (len(self.sizes) - 1)
        x = self.box.left + across * (layer if kind == "b" else layer - 0.5)
        lower = kind == "b" and self.room == "two lines"
        return head.move_to((x, HEADS_Y - HEAD_LINE * lower, 0))

    def _room(self) -> str:
        """Return how the partials of all layers fit below them: on one line, on two, or not."""
        width = Label("$partial Theta \\/ partial W_(0)$").width + style.GAP
        across = self.box.width / (len(self.sizes) - 1)
        if width < across / 2:
            return "one line"
        return "two lines" if width < across else "names"

    def _turn_head(self, kind: str, layer: int) -> list[Any]:
        old = self.heads.get((kind, layer))
        if old is None:
            return []
        self.heads[kind, layer] = self._head(kind, layer, turned=True)
        return [FadeOut(old), FadeIn(self.heads[kind, layer])]

    def _loss(self) -> VGroup:
        colours = style.palette()
        middle = (self.box.bottom + self.box.top) / 2
        name = Label("$Theta$", style.TITLE, colours.loss, shown="Θ")
        name.move_to((style.STAGE_RIGHT - 0.2, middle, 0))
        value = number(self.network.loss, colour=colours.loss)
        value.next_to(name, DOWN, buff=style.GAP)
        lines = VGroup()
        for neuron, place in self.columns[-1].items():
            if neuron is not None:
                start = place + self.radius * RIGHT
                end = name.get_left() + 0.12 * LEFT
                lines.add(Line(start, end, color=colours.muted, stroke_width=style.HAIRLINE))
        return VGroup(lines.set_z_index(style.GEOMETRY), name, value)
