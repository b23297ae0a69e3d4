"""The axes of a surface in parallel projection, with numbers, on the near sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import Line, VGroup

from scenes import style
from scenes.mobjects.axis_labels import tick_labels
from scenes.mobjects.neuron.axonometry import HEIGHT, Projection, Relief
from scenes.mobjects.ticks import common_power, nice_ticks
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import colored, symbol

TICK = 0.1
NUMBER_GAP = 0.1
NAME_GAP = 0.14
TICKS = (5, 4, 4)


class SurfaceFrame(VGroup):
    """Floor, two parameter axes and the upright axis of the loss.

    Args:
        relief: The heights over the floor.
        projection: From solid places to the screen.
        names: Of the two parameters.
    """

    def __init__(self, relief: Relief, projection: Projection, names: Sequence[str]) -> None:
        super().__init__()
        self.relief, self.projection = relief, projection
        eye = projection.towards_eye()
        # Both parameter axes meet in the corner of the floor that is nearest to the eye.
        self.near = np.array([np.sign(e or 1) * h for e, h in zip(eye, relief.half, strict=False)])
        self.ticks, self.numbers, self.names = VGroup(), VGroup(), VGroup()
        self.lines = self._floor()
        self.add(self.lines, self.ticks, self.numbers, self.names)
        for axis, name in enumerate(names):
            self._parameter_axis(axis, name)
        self._loss_axis()

    def _floor(self) -> VGroup:
        half = np.array(self.relief.half)
        signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
        corners = self._places(np.column_stack([signs * half, np.zeros(4)]))
        lines = VGroup()
        for here, there in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            lines.add(Line(here, there, stroke_width=2, color=style.palette().muted))
        return lines.set_z_index(style.GEOMETRY - 1)

    def _parameter_axis(self, axis: int, name: str) -> None:
        low, high = self.relief.window[axis]
        outward = self._outward(axis)
        numbered = _numbered(low, high, TICKS[axis])
        for value, label in numbered:
            foot = self._on_edge(axis, (value - low) / (high - low))
            self._tick(foot, outward, label)
        beyond = max((2 * _reach(label, outward) for _, label in numbered), default=0.0)
        name_label = _name(symbol(name), "parameter", common_power(low, high))
        gap = TICK + NUMBER_GAP + beyond + NAME_GAP + _reach(name_label, outward)
        self.names.add(name_label.move_to(self._on_edge(axis, 0.5) + gap * outward))

    def _loss_axis(self) -> None:
        sides = [np.array([s * self.near[0], -s * self.near[1], 0.0]) for s in (1, -1)]
        foot = min(sides, key=lambda side: self._places(side[None])[0][0])
        ends = self._places(np.array([foot, foot + np.array([0, 0, HEIGHT])]))
        self.lines.add(Line(*ends, stroke_width=2, color=style.palette().muted))
        outward = np.array([-1.0, 0.0, 0.0])
        floor, cap = self.relief.floor, self.relief.cap
        for value, label in _numbered(floor, cap, TICKS[2]):
            place = ends[0] + (value - floor) / (cap - floor) * (ends[1] - ends[0])
            self._tick(place, outward, label)
        name = _name("Theta", "loss", common_power(floor, cap))
        self.names.add(name.next_to(ends[1], np.array([0.0, 1.0, 0.0]), buff=style.GAP))

    def _tick(self, foot: np.ndarray, outward: np.ndarray, label: Label) -> None:
        mark = Line(foot, foot + TICK * outward, stroke_width=2, color=style.palette().muted)
        self.ticks.add(mark)
        gap = TICK + NUMBER_GAP + _reach(label, outward)
        self.numbers.add(label.move_to(foot + gap * outward))

    def _on_edge(self, axis: int, share: float) -> np.ndarray:
        """Return a place on the near edge of the floor along parameter `axis`."""
        solid = np.array([*self.near, 0.0])
        solid[axis] = (2 * share - 1) * self.relief.half[axis]
        return self._places(solid[None])[0]

    def _outward(self, axis: int) -> np.ndarray:
        """Return the direction away from the floor on the screen, of length 1."""
        solid = np.zeros((2, 3))
        solid[1, 1 - axis] = self.near[1 - axis]
        start, end = self._places(solid)
        return (end - start) / np.linalg.norm(end - start)

    def _places(self, solid: np.ndarray) -> np.ndarray:
        return self.projection.place(solid)


def _name(name: str, role: str, power: int) -> Label:
    """Return the name of an axis, with the common power of its numbers."""
    times = f" #h(0.3em) {colored('muted', f'$dot 10^({power})$')}" if power else ""
    text = f"{name} ·10^{power}" if power else name
    return Label(f"{colored(role, f'${name}$')}{times}", plain_text=text)


def _reach(label: Label, outward: np.ndarray) -> float:
    """Return how far `label` reaches from its middle in a direction of length 1."""
    return float(abs(outward[0]) * label.width / 2 + abs(outward[1]) * label.height / 2)


def _numbered(low: float, high: float, about: int) -> list[tuple[float, Label]]:
    ticks = nice_ticks(low, high, about)
    return list(zip(ticks, tick_labels(ticks, False, common_power(low, high)), strict=True))
