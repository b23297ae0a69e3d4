"""The graph that autograd recorded, from left to right, with its values and gradients."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from manim import (
    DOWN,
    RIGHT,
    UP,
    Animation,
    AnimationGroup,
    Create,
    Dot,
    LaggedStart,
    MoveAlongPath,
    Polygon,
    RoundedRectangle,
    Succession,
    VGroup,
    VMobject,
)

from descent.gradients.graph_layout import Layout, layered
from descent.text.numbers import format_array
from scenes import style
from scenes.facts.graph_reading import Reading
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.backed import backed
from scenes.mobjects.boxes import Box
from scenes.typesetting.fitting import fitting_number
from scenes.typesetting.graph_markup import node_markup
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import partial

GRAPH = Box(-5.8, -2.25, 5.8, 0.7)
FORMULA_ROOM = 0.7
HEIGHT, LEAST_HEIGHT = 0.8, 0.5
PAD = 0.18
LEAST_EDGE = 0.32
NUMBERS = 0.8
WIDEST_COLUMN, TALLEST_ROW = 2.5, 2.4
NAMED_ROW = 1.95
LEAST_COLUMN = 1.05
SPECK = 0.16
TIP = 0.13
BEND = 0.45
NODES = style.GEOMETRY + 2


class AutogradDiagram(VGroup):
    """Nodes in columns, edges from parents to children, values below and gradients above.

    Where not every node has room for text, operations are small, and only the leaves and the loss
    carry names and numbers.

    Args:
        reading: The graph.
        box: Where on the screen the centres of the nodes are.
        below_formula: Whether a formula takes room above.
    """

    def __init__(self, reading: Reading, box: Box = GRAPH, *, below_formula: bool = True) -> None:
        super().__init__()
        if not below_formula:
            box = replace(box, top=box.top + FORMULA_ROOM)
        self.reading, self.box = reading, box
        self.layout = layered([node.parents for node in reading.nodes])
        self.across, self.down = _spacing(self.layout, box)
        self.node_height = float(np.clip(self.down - NUMBERS, LEAST_HEIGHT, HEIGHT))
        self.roomy = self.across >= LEAST_COLUMN and self.down >= LEAST_HEIGHT + NUMBERS
        self.shapes = [self._shape(index) for index in range(len(reading.nodes))]
        self.paths = {edge: self._path(*edge) for edge in self.layout.routes}
        self.tips = {edge: self._tip(*edge) for edge in self.paths}
        self.values = [self._value(index) for index in range(len(reading.nodes))]
        self.gradients = [self._gradient(index) for index in range(len(reading.nodes))]

    @property
    def columns(self) -> list[list[int]]:
        """The nodes of each column, from the leaves to the loss."""
        at = [round(column) for column, _ in self.layout.places]
        return [[i for i, c in enumerate(at) if c == k] for k in range(self.layout.columns)]

    def record(self) -> LaggedStart:
        """Return the animation that draws node after node as they were recorded."""
        stages = []
        for index, shape in enumerate(self.shapes):
            edges = [Create(path) for edge, path in self.paths.items() if edge[1] == index]
            tips = [FadeIn(tip) for edge, tip in self.tips.items() if edge[1] == index]
            stages.append(AnimationGroup(*edges, *tips, FadeIn(shape)))
        return LaggedStart(*stages, lag_ratio=0.5)

    def show_values(self) -> list[AnimationGroup]:
        """Return one animation per column, in which its values appear."""
        turns = []
        for column in self.columns:
            labels = [self.values[index] for index in column]
            fades = [FadeIn(label, shift=0.15 * RIGHT) for label in labels if label is not None]
            if fades:
                turns.append(AnimationGroup(*fades))
        return turns

    def flow_back(self, stage: Sequence[int]) -> list[Animation]:
        """Return the animations in which gradients go from operations back to their parents.

        The edges turn round: their arrowheads are at the parents from then on.
        """
        color = style.palette().gradient
        turns: list[Animation] = []
        for edge in [edge for edge in self.paths if edge[1] in stage]:
            back = self._path(*edge, backwards=True).set_stroke(color)
            tip = self._tip(*edge, backwards=True).set_fill(color)
            turns.append(_pulse(back.copy().reverse_points(), color))
            turns += [
                FadeOut(self.paths[edge]),
                FadeOut(self.tips[edge]),
                FadeIn(back),
                FadeIn(tip),
            ]
            self.paths[edge], self.tips[edge] = back, tip
        return turns

    def flow_forward(self, stage: Sequence[int], origins: Sequence[int]) -> list[Animation]:
        """Return the animations in which a change goes from `origins` to their children."""
        edges = [edge for edge in self.paths if edge[0] in origins and edge[1] in stage]
        return [_pulse(self.paths[edge].copy(), style.palette().parameter) for edge in edges]

    def arrive(self, indices: Iterable[int]) -> list[Animation]:
        """Return the animations that write the gradients of nodes over them."""
        labels = [self.gradients[index] for index in indices]
        return [FadeIn(label, shift=0.1 * UP) for label in labels if label is not None]

    def name_leaves(self) -> list[Animation]:
        """Return the animations that write ∂Θ/∂(leaf) over each leaf's gradient, with room."""
        if self.down < NAMED_ROW:
            return []
        names: list[Label] = []
        for index, node in enumerate(self.reading.nodes):
            label = self.gradients[index]
            if node.name and label is not None:
                name = Label(
                    f"${partial(node.name)}$",
                    color=style.palette().gradient,
                    plain_text=f"∂Θ/∂{node.name}",
                )
                names.append(_inside(name.next_to(label, UP, buff=0.06)))
        return [FadeIn(name) for name in names]

    def _place(self, place: tuple[float, float]) -> np.ndarray:
        column, row = place
        width = self.across * (self.layout.columns - 1)
        left = (self.box.left + self.box.right - width) / 2
        middle = (self.box.bottom + self.box.top) / 2
        return np.array([left + self.across * column, middle - self.down * row, 0])

    def _has_room(self, index: int) -> bool:
        last = index == len(self.reading.nodes) - 1
        return self.roomy or last or bool(self.reading.nodes[index].name)

    def _shape(self, index: int) -> VGroup:
        colors, place = style.palette(), self._place(self.layout.places[index])
        leaf, last = self.reading.is_leaf(index), index == len(self.reading.nodes) - 1
        edge = colors.parameter if leaf else colors.loss if last else colors.muted
        if not self._has_room(index):
            return VGroup(_pill(SPECK, SPECK, edge).move_to(place))
        label = self._inscription(index, colors.parameter if leaf else colors.muted)
        width = max(self.node_height, label.width + 2 * PAD)
        return VGroup(_pill(width, self.node_height, edge), label).move_to(place)

    def _inscription(self, index: int, color: str) -> Label:
        """Return the text of a node, as much of it as there is room for."""
        text, full = self.reading.text(index), node_markup(self.reading, index)
        usual = style.TEXT if self.node_height > 0.9 * HEIGHT else style.LABEL
        room = self.across - LEAST_EDGE - 2 * PAD
        sign = node_markup(self.reading, index, False)
        tries = ((full, usual), (full, style.LABEL), (sign, usual), ("$f$", usual))
        for markup, size in tries[:-1]:
            label = Label(markup, size, color, plain_text=text)
            if label.width <= room or self.reading.is_leaf(index):
                return label
        return Label(*tries[-1], color, plain_text=text)

    def _path(self, parent: int, child: int, backwards: bool = False) -> VMobject:
        """Return the curve from a parent to its child, with room for a tip at one end."""
        route = [self._place(place) for place in self.layout.routes[parent, child]]
        start = self.shapes[parent][0].get_right() + TIP * backwards * RIGHT
        end = self.shapes[child][0].get_left() - TIP * (not backwards) * RIGHT
        path = VMobject(stroke_color=style.palette().muted, stroke_width=2.0)
        knots = [start, *route, end]
        path.start_new_path(start)
        for here, there in zip(knots, knots[1:], strict=False):
            reach = BEND * (there[0] - here[0]) * RIGHT
            path.add_cubic_bezier_curve_to(here + reach, there - reach, there)
        return path.set_z_index(style.GEOMETRY)

    def _tip(self, parent: int, child: int, backwards: bool = False) -> Polygon:
        """Return the arrowhead at the child, or at the parent if gradients go backwards."""
        shape = self.shapes[parent if backwards else child][0]
        end = shape.get_right() if backwards else shape.get_left()
        out = 1 if backwards else -1
        corners = (end, end + TIP * np.array([out, 0.5, 0]), end + TIP * np.array([out, -0.5, 0]))
        tip = Polygon(*corners, fill_color=style.palette().muted, fill_opacity=1, stroke_width=0)
        return tip.set_z_index(style.GEOMETRY)

    def _value(self, index: int) -> VGroup | None:
        node, last = self.reading.nodes[index], index == len(self.reading.nodes) - 1
        if not self._has_room(index):
            return None
        color = style.palette().loss if last else style.palette().ink
        label = self._number(node.value, color)
        return backed(_inside(label.next_to(self.shapes[index], DOWN, buff=0.13)))

    def _gradient(self, index: int) -> VGroup | None:
        if not self._has_room(index):
            return None
        label = self._number(self.reading.nodes[index].gradient, style.palette().gradient)
        return backed(_inside(label.next_to(self.shapes[index], UP, buff=0.13)))

    def _number(self, array: np.ndarray, color: str) -> Label:
        """Return a number with as many figures as its column has room for."""
        if array.ndim or np.isnan(array):
            label = Label(format_array(array), color=color)
            fits = label.width < self.across - 0.25
            return label if fits else Label(f"[{array.size}]", color=color)
        return fitting_number(float(array), self.across - 0.1, color)


def _spacing(layout: Layout, box: Box) -> tuple[float, float]:
    """Return the scene units between columns, and between rows."""
    low, high = layout.rows
    across = box.width / max(1, layout.columns - 1)
    down = box.height / (high - low) if high > low else TALLEST_ROW
    return min(across, WIDEST_COLUMN), min(down, TALLEST_ROW)


def _inside(label: Label) -> Label:
    """Return the label, moved right where it would leave the frame's margin."""
    return label.shift(max(0.0, style.LEFT - label.get_left()[0]) * RIGHT)


def _pulse(path: VMobject, color: str) -> Succession:
    """Return the animation in which a dot runs along a path."""
    dot = Dot(path.get_start(), radius=style.DOT, color=color).set_z_index(style.FRONT)
    return Succession(MoveAlongPath(dot, path), FadeOut(dot, run_time=0.1))


def _pill(width: float, height: float, color: str) -> RoundedRectangle:
    pill = RoundedRectangle(
        corner_radius=height / 2,
        width=width,
        height=height,
        fill_color=style.palette().panel,
        fill_opacity=1,
        stroke_color=color,
        stroke_width=2.5,
    )
    return pill.set_z_index(NODES)
