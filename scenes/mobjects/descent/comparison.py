"""Several runs of one loss: over one landscape, on one loss axis, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from manim import LEFT, RIGHT, Animation, Create, DashedLine, Dot, Line, Transform, VGroup

from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.boxes import Box
from scenes.mobjects.descent.iterate_path import IteratePath
from scenes.mobjects.descent.loss_history import NAME_ROOM, loss_plot, minimum_line, needs_log
from scenes.mobjects.descent.loss_view import loss_view
from scenes.mobjects.side_panel import PAD, TOP, panel_card
from scenes.typesetting.fitting import fitting_number, fitting_rate
from scenes.typesetting.labels import Label

ROW = 0.55
LEFT_EDGE = style.SIDE_LEFT - 0.65
WIDTH = style.RIGHT - LEFT_EDGE
LOSSES = Box(LEFT_EDGE + 0.85, style.MAIN_BOTTOM, style.RIGHT - NAME_ROOM, -0.65)
ROUNDS = 200  # of moving points apart
SAME = 1e-6
DISCS_APART = 2 * style.POINT + 0.03
LOSS_ROOM = 1.1
GAP = 0.12  # 16 px at 1080p
# Where the learning rates and the losses end.
COLUMNS = (WIDTH - PAD - LOSS_ROOM - GAP, WIDTH - PAD)


class ComparisonPanel(VGroup):
    """One loss, and several descents over it, step by step together.

    Args:
        runs: A `Run` by the name of its rate, all of one loss from one start.
    """

    def __init__(self, runs: Mapping[str, Any]) -> None:
        super().__init__()
        self.runs = runs
        widest = max(runs.values(), key=lambda run: _width(run.landscapes[-1]))
        self.view = loss_view(widest.landscapes, widest.trajectory.names)
        self.paths = {
            name: IteratePath(
                run.trajectory,
                self.view,
                getattr(style.palette(), name),
                tagged=False,
                dashed=name == "very_large",
                haloed=False,
            )
            for name, run in runs.items()
        }
        self._spread(0)
        for path in self.paths.values():
            path.stand_aside()
        self.add(self.view, *self.paths.values())

    def _spread(self, t: int) -> None:
        """Let the points of step `t` stand beside their places where they would hide each other."""
        paths = list(self.paths.values())
        places = np.array([path.place(min(t, path.trajectory.steps)) for path in paths])
        for path, moved, place in zip(paths, apart(places, DISCS_APART), places, strict=True):
            path.aside = moved - place

    def step(self, t: int) -> list[Animation]:
        """Return the animations of step `t` to `t` + 1 of every run that has it."""
        self._spread(t + 1)
        moves = list[Animation]()
        for path in self.paths.values():
            going = t < path.trajectory.steps
            moves += path.move() if going else [Transform(path.point, path.head())]
        return moves

    def leaves_view(self, t: int) -> bool:
        """Return whether some iterate `t` needs another view than the present one."""
        return self._view_at(t) != self.view.view

    def widen(self, t: int) -> list[Animation]:
        """Return the animations to the view that holds every iterate up to `t`."""
        moves = self.view.widen(self._view_at(t))
        self._spread(max(path.t for path in self.paths.values()))
        return moves + [move for path in self.paths.values() for move in path.follow()]

    def _view_at(self, t: int) -> int:
        """Return the narrowest view that is at least as wide as each run alone needs."""
        needed = max(_width(run.view(min(t, run.trajectory.steps))) for run in self.runs.values())
        wide = [_width(landscape) >= needed for landscape in self.view.landscapes]
        return wide.index(True)


def apart(places: np.ndarray, distance: float) -> np.ndarray:
    """Return places moved until any two are `distance` apart, shape (k, 3).

    Those that coincide are fanned out; those that are apart stay.
    """
    moved = np.array(places, dtype=float)
    angles = np.pi / 2 + 2 * np.pi * np.arange(len(moved)) / len(moved)
    fan = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    for _ in range(ROUNDS):
        pairs = [(i, j) for i in range(len(moved)) for j in range(i)]
        gaps = {pair: moved[pair[0]] - moved[pair[1]] for pair in pairs}
        close = {pair: gap for pair, gap in gaps.items() if np.linalg.norm(gap) < distance - 1e-9}
        if not close:
            break
        for (i, j), gap in close.items():
            size = float(np.linalg.norm(gap))
            way = gap / size if size > SAME else fan[i] - fan[j]
            way = way / np.linalg.norm(way)
            moved[i] += (distance - size) / 2 * way
            moved[j] -= (distance - size) / 2 * way
    return moved


def _width(landscape: Any) -> float:
    low, high = landscape.window[0]
    return high - low


class ComparisonLosses(VGroup):
    """The loss of every run over the steps, on one axis.

    Args:
        runs: As for `ComparisonPanel`.
    """

    def __init__(self, runs: Mapping[str, Any]) -> None:
        super().__init__()
        self.runs = runs
        losses = np.concatenate([run.trajectory.losses for run in runs.values()])
        steps = max(run.trajectory.steps for run in runs.values())
        log = bool(losses.min() > 0) and (len(runs) > 1 or needs_log(losses))
        known = next(iter(runs.values()))
        self.plot = loss_plot(losses, steps, LOSSES, log, known.minimum)
        self.floor = minimum_line(self.plot, known.minimum, known.is_global)
        self.add(self.plot, self.floor, *(self._dot(name, 0) for name in runs))

    def step(self, t: int) -> list[Animation]:
        """Return the animations that draw every loss from step `t` to `t` + 1."""
        going = [name for name, run in self.runs.items() if t < run.trajectory.steps]
        marks = [mark for name in going for mark in (self._line(name, t), self._dot(name, t + 1))]
        self.add(*marks)
        return [FadeIn(mark) if isinstance(mark, Dot) else Create(mark) for mark in marks]

    def _place(self, name: str, t: int) -> np.ndarray:
        return self.plot.place(t, self.runs[name].trajectory.losses[t])

    def _line(self, name: str, t: int) -> Line:
        kind = DashedLine if name == "very_large" else Line
        ends = (self._place(name, t), self._place(name, t + 1))
        line = kind(*ends, stroke_width=style.LINE, color=getattr(style.palette(), name))
        return line.set_z_index(style.FRONT)

    def _dot(self, name: str, t: int) -> Dot:
        dot = Dot(self._place(name, t), radius=0.06, color=getattr(style.palette(), name))
        return dot.set_z_index(style.FRONT)


class ComparisonTable(VGroup):
    """A table of the runs: name, learning rate, loss.

    Args:
        runs: As for `ComparisonPanel`.
        names: What each of them is called in the table.
        top: Its upper edge, in scene units.
    """

    def __init__(self, runs: Mapping[str, Any], names: Mapping[str, str], top: float = TOP) -> None:
        super().__init__()
        self.runs, self.names, self.top = runs, names, top
        self.cells: dict[str, Label] = {}
        self.add(panel_card(top, top - 2 * PAD - (len(runs) + 1) * ROW, LEFT_EDGE), self._heads())

    def fill(self, t: int) -> list[Animation]:
        """Return the animations that put the losses of step `t` into the table."""
        moves: list[Animation] = []
        for row, (name, run) in enumerate(self.runs.items(), start=1):
            if t > run.trajectory.steps:
                continue
            if name in self.cells:
                moves.append(FadeOut(self.cells[name]))
            color = getattr(style.palette(), name)
            cell = fitting_number(run.trajectory.losses[t], LOSS_ROOM, color)
            self.cells[name] = cell.move_to(self._slot(row, 1), RIGHT)
            moves.append(FadeIn(cell))
        return moves

    def plain_texts(self) -> dict[str, str]:
        """Return the loss in each row, as plain text."""
        return {name: cell.plain_text for name, cell in self.cells.items()}

    def _slot(self, row: int, column: int) -> np.ndarray:
        return np.array([LEFT_EDGE + COLUMNS[column], self.top - PAD - (row + 0.5) * ROW, 0])

    def _heads(self) -> VGroup:
        colors = style.palette()
        heads = VGroup(
            Label("$eta$", color=colors.learning_rate).move_to(self._slot(0, 0), RIGHT),
            Label("loss $Theta$", color=colors.loss).move_to(self._slot(0, 1), RIGHT),
        )
        for row, (name, run) in enumerate(self.runs.items(), start=1):
            color = getattr(colors, name)
            left = self._slot(row, 0)
            left[0] = LEFT_EDGE + PAD
            label = Label(self.names[name], color=color).move_to(left, LEFT)
            right = self._slot(row, 0)
            room = right[0] - label.get_right()[0] - GAP
            rate = fitting_rate(run.learning_rate, room, color)
            heads.add(label, rate.move_to(right, RIGHT))
        return heads
