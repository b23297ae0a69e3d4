"""The gradient of a neuron: the slope of its loss along each of its parameters."""

from __future__ import annotations

from typing import Any

from manim import (
    Animation,
    Create,
    LaggedStart,
    Line,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
)

from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.morph import morph
from scenes.mobjects.neuron.cut_plot import CutPlot
from scenes.mobjects.neuron.neuron_diagram import NeuronDiagram
from scenes.mobjects.neuron.neuron_table import GradientCard, NeuronTable
from scenes.mobjects.neuron.surface import LossSurface
from scenes.typesetting.markup import colored, numeral, symbol
from scenes.wording import rows as wording


class GradientOfANeuron(LectureScene):
    """Each partial derivative is the slope of its own cut through the loss."""

    slug = "gradient-of-a-neuron"

    def construct(self) -> None:
        """Show the neuron, its loss as a surface, a cut per parameter, and the gradient."""
        self.run: Any = self.inputs["neuron"]
        self.trajectory = self.run.trajectory
        self.names = self.trajectory.names
        self.tangents: list[Line] = []
        self.front: VGroup | None = None
        self.add_title()
        self.show_neuron()
        self.show_surface()
        self.show_point()
        for axis in range(2):
            self.cut(axis)
        self.collect()

    def show_neuron(self) -> None:
        """Show the neuron as a diagram, and the same as a formula."""
        weight, bias = (f"${symbol(name)}$" for name in self.names)
        headline = f"One neuron, two parameters: a weight {weight} and a bias {bias}"
        self.beat(
            "neuron", headline, "One neuron has two parameters: the weight W1 and the bias b1."
        )
        self.diagram = NeuronDiagram()
        parts = [FadeIn(part) for part in self.diagram.in_order()]
        self.play(LaggedStart(*parts, lag_ratio=0.5), run_time=style.HOLD)
        self.table = NeuronTable(self.trajectory)
        self.play(FadeIn(self.table), run_time=style.MOVE)
        self.hold()

    def show_surface(self) -> None:
        """Let a surface rise: every pair of parameters has its loss."""
        theta = colored("loss", "$Theta$")
        headline = f"Every choice of the two has a loss, from now on called {theta}"
        self.beat("surface", headline, "Every choice of the two has a loss, from now on called Θ.")
        losses, point = self.trajectory.losses, self.trajectory.iterates[0]
        self.surface = LossSurface(self.run.landscapes[0], point, losses[0])
        frame, names = self.surface.frame, self.surface.frame.names
        diagram = self.diagram
        moves = (
            ReplacementTransform(diagram.weight, names[0]),
            ReplacementTransform(diagram.bias, names[1]),
        )
        others = [part for part in frame.submobjects if part is not names]
        leaving = FadeOut(diagram.arms, diagram.x, diagram.sum, diagram.prediction)
        self.play(*moves, leaving, FadeIn(*others, names[2]), run_time=style.BEAT)
        self.add(self.surface)
        self.play(self.surface.sheet.rise(), run_time=style.HOLD)
        self.hold()

    def show_point(self) -> None:
        """Show the point of this neuron."""
        loss = colored("loss", f"$Theta =$ {numeral(self.trajectory.losses[0])}")
        headline = f"This neuron stands here: {loss}, the mean squared error of all rows"
        self.beat("point", headline, "This neuron stands here; its loss is the mean squared error.")
        self.mark = self.surface.mark()
        values = VGroup(*self.table.values)
        self.play(morph(values, self.mark), run_time=style.BEAT)
        self.play(self.table.put_loss(self.mark), run_time=style.MOVE)
        self.hold()

    def cut(self, axis: int) -> None:
        """Cut along one parameter, the other held: the slope of the cut is its partial."""
        self.beat(f"cut-{self.names[axis]}", *wording.describe_cut(self.names, axis))
        slope = float(self.trajectory.gradients[0, axis])
        surface, leaving = self.surface, self.close_cut()
        self.front, self.wall = surface.in_front(axis), surface.cut_wall(axis)
        if leaving:
            self.play(*leaving, run_time=style.MOVE)
        self.play(surface.sheet.see_through(self.front), FadeIn(self.wall), run_time=style.MOVE)
        curve, tangent = surface.cut_curve(axis), surface.tangent(axis, slope)
        self.play(Create(curve), run_time=style.MOVE)
        self.flat = flat = CutPlot(surface, axis, slope, self.names)
        laid = (TransformFromCopy(curve, flat.curve), TransformFromCopy(self.mark[1], flat.dot))
        self.play(FadeIn(flat.plot), *laid, run_time=style.BEAT)
        self.play(Create(tangent), Create(flat.tangent), run_time=style.MOVE)
        self.play(morph(flat.tangent, flat.label), run_time=style.MOVE)
        self.play(self.table.put_slope(axis, flat.label), run_time=style.MOVE)
        self.tangents.append(tangent)
        self.hold()

    def close_cut(self) -> list[Animation]:
        """Return the animations that close the surface again, if it is cut."""
        if self.front is None:
            return []
        whole = self.surface.sheet.see_through(self.front, False)
        return [whole, FadeOut(self.wall), FadeOut(self.flat)]

    def collect(self) -> None:
        """Collect the two slopes into the gradient."""
        gradient = colored("gradient", "Gradient$(Theta)$")
        headline = f"{gradient}: the partial derivatives together, one a parameter"
        self.beat("gradient", headline, "The gradient is the partial derivatives together.")
        card = GradientCard(self.trajectory, self.table.box.bottom)
        self.play(*self.close_cut(), FadeIn(card.card, card.head), run_time=style.MOVE)
        tags = self.surface.tags(self.tangents, self.names)
        for axis, tag in enumerate(tags):
            self.play(morph(self.tangents[axis], tag), run_time=style.BLINK)
        self.play(card.list_partials(tags), run_time=style.MOVE)
        self.play(card.collect(self.table.slopes), run_time=style.BEAT)
        self.add(card)
        self.hold(style.HOLD)
