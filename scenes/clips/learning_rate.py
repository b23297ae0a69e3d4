"""Three learning rates: very small, very large, just right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from manim import Animation, Create, smooth, squish_rate_func

from scenes import style
from scenes.answer_passage import AnswerPassage
from scenes.curves_passage import CurvesPassage
from scenes.descent_scene import DescentScene
from scenes.facts import chips
from scenes.facts.heights import height_left, step_on_screen
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.boundary.log_ruler import LogRuler, last_card
from scenes.mobjects.boundary.run_on import StepCounter, move_on
from scenes.mobjects.descent.length_table import LengthTable
from scenes.mobjects.descent.value_table import ROWS, rate_figures
from scenes.mobjects.descent.whole_panel import WholePanel
from scenes.mobjects.step_lens import StepLens, needs_step_lens
from scenes.sharpness_passage import SharpnessPassage
from scenes.wording import outcomes, planes, prompts, runs
from scenes.wording.rates import describe_rule
from scenes.wording.titles import describe_opening, title_of

RUN_ON = 2.4
SHRUNK = 0.6  # share of a motion after which a picture is so small that a ruler can come
SAID_ALIKE = 2  # steps in a row that do the same: more of them are not told
LITTLE_LEFT = 0.01  # of the height: the steps after it are not told
FAR = 1e20  # times the first loss: no picture of the steps shows it
SHORT_STEP = 8.0  # pixels of an HD frame: a shorter step is not told


class StepByStep(DescentScene, AnswerPassage, CurvesPassage, SharpnessPassage):
    """One descent, one step per beat, with its numbers and its loss curve beside it."""

    run_name: ClassVar[str]

    def construct(self) -> None:
        """Show the loss, let the viewer guess, take every step, say what became of it."""
        title = title_of(self.clip, self.run_name, self.inputs[self.run_name])
        self.clip = replace(self.clip, title=title)
        self.counter: StepCounter | None = None
        self.lens: StepLens | None = None
        self.add_title()
        if not self.inputs[self.run_name].landscapes:
            self.tell_in_curves(self.inputs[self.run_name], self.run_name)
            return
        self.show_start()
        self.guess()
        for t in range(self.trajectory.steps):
            self.step_beat(t)
        self.show_end()
        color = getattr(style.palette(), self.run_name)
        self.show_sharpness(self.run, color)
        self.show_answers(self.run, color)

    def show_start(self) -> None:
        """Show the start of the run, and how its rate compares with the critical one."""
        run = self.inputs[self.run_name]
        figures = rate_figures(run.trajectory, run.full)
        sentence = describe_opening(self.clip.title, self.run_name, run)
        self.build(run, figures, chips.over_rows(run))
        self.add(*self.parts)
        self.beat("start", describe_rule(run, figures, self.run_name), f"{sentence}.")
        self.show_start_values()
        if (said := runs.sees_batches(run)) is not None:
            self.beat("batches", said, prompts.BATCH_CUE)
        self.show_plane()

    def show_plane(self) -> None:
        """Say how much of a run of many parameters is seen, and of what its lines are."""
        if (said := planes.shows_share(self.run)) is not None:
            self.beat("plane", said, planes.PLANE_CUE)
        if (said := planes.some_rows(self.run)) is not None:
            self.beat("rows", said, planes.ROWS_CUE)
        self.show_lines("lines", self.trajectory)

    def show_lines(self, name: str, trajectory: Any) -> None:
        """Say in a beat that the lines are not those of the recorded losses, if they are not."""
        if (said := planes.lines_differ(trajectory, self.run.landscapes[0].rows)) is not None:
            self.beat(name, said, planes.LINES_CUE)

    def guess(self) -> None:
        """Ask what will happen."""

    def says_outcome(self, t: int) -> bool:
        """Return whether the step does something else than some steps before it."""
        kinds = [outcomes.describe_step(self.run, k).name for k in range(t + 1)]
        return t < SAID_ALIKE or len(set(kinds[-SAID_ALIKE - 1 :])) > 1

    def play_step(self, t: int) -> None:
        """Take a step, with the counter if there is one."""
        self._count(t + 1)
        super().play_step(t)

    def play_quickly(self, t: int) -> None:
        """Take a step in less time, with the counter if there is one."""
        self._count(t + 1)
        super().play_quickly(t)

    def _count(self, t: int) -> None:
        if self.counter is not None:
            self.counter.set_step(t)

    def show_end(self) -> None:
        """Let the recorded run go on to its end, and say what became of it."""
        self.turn()
        first, last = self.trajectory.steps, self.run.full.steps
        later = prompts.later_steps(first, last) if self.run.overview and last > first else ""
        self.beat("carried-on", self.answer() or later, prompts.run_on_cue(self.run))
        if self.run.full.steps > self.trajectory.steps:
            self.run_on()
        self.say(self.end())

    def answer(self) -> str:
        """Return the answer to a question that the steps have left open; "" if they have not."""
        return ""

    def end(self) -> Any:
        """Return what became of the run."""
        return runs.describe_end(self.run, self.inputs.get("just_right"))

    def run_on(self) -> None:
        """Take all later steps, the point in time with the counter."""
        further, t, panel = self.run.full, self.trajectory.steps, self.panel
        if panel.leaves_view(further.steps):
            self.play(*panel.widen(further.steps), run_time=style.BEAT)
        self._clear_step()
        going = move_on(panel.path, further.iterates[t:], further.losses[t:])
        self._run(further, going)
        last = self.table.fill_all(further.steps, *ROWS)
        self.play(*last, run_time=style.BLINK)

    def turn(self) -> None:
        """Change to the plane of the whole run, if it has one, and say what that shows."""
        said = planes.turned(self.run)
        if said is None or not isinstance(self.table, LengthTable):
            return
        self.beat("whole-run", prompts.WHOLE_RUN, planes.TURNED_CUE)
        self._clear_step()
        old, color = self.panel, getattr(style.palette(), self.run_name)
        self.panel = WholePanel(self.run, self.trajectory.steps, color=color)
        self.play(FadeOut(old), run_time=style.BLINK)
        self.play(FadeIn(self.panel), self.table.show_whole(), run_time=style.MOVE)
        self.say(said)
        self.show_lines("whole-lines", self.run.full)

    def _clear_step(self) -> None:
        """Remove what belongs to one step, and bring in the counter."""
        panel = self.panel
        marks = [one for one in (panel.mark, panel.path.tag, panel.note) if one is not None]
        leaving = [FadeOut(mark) for mark in marks if len(mark.get_all_points())]
        leaving += [FadeOut(self.lens)] if self.lens is not None else []
        leaving += self.table.clear(*ROWS)
        if self.counter is None:
            self.counter = StepCounter(t=self.trajectory.steps, plot=self.panel.view.plot)
            leaving.append(FadeIn(self.counter))
        panel.mark = panel.note = None
        if leaving:
            self.play(*leaving, run_time=style.BLINK)
        panel.path.untag()

    def _run(self, further: Any, *others: Any) -> None:
        """Let the counter and the loss run to the end, together with other animations."""
        assert self.counter is not None
        batches = further.batch_losses
        moves = self.history.fast_forward(further.losses, self.run.target, batches).animations
        drawing = [move for move in moves if isinstance(move, Create)]
        lines: list[Any] = [move.mobject for move in drawing]
        # The line is drawn when its axes are there.
        self.history.lines.remove(*lines)
        self.play(*(move for move in moves if move not in drawing), run_time=style.BLINK)
        self.history.lines.add(*lines)
        self.play(*drawing, self.counter.run(further.steps), *others, run_time=RUN_ON)


class VerySmallLearningRate(StepByStep):
    """Far below 2 / sharpness, every step is safe, but far too many are needed."""

    slug = "very-small-learning-rate"
    run_name = "very_small"

    def guess(self) -> None:
        """Ask how far the steps lead, then bring in the counter and a lens."""
        self.beat("guess")
        self.ask(prompts.how_far_down(self.run), prompts.GUESS_CUE)
        arriving = list[Any]()
        if self.run.full.steps > self.trajectory.steps:
            self.counter = StepCounter(prompts.steps_needed(self.run), plot=self.panel.view.plot)
            arriving.append(self.counter)
        if needs_step_lens(self.panel):
            self.lens = StepLens(self.panel)
            self.panel.keep_clear(self.lens.places_of_rays())
            arriving.append(self.lens)
        if arriving:
            self.play(*map(FadeIn, arriving), run_time=style.BLINK)

    def answer(self) -> str:
        """Return how far down the steps have led, if it is not said of each."""
        goes_on = self.run.full.steps > self.trajectory.steps
        return (runs.some_is_left(self.run) or "") if goes_on and not self.last_outcome else ""

    def _turn(self, t: int) -> list[Animation]:
        larger = [] if self.lens is None else [self.lens.grow(t)]
        return [*super()._turn(t), *larger]

    def _motion(self, t: int) -> list[Animation]:
        larger = [] if self.lens is None else [self.lens.move(t)]
        return [*super()._motion(t), *larger]

    def says_outcome(self, t: int) -> bool:
        """Return whether the steps are more than the first of very many."""
        return self.trajectory.behavior not in ("slow", "stationary")


class VeryLargeLearningRate(StepByStep):
    """Above 2 / sharpness, every step overshoots by more than it corrects."""

    slug = "very-large-learning-rate"
    run_name = "very_large"

    def guess(self) -> None:
        """Ask where the first step leads."""
        if self.trajectory.steps:
            self.beat("guess")
            self.ask(prompts.WHERE_NEXT, prompts.WHERE_NEXT_CUE)

    def run_on(self) -> None:
        """Let the picture shrink to a point of a ruler that holds all finite numbers."""
        further = self.run.full
        is_far = further.diverged or further.losses[-1] > FAR * abs(further.losses[0])
        if not (is_far and further.behavior == "diverging"):
            super().run_on()
            return
        losses = further.losses[self.trajectory.steps :]
        ruler = LogRuler(losses, style.palette().very_large, self.table.over)
        self.counter = StepCounter(t=self.trajectory.steps, corner=ruler.corner)
        self._clear_step()
        place = ruler.point.get_center()
        shrinking = FadeOut(self.panel, target_position=place, scale=0.01)
        beside = [one for one in (self.table, self.panel.note) if one is not None]
        # The ruler comes before the last of the picture has gone.
        late = squish_rate_func(smooth, SHRUNK, 1)
        arriving = [FadeIn(one, rate_func=late) for one in (ruler, self.counter)]
        self.play(shrinking, FadeOut(*beside), *arriving, run_time=style.BEAT)
        self._run(further, ruler.run())
        last = [last_card(further), *([ruler.leave()] if further.diverged else [])]
        self.play(*map(FadeIn, last), run_time=style.MOVE)


class JustRightLearningRate(StepByStep):
    """Between the two, a few steps reach the minimum."""

    slug = "just-right-learning-rate"
    run_name = "just_right"

    def says_outcome(self, t: int) -> bool:
        """Return whether there is something left to fall, and the step is new and can be seen."""
        box = self.panel.box
        length = step_on_screen(self.run, t, (box.width, box.height))
        is_seen = length >= SHORT_STEP and not height_left(self.run, t) < LITTLE_LEFT
        return is_seen and super().says_outcome(t)

    def end(self) -> Any:
        """Return how near to the minimum the run has come."""
        if self.run.full.steps > self.trajectory.steps:
            return runs.describe_end(self.run)
        return outcomes.describe_arrival(self.run, self.inputs.get("standing"))

    def show_end(self) -> None:
        """Say what became of the run, and why the rate is right."""
        super().show_end()
        claims = {
            "minimum": outcomes.minimum_is_outside(self.run),
            "every-step": outcomes.each_step_takes(self.run),
            "best-rate": outcomes.is_the_best_rate(self.run, self.inputs.get("standing")),
        }
        for name, said in claims.items():
            if said is not None:
                self.beat(name, said, outcomes.CUES[name])
