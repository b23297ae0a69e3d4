"""One loss, and several descents over it, whose present places never hide each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from manim import Animation, Dot, Transform, UpdateFromAlphaFunc, VGroup, smooth

from scenes import style
from scenes.mobjects.boxes import MAIN
from scenes.mobjects.cross import cross
from scenes.mobjects.descent.loss_view import loss_view
from scenes.mobjects.plot import Plot
from scenes.mobjects.race.fan import fan_out
from scenes.mobjects.race.inset import Inset, inset_box
from scenes.mobjects.race.runner import Runner, kind_of_line
from scenes.mobjects.zoom import Glide, arriving, staying

APART = 3 * style.POINT  # between the middles of two discs
MUCH = 3.0  # times the width of the first view: only then is it worth an inset


class RacePanel(VGroup):
    """One loss and several descents over it, step by step together.

    Args:
        runs: A `Run` by the name of its rate, all of one loss from one start.
    """

    def __init__(self, runs: Mapping[str, Any]) -> None:
        super().__init__()
        self.runs = runs
        widest = max(runs.values(), key=lambda run: _width(run.landscapes[-1]))
        self.view = loss_view(widest.landscapes, widest.trajectory.names)
        self.first = self.view.landscape
        self.runners = {
            name: Runner(
                run.trajectory,
                self.view,
                getattr(style.palette(), name),
                kind_of_line(name),
            )
            for name, run in runs.items()
        }
        self.inset: Inset | None = None
        self.frames = VGroup()  # around the first view, once there is an inset
        self.start = self._start_mark()
        self.discs = self._discs()
        self.add(self.view, self.frames, self.start, *self.runners.values(), self.discs)

    def step(self, t: int) -> list[Animation]:
        """Return the animations of step `t` to `t` + 1 of every run that has it."""
        moves = [move for runner in self.runners.values() for move in runner.step()]
        moves.append(self._move_discs())
        return moves + (self.inset.step_to(t + 1) if self.inset is not None else [])

    def leaves_view(self, t: int) -> bool:
        """Return whether some iterate `t` needs another view than the present one."""
        return self._view_at(t) != self.view.view

    def brings_inset(self, t: int) -> bool:
        """Return whether the view of iterate `t` is the first that is much wider than the first."""
        wide = self.view.landscapes[self._view_at(t)]
        return self.inset is None and _width(wide) >= MUCH * _width(self.first)

    def widen(self, t: int) -> list[Animation]:
        """Return the animations to the view that holds every iterate up to `t`.

        The first view stays as an inset once the view is much wider; a frame marks it on the map.
        """
        has_new_inset, plot, before = self.brings_inset(t), self.view.plot, self._places()
        moves = self.view.widen(self._view_at(t))
        moves += [runner.follow() for runner in self.runners.values()]
        moves += [self._move_discs(), Transform(self.start, self._start_mark())]
        if has_new_inset:
            self.inset = self._inset(t, before)
            self.add(self.inset)
            moves.append(self.inset.glide_from(plot))
        return moves + self._follow_first_view(plot)

    def _follow_first_view(self, before: Plot) -> list[Animation]:
        """Return the animation of the frame around the first view, from some axes to the present.

        It comes with the inset.
        """
        if self.inset is None:
            return []
        shown, leaving = staying if len(self.frames) else arriving, [*self.frames]
        start, frame = self.inset.framed(before), self.inset.framed(self.view.plot)
        self.frames.remove(*leaving).add(frame)
        glide = Glide(frame, [shown])
        glide.starts = [start.points]
        return [glide]

    def _inset(self, t: int, before: np.ndarray) -> Inset:
        trajectories = {name: run.trajectory for name, run in self.runs.items()}
        inset = Inset(self.first, trajectories, inset_box(MAIN, self._later_places(t, before)))
        inset.step_to(t - 1)
        return inset

    def _fanned(self) -> np.ndarray:
        """Return where the discs are drawn: at their places, or beside them, shape (k, 3)."""
        places = np.array([runner.place() for runner in self.runners.values()])
        return fan_out(places, APART)

    def _discs(self) -> VGroup:
        colors = (runner.run_color for runner in self.runners.values())
        places = zip(self._fanned(), colors, strict=True)
        discs = (Dot(place, radius=style.POINT, color=color) for place, color in places)
        return VGroup(*discs).set_z_index(style.GEOMETRY + 2)

    def _move_discs(self) -> Animation:
        """Return the animation of all discs to their places; none covers another on its way."""
        before = np.array([disc.get_center() for disc in self.discs])
        after = self._fanned()

        def move(discs: Any, part: float) -> None:
            between = fan_out((1 - part) * before + part * after, APART)
            for disc, place in zip(discs, between, strict=True):
                disc.move_to(place)

        return UpdateFromAlphaFunc(self.discs, move, rate_func=smooth)

    def _start_mark(self) -> VGroup:
        """Return a small cross at the common start."""
        return cross(next(iter(self.runners.values())).place(0))

    def _places(self) -> np.ndarray:
        """Return the places where discs are now, shape (k, 3)."""
        return np.array([runner.place() for runner in self.runners.values()])

    def _later_places(self, t: int, before: np.ndarray) -> np.ndarray:
        """Return where discs are from step `t` - 1 on, each in the view of its step, shape (k, 3).

        Args:
            t: The step of the first view that has an inset.
            before: Where they are in the view before.
        """
        last = max(run.trajectory.steps for run in self.runs.values())
        shown = {later: self._view_at(max(t, later)) for later in range(t - 1, last + 1)}
        landscapes, names = self.view.landscapes, self.view.names
        views = {view: loss_view(landscapes, names, view=view) for view in set(shown.values())}
        places = [*before]
        for later, view in shown.items():
            for run in (run.trajectory for run in self.runs.values()):
                at = min(later, run.steps)
                places.append(views[view].locate(run.iterates[at], run.losses[at]))
        return np.array(places)

    def _view_at(self, t: int) -> int:
        """Return the narrowest view that is at least as wide as each run alone needs."""
        needed = max(_width(run.view(min(t, run.trajectory.steps))) for run in self.runs.values())
        wide = [_width(landscape) >= needed for landscape in self.view.landscapes]
        return wide.index(True)


def _width(landscape: Any) -> float:
    low, high = landscape.window[0]
    return high - low
