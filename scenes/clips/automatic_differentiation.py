"""How PyTorch finds a gradient: operations are recorded, then the chain rule goes backwards."""

from __future__ import annotations

from collections.abc import Sequence

from manim import LEFT, Animation, LaggedStart

from scenes import style
from scenes.facts.differences import Widths
from scenes.facts.graph_layout import distances_to_end
from scenes.facts.graph_reading import Reading, stages
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.autograd.autograd_diagram import AutogradDiagram
from scenes.mobjects.autograd.difference_plot import DifferencePlot
from scenes.mobjects.autograd.difference_table import ErrorTable
from scenes.mobjects.autograd.record_table import RecordTable
from scenes.typesetting.fitting import fitting_headline
from scenes.typesetting.graph_markup import loss_markup
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import colored
from scenes.wording import autograd as wording

FORMULA_Y = 1.95
MOST_STAGES = 6


class AutomaticDifferentiation(LectureScene):
    """Values flow forward through what autograd recorded, then gradients flow back."""

    slug = "automatic-differentiation"

    def construct(self) -> None:
        """Show the record, let values and gradients flow, compare with differences."""
        self.reading = Reading(self.inputs["graph"])
        self.widths = Widths(self.inputs["differences"])
        self.add_title()
        self.show_record()
        self.flow_forward()
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
        """Draw the graph, node after node."""
        sentence = "While the loss is computed, Autograd records every operation"
        self.beat("recorded", sentence, f"{sentence}.")
        formula = self._formula()
        self.diagram = AutogradDiagram(self.reading, below_formula=bool(formula))
        self.record_table = RecordTable(self.reading)
        opening = [FadeIn(self.record_table), *(FadeIn(label) for label in formula)]
        self.play(*opening, run_time=style.MOVE)
        self.play(self.diagram.record(), run_time=style.HOLD)
        self.hold()

    def flow_forward(self) -> None:
        """Let the values appear, column by column."""
        sentence = "Forward: each node computes its value from the ones before it"
        self.beat("forward", sentence, f"{sentence}.")
        turns = self.diagram.show_values()
        written = self.record_table.fill("value", *range(len(self.reading.nodes)))
        self._run([*staggered(turns), *staggered(written)], style.HOLD)
        self.hold()

    def start_back(self) -> None:
        """Put 1 over the loss."""
        slope = colored("gradient", r"$partial Theta \/ partial Theta = 1$")
        sentence = f"Backward: begin at the loss itself, with {slope}"
        self.beat("back", sentence, "Backward, from the loss itself.")
        last = len(self.reading.nodes) - 1
        self._run(
            [*self.diagram.arrive([last]), *self.record_table.fill("gradient", last)], style.MOVE
        )
        self.hold()

    def flow_back(self, number: int, stage: Sequence[int]) -> None:
        """Let gradients go back through the operations of a stage."""
        sentence = fitting_headline(wording.describe_back_through(self.reading, list(stage)))
        through = ", ".join(dict.fromkeys(self.reading.text(index) for index in stage))
        self.beat(f"back-{number}", sentence, f"By the chain rule, back through {through}.")
        self.passed |= set(stage)
        self.play(*self.diagram.flow_back(stage), run_time=style.BEAT)
        reached = self.reading.reached(stage, self.passed)
        arriving = [*self.diagram.arrive(reached), *self.record_table.fill("gradient", *reached)]
        self._run(arriving, style.BLINK)
        self.hold()

    def reach_leaves(self) -> None:
        """Say that the leaves hold the gradient now."""
        sentence = wording.describe_leaves(self.reading)
        self.beat("leaves", sentence, "The leaves hold the gradient: what PyTorch leaves in .grad.")
        self._run(self.diagram.name_leaves(), style.MOVE)
        self.hold()

    def try_differences(self) -> None:
        """Replace the graph by another way to find a gradient."""
        quotient = r"$(Theta(theta + h) - Theta(theta)) \/ h$"
        sentence = f"Another way: finite differences, {quotient} for each parameter"
        self.beat("differences", sentence, "Another way: finite differences.")
        self.plot = DifferencePlot(self.widths)
        self.error_table = ErrorTable(self.widths)
        graph = [part for part in self.mobjects if part not in (self.title, self.headline)]
        self.play(*(FadeOut(part) for part in graph), run_time=style.BLINK)
        self.play(FadeIn(self.plot), FadeIn(self.error_table.card), run_time=style.MOVE)
        self.hold()

    def narrow(self) -> None:
        """Go from the widest difference to the narrowest."""
        self.beat(
            "widths",
            wording.describe_widths(self.widths),
            "The error depends on the width of the difference.",
        )
        self._run([*self.plot.sweep(), *staggered(self.error_table.write())], style.HOLD)
        self._run(self.plot.name_branches(), style.BLINK)
        self.hold()

    def compare(self) -> None:
        """Compare with autograd."""
        sentence = wording.describe_cost(self.widths.parameters)
        self.beat("autograd", sentence, "Autograd needs no width, and one pass back for all of it.")
        self._run(self.plot.show_floor(), style.MOVE)
        self.hold(style.HOLD)

    def _run(self, animations: Sequence[Animation], seconds: float) -> None:
        """Play animations, if there are any."""
        if animations:
            self.play(*animations, run_time=seconds)

    def _formula(self) -> list[Label]:
        """Return the loss as a formula in its leaves, if that is known and fits."""
        formula = loss_markup(self.reading)
        if formula is None:
            return []
        label = Label(f"{colored('loss', '$Theta$')} $= {formula}$", style.TEXT)
        label.move_to((style.LEFT, FORMULA_Y, 0), LEFT)
        return [label] if label.get_right()[0] < style.MAIN_RIGHT else []


def staggered(animations: Sequence[Animation]) -> list[Animation]:
    """Return one animation that starts these one after the other; none if there are none."""
    return [LaggedStart(*animations, lag_ratio=0.7)] if animations else []
