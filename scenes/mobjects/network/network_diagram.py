"""A network as neurons and edges; every weight and bias can show its partial derivative."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
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
from scenes.facts.partials import Key, Partial, layer_sizes
from scenes.facts.selection import drawn_neurons
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.backed import backed
from scenes.mobjects.boxes import Box
from scenes.mobjects.chip import Chip
from scenes.mobjects.network.signed_line import DASH, LEAST_DASHES, line_width, signed_line
from scenes.typesetting.fitting import fitting_numbers
from scenes.typesetting.labels import Label, number
from scenes.typesetting.markup import escape

DIAGRAM = Box(style.LEFT + 0.45, -1.15, -0.1, 1.95)
HEADS_Y = -2.2
HEAD_LINE = 0.34
LOSS_X = 1.3
NOTE_Y = 2.15
WIDEST_RADIUS = 0.43
VALUE_ROOM = 0.45
WIDEST = 15.0
WIDEST_PITCH = 1.55
NEURONS = style.GEOMETRY + 1
RING_GAP = 0.05


class NetworkDiagram(VGroup):
    """The layers of a network from left to right, and its loss.

    An edge is a weight; the ring of a neuron is its bias.

    Args:
        network: The `descent.NetworkGradient`.
        forward: The `understanding_gradients.lecture.network.NetworkPass` of one row.
        over: What Θ is taken over; see `scenes.wording.chips`.
        box: Where on the screen the neurons are; the loss is to the right of it.
    """

    def __init__(self, network: Any, forward: Any, over: str = "", box: Box = DIAGRAM) -> None:
        super().__init__()
        self.network, self.forward, self.over, self.box = network, forward, over, box
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
        self.values = [self._values(k) for k in range(len(self.sizes))]
        self.add(self.edges, self.neurons, *self.heads.values(), self.loss)

    def connect(self) -> LaggedStart:
        """Return the animation that draws the edges from the inputs to the outputs."""
        layers = (AnimationGroup(*(Create(edge) for edge in edges)) for edges in self.edges)
        return LaggedStart(*layers, lag_ratio=0.6)

    def name_layers(self) -> AnimationGroup:
        """Return the animation that writes W and b at every layer."""
        return AnimationGroup(*(FadeIn(head) for head in self.heads.values()))

    def note_standardised(self) -> FadeIn:
        """Return the animation that says that the data are scaled."""
        note = Label("x, y standardised", color=style.palette().muted)
        return FadeIn(note.move_to((style.LEFT, NOTE_Y, 0), LEFT))

    def show_values(self) -> list[AnimationGroup]:
        """Return one animation per column, in which the values of its neurons appear."""
        written = [labels for labels in self.values if len(labels)]
        return [
            AnimationGroup(*(FadeIn(label, shift=0.15 * RIGHT) for label in labels))
            for labels in written
        ]

    def show_loss(self) -> FadeIn:
        """Return the animation that shows the loss behind the outputs."""
        return FadeIn(self.loss, shift=0.2 * RIGHT)

    def show_partials(self, layer: int, here: Sequence[Partial], largest: float) -> LaggedStart:
        """Return the animation that gives each weight and bias of `layer` its partial.

        Args:
            layer: From 1.
            here: The partials of that layer.
            largest: The size of the widest line.
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

    def flash(self, key: Key) -> list[Animation]:
        """Return the animation in which a partial's mark lights up, if it is drawn."""
        mark = self.marks.get(key)
        if mark is None:
            return []
        lit = mark.copy().set_color(style.palette().ink).set_z_index(style.FRONT)
        return [FadeOut(lit)]

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
        return min(WIDEST_RADIUS, 0.36 * self._pitch(), 0.2 * across)

    def _place(self, column: int, neuron: int) -> np.ndarray:
        return self.columns[column][neuron]

    def _neurons(self, k: int) -> VGroup:
        colors, neurons = style.palette(), VGroup()
        has_bias = k > 0 and self.network.biases[k - 1].size > 0
        for neuron, place in self.columns[k].items():
            if neuron is None:
                neurons.add(
                    Label("$dots.v$", style.TEXT, colors.muted, plain_text="⋮").move_to(place)
                )
                continue
            ring = Circle(self.radius, color=colors.parameter if has_bias else colors.muted)
            ring.set_stroke(width=style.LINE).move_to(place).set_z_index(NEURONS)
            if has_bias:
                self.marks["b", k, (neuron,)] = ring
            disc = Circle(self.radius, fill_color=colors.background, fill_opacity=1, stroke_width=0)
            neurons.add(disc.move_to(place).set_z_index(NEURONS), ring)
            neurons.add(*self._inscription(k, neuron, place))
        return neurons

    def _inscription(self, k: int, neuron: int, place: np.ndarray) -> list[Label]:
        """Return the text in a neuron: x in the inputs, ŷ in the outputs, else the activation."""
        colors, last = style.palette(), len(self.sizes) - 1
        below = "" if self.sizes[k] == 1 else f"_({neuron + 1})"
        if k == 0:
            label = Label(f"$x{below}$", style.LABEL, colors.ink, plain_text="x")
        elif k == last:
            label = Label(f"$hat(y){below}$", style.LABEL, colors.prediction, plain_text="ŷ")
        else:
            label = Label(escape(self.forward.activation), style.LABEL, colors.muted)
        fits = max(label.width, label.height) < 1.7 * self.radius
        return [label.move_to(place)] if fits else []

    def _values(self, k: int) -> list[VGroup]:
        """Return the values of a column's neurons, each below its neuron, if there is room."""
        neurons = [neuron for neuron in self.columns[k] if neuron is not None]
        if len(neurons) > 1 and self._pitch() - 2 * self.radius < VALUE_ROOM:
            return []
        colors, values = style.palette(), self.forward.columns[k]
        color = colors.prediction if k == len(self.sizes) - 1 else colors.ink
        room = 0.55 * self.box.width / (len(self.sizes) - 1)
        labels = fitting_numbers([float(values[neuron]) for neuron in neurons], room, color)
        for neuron, label in zip(neurons, labels, strict=True):
            label.next_to(self._place(k, neuron), DOWN, buff=self.radius + 0.12)
            label.shift(max(0.0, style.LEFT - label.get_left()[0]) * RIGHT)
        return [backed(label) for label in labels]

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
        colors = style.palette()
        width = line_width(one.size, largest, self.widest)
        color = colors.gradient if one.size else colors.muted
        if one.kind == "b":
            ring = Circle(self.radius, color=color, stroke_width=width)
            ring.move_to(self._place(one.layer, one.index[0]))
            dashes = max(LEAST_DASHES, round(2 * np.pi * self.radius / DASH))
            mark = DashedVMobject(ring, num_dashes=dashes) if one.value < 0 else ring
            return mark.set_z_index(NEURONS)
        edge = signed_line(*self._edge_ends(one.layer, one.index), one.value < 0)
        return edge.set_stroke(color, width).set_z_index(style.GEOMETRY)

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
        """Return the text below a layer: its name or, if `turned`, its partial."""
        name, colors = f"{kind}_({layer})", style.palette()
        if turned and self.room != "names":
            markup, text = f"partial Theta \\/ partial {name}", f"∂Θ/∂{kind}{layer}"
        else:
            markup, text = name, f"{kind}{layer}"
        color = colors.gradient if turned else colors.parameter
        head = Label(f"${markup}$", style.LABEL, color, plain_text=text)
        across = self.box.width / (len(self.sizes) - 1)
        x = self.box.left + across * (layer if kind == "b" else layer - 0.5)
        lower = kind == "b" and self.room == "two lines"
        return head.move_to((x, HEADS_Y - HEAD_LINE * lower, 0))

    def _room(self) -> str:
        """Return what fits below the layers: partials on "one line" or "two lines", or "names"."""
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
        colors = style.palette()
        middle = (self.box.bottom + self.box.top) / 2
        name = Label("$Theta$", style.TITLE, colors.loss, plain_text="Θ")
        name.move_to((LOSS_X, middle, 0))
        value = number(self.network.loss, color=colors.loss)
        value.next_to(name, DOWN, buff=style.GAP)
        lines = VGroup()
        for neuron, place in self.columns[-1].items():
            if neuron is not None:
                start = place + self.radius * RIGHT
                end = name.get_left() + 0.12 * LEFT
                lines.add(Line(start, end, color=colors.muted, stroke_width=style.HAIRLINE))
        chip = Chip(self.over).next_to(name, UP, buff=style.GAP) if self.over else VGroup()
        return VGroup(lines.set_z_index(style.GEOMETRY), name, value, chip)
