"""How PyTorch finds a gradient: operations are recorded, then the chain rule goes backwards."""

from __future__ import annotations

from collections.abc import Sequence

from manim import Animation, LaggedStart

from descent.gradients.graph_layout import distances_to_end
from scenes import style
from scenes.claims import Claim, first_true
from scenes.facts import chips
from scenes.facts.differences import Widths
from scenes.facts.graph_reading import Reading, stages
from scenes.facts.nudge import Nudge
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.autograd.autograd_diagram import AutogradDiagram
from scenes.mobjects.autograd.difference_plot import DifferencePlot
from scenes.mobjects.autograd.difference_table import ErrorTable
from scenes.mobjects.autograd.loss_formula import loss_formula
from scenes.mobjects.autograd.nudge_marks import NudgeMarks
from scenes.mobjects.autograd.row_strip import RowStrip
from scenes.mobjects.autograd.secant_plot import SecantPlot, SlopeTable
from scenes.mobjects.autograd.square_tangent import SquareTangent
from scenes.mobjects.chip import chip_beside
from scenes.typesetting.fitting import fitting_headline
from scenes.wording import autograd as wording
from scenes.wording import differences

MOST_STAGES = 6
SECONDS_PER_WIDTH = 0.2


class AutomaticDifferentiation(LectureScene):
    """A nudge flows forward through what autograd recorded, then gradients flow back."""

    slug = "automatic-differentiation"

    def construct(self) -> None:
        """Show the record, nudge a leaf, let gradients flow back, compare with differences."""
        self.reading = Reading(self.inputs["graph"])
        self.nudge = Nudge(self.reading, self.inputs["nudged"])
        self.widths = Widths(self.inputs["differences"])
        self.add_title()
        self.show_record()
        self.flow_forward()
        if self.nudge.leaf is not None:
            self.nudge_leaf()
            self.multiply_slopes()
        self.start_back()
        distances = distances_to_end([node.parents for node in self.reading.nodes])
        self.passed: set[int] = set()
        for number, stage in enumerate(stages(self.reading, distances, MOST_STAGES), start=1):
            self.flow_back(number, stage)
        self.reach_leaves()
        self.try_differences()
        self.narrow()
        self.compare()

    def show_record(self) -> None:
        """Draw the graph, node after node, and fetch its constants from the picked row."""
        formula = loss_formula(self.reading)
        self.diagram = AutogradDiagram(self.reading, below_formula=bool(formula))
        self.row = RowStrip(self.inputs["rows"])
        over = chips.picked_row(self.inputs["rows"])
        self.add(*formula, *(chip_beside(label, over) for label in formula), self.row)
        self.beat("recorded", caption="Each operation on the parameters becomes a node.")
        self.hold(style.MOVE)
        flights = self.row.fly(self.reading, self.diagram)
        self.play(self.diagram.record(), *flights, run_time=style.BEAT)
        self.say(first_true(wording.operations_recorded(self.reading)))

    def flow_forward(self) -> None:
        """Let the values appear, column by column."""
        self.beat("forward", wording.FORWARD, "The last value is the loss of this row.")
        self._run(staggered(self.diagram.show_values()), style.BEAT)

    def nudge_leaf(self) -> None:
        """Change one leaf a little, and follow the change up to the loss."""
        self.beat("nudge", wording.announce_nudge(self.nudge), "A second forward pass, from there.")
        self.marks = NudgeMarks(self.nudge, self.diagram)
        assert self.nudge.leaf is not None
        arriving = self.marks.show_changes([self.nudge.leaf])
        self._run([*arriving, FadeOut(self.row)], style.BLINK)
        *before, last = self.nudge.stages
        for stage in before:
            self._pass_on(stage)
        self.ask(wording.HOW_MUCH)
        self._pass_on(last)
        self.say(first_true(wording.loss_moves(self.nudge), wording.loss_stays(self.nudge)))

    def _pass_on(self, stage: Sequence[int]) -> None:
        flow = self.diagram.flow_forward(stage, self.nudge.reached)
        self._run([*flow, *self.marks.show_changes(stage)], style.BLINK)

    def multiply_slopes(self) -> None:
        """Write each edge's slope on it; multiplied, they are the partial."""
        claims = (wording.slopes_multiply, wording.paths_add, wording.slope_is_zero)
        said = [claim for claim in (one(self.nudge) for one in claims) if claim is not None]
        self.beat("slopes", caption=wording.caption_of_slopes(self.nudge))
        turns = self.marks.multiply()
        if self.marks.slopes and self.reading.is_square(len(self.reading.nodes) - 1):
            turns.insert(-1, FadeIn(SquareTangent(self.reading)))
        for turn in turns:
            self.play(turn, run_time=style.BLINK)
        if said:
            self.say(said[0])

    def start_back(self) -> None:
        """Put 1 over the loss."""
        self.beat("back", wording.BACKWARDS, "The loss's own slope is 1.")
        last = len(self.reading.nodes) - 1
        if self.nudge.leaf is not None:
            self._run(self.marks.leave(), style.BLINK)
        self._run(self.diagram.arrive([last]), style.MOVE)

    def flow_back(self, number: int, stage: Sequence[int]) -> None:
        """Let gradients go back through the operations of a stage."""
        self.beat(f"back-{number}", caption=wording.caption_of_stage(self.reading, stage))
        self.passed |= set(stage)
        self.play(*self.diagram.flow_back(stage), run_time=style.MOVE)
        reached = self.reading.reached(stage, self.passed)
        self._run(self.diagram.arrive(reached), style.BLINK)
        self.say(fitting_claim(wording.claims_of_stage(self.reading, stage, reached)))

    def reach_leaves(self) -> None:
        """Say that the leaves hold the gradient now."""
        self.beat("leaves", caption="The gradient has arrived at the parameters.")
        self._run(self.diagram.name_leaves(), style.MOVE)
        said = wording.leaves_hold(self.reading), wording.every_leaf_holds(self.reading)
        self.say(first_true(*said))

    def try_differences(self) -> None:
        """Replace the graph by another way to find a gradient: chords."""
        self.beat("differences", differences.DIFFERENCES, "That is the slope of a chord.")
        secants = self.inputs["secants"]
        over = chips.all_rows(len(self.inputs["rows"].x))
        self.chords, self.slopes = SecantPlot(secants, over), SlopeTable(secants)
        self.change_stage(self.chords, self.slopes.card)
        self.play(*self.chords.widest(), self.slopes.write(0), run_time=style.MOVE)
        for k in range(1, len(secants.widths)):
            self.play(*self.chords.narrow(k), self.slopes.write(k), run_time=style.MOVE)
        self.play(self.chords.touch(), self.slopes.write(-1), run_time=style.MOVE)
        self.say(first_true(differences.chords_turn(secants), differences.chords_stay(secants)))

    def narrow(self) -> None:
        """Go from the widest difference to the narrowest."""
        self.beat("widths", differences.HOW_SMALL, "The error of the difference, for every width.")
        self.plot = DifferencePlot(self.widths)
        self.error_table = ErrorTable(self.widths)
        self.change_stage(self.plot, self.error_table.card)
        seconds = SECONDS_PER_WIDTH * max(1, len(self.error_table.rows))
        self._run([*self.plot.sweep(), *staggered(self.error_table.write())], seconds)
        self._run(self.plot.name_branches(), style.BLINK)
        self.say(first_true(*(one(self.widths) for one in differences.CLAIMS_OF_WIDTHS)))

    def compare(self) -> None:
        """Compare with autograd."""
        self.beat("autograd", caption="Only rounding is left.")
        self._run(self.plot.show_floor(), style.MOVE)
        costs = (differences.cost_of_differences, differences.cost_of_one_difference)
        self.say(first_true(*(one(self.widths) for one in costs)))

    def _run(self, animations: Sequence[Animation], seconds: float) -> None:
        """Play animations, if there are any."""
        if animations:
            self.play(*animations, run_time=seconds)


def fitting_claim(claims: Sequence[Claim | None]) -> str:
    """Return the first true claim that fits one line of the screen, or else the last."""
    return fitting_headline([claim for claim in claims if claim is not None])


def staggered(animations: Sequence[Animation]) -> list[Animation]:
    """Return one animation that starts these one after the other; none if there are none."""
    return [LaggedStart(*animations, lag_ratio=0.7)] if animations else []
