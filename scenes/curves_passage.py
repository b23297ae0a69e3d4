"""A run without a map: its curves and its numbers, and why there is no map."""

from __future__ import annotations

from typing import Any

from scenes import style
from scenes.claims import first_true
from scenes.lecture_scene import LectureScene
from scenes.mobjects.boxes import MAIN
from scenes.mobjects.descent.length_table import PlanelessTable
from scenes.mobjects.descent.loss_history import HISTORY, LossHistory
from scenes.mobjects.descent.value_table import ROWS, ValueTable, rate_figures
from scenes.wording import prompts, runs

RUN_ON = 2.4


class CurvesPassage(LectureScene):
    """The beats of a clip that has no landscape to draw."""

    def tell_in_curves(self, run: Any, run_name: str) -> None:
        """Take every step along the curves of the loss and of the gradient.

        Args:
            run: The `descent.pictures.run.Run`, without landscapes.
            run_name: That of the learning rate, whose colour the run has.
        """
        self.run, shown = run, run.trajectory
        colors = style.palette()
        has_rows = run.projection is None and shown.has_every_row
        of_numbers = ValueTable if has_rows else PlanelessTable
        self.table = of_numbers(
            shown,
            figures=rate_figures(shown, run.full),
            rate_role=run_name,
            full=run.full,
        )
        self.curves = (
            LossHistory(shown.losses, MAIN, getattr(colors, run_name)),
            LossHistory(shown.gradient_norms, HISTORY, colors.gradient, name=prompts.LENGTH),
        )
        self.add(*self.curves, self.table)
        kept = runs.keeps_some(run)
        cue = prompts.NO_MAP_CUE if kept is None else runs.KEPT_CUE
        self.beat("start", first_true(kept, runs.has_no_map(run)), cue)
        self.play(*self.table.fill_all(0, *ROWS), run_time=style.MOVE)
        for t in range(shown.steps):
            self.take_step(t)
        self.tell_end()

    def take_step(self, t: int) -> None:
        """Draw one step of both curves, and fill in its numbers."""
        self.beat(f"step-{t + 1}", prompts.step_number(t), prompts.step_cue(t), is_quick=True)
        growing = (curve.grow(t) for curve in self.curves)
        self.play(*growing, *self.table.fill_all(t + 1, *ROWS), run_time=style.MOVE)

    def tell_end(self) -> None:
        """Draw the whole of both curves, and say what became of the run."""
        full = self.run.full
        self.beat("carried-on", "", prompts.run_on_cue(self.run))
        if full.steps > self.run.trajectory.steps:
            whole = (full.losses, full.gradient_norms)
            drawing = (
                one.fast_forward(values) for one, values in zip(self.curves, whole, strict=True)
            )
            self.play(*drawing, run_time=RUN_ON)
            self.play(*self.table.fill_all(full.steps, *ROWS), run_time=style.BLINK)
        self.say(runs.describe_end(self.run))
