"""The gradient of a neuron: two slopes of its loss, and the arrow that they make together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from manim import (
    Animation,
    Create,
    GrowFromPoint,
    LaggedStart,
    Line,
    ReplacementTransform,
    Transform,
    TransformFromCopy,
    VGroup,
    smooth,
)

from scenes import style
from scenes.claims import first_true
from scenes.facts import chips
from scenes.facts.gradients import is_zero, without_noise
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.gradient_map import GradientMap
from scenes.mobjects.morph import morph, morph_into_line
from scenes.mobjects.neuron.close_up import CloseUp
from scenes.mobjects.neuron.compass import Compass
from scenes.mobjects.neuron.cut_plot import CutPlot
from scenes.mobjects.neuron.map_marks import gradient_legs, legend, line_through, ring_labels
from scenes.mobjects.neuron.neuron_diagram import NeuronDiagram
from scenes.mobjects.neuron.neuron_table import GradientCard, NeuronTable
from scenes.mobjects.neuron.surface import LossSurface
from scenes.mobjects.neuron.tilt import Tilt
from scenes.wording import neuron as wording

SWEEP = 2.4
LATE = 0.55  # share of the tilt after which the map appears


class GradientOfANeuron(LectureScene):
    """Each partial is the slope of a cut; together they are the arrow straight uphill."""

    slug = "gradient-of-a-neuron"

    def construct(self) -> None:
        """Show the neuron, its loss as a surface, two cuts, the map, and the gradient on it."""
        self.run: Any = self.inputs["neuron"]
        self.directions = directions_of(self.inputs["directions"], self.run)
        self.count = len(self.inputs["rows"].x)
        self.trajectory = without_noise(self.run)
        self.names, self.gradient = self.trajectory.names, self.trajectory.gradients[0]
        self.tangents: list[Line] = []
        self.on_surface: list[Any] = []
        self.front: VGroup | None = None
        self.flat: Any = None
        self.add_title()
        self.show_neuron()
        self.show_surface()
        self.show_point()
        self.cut(0)
        self.show_price()
        self.cut(1)
        self.collect()
        self.tilt()
        self.guess()
        self.turn_needle()
        if self.directions.slopes.any():
            self.assemble()
            self.check()

    def show_neuron(self) -> None:
        """Show the neuron as a diagram, and the same as a formula."""
        self.diagram = NeuronDiagram()
        self.add(*self.diagram.nodes)
        self.beat("neuron", caption=wording.sums_up(self.names))
        self.hold(style.BLINK)
        parts = [FadeIn(part) for part in self.diagram.links()]
        self.play(LaggedStart(*parts, lag_ratio=0.5), run_time=style.BEAT)
        self.table = NeuronTable(self.trajectory, chips.all_rows(self.count))
        self.play(FadeIn(self.table), run_time=style.MOVE)
        self.say(first_true(wording.two_parameters(self.names)))

    def show_surface(self) -> None:
        """Let a surface rise: every pair of parameters has its loss."""
        self.beat("surface", wording.loss_called(), "The higher the surface, the larger the loss.")
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
        self.play(self.surface.sheet.rise(), run_time=style.BEAT)

    def show_point(self) -> None:
        """Show the point of this neuron."""
        self.beat("point", caption=wording.mean_over(self.count))
        self.mark = self.surface.mark()
        values = VGroup(*self.table.values)
        self.play(morph(values, self.mark), run_time=style.BEAT)
        self.play(self.table.put_loss(self.mark), run_time=style.MOVE)
        here = wording.our_point(self.run.landscapes[0], self.trajectory.iterates[0])
        self.say(first_true(here))

    def cut(self, axis: int) -> None:
        """Cut along one parameter, the other held: the slope of the cut is its partial."""
        name, slope = self.names[axis], float(self.gradient[axis])
        self.beat(
            f"cut-{name}", wording.held(self.names, axis), wording.cut_to_see(self.names, axis)
        )
        surface, leaving = self.surface, self.close_cut()
        self.front, self.wall = surface.in_front(axis), surface.cut_wall(axis)
        opening = (surface.sheet.see_through(self.front), FadeIn(self.wall))
        if leaving:
            self.play(*leaving, run_time=style.BLINK)
        self.play(*opening, run_time=style.MOVE)
        curve, tangent = surface.cut_curve(axis), surface.tangent(axis, slope)
        self.play(Create(curve), run_time=style.BLINK)
        self.flat = flat = CutPlot(surface, axis, slope, self.names)
        laid = (TransformFromCopy(curve, flat.curve), TransformFromCopy(self.mark[1], flat.dot))
        self.play(FadeIn(flat.plot), *laid, run_time=style.MOVE)
        label = morph(flat.tangent, flat.label)
        self.play(Create(tangent), Create(flat.tangent), label, run_time=style.MOVE)
        self.play(self.table.put_slope(axis, flat.label), run_time=style.MOVE)
        self.tangents.append(tangent)
        self.on_surface += [curve, tangent]
        self.say(wording.cut_is(name, slope))

    def close_cut(self) -> list[Animation]:
        """Return the animations that close the surface again, if it is cut."""
        if self.front is None:
            return []
        whole = self.surface.sheet.see_through(self.front, False)
        return [whole, FadeOut(self.wall), FadeOut(self.flat)]

    def show_price(self) -> None:
        """Raise the first parameter a little: the slope says what that does to the loss."""
        near = CloseUp(self.directions, self.trajectory)
        found = wording.price(self.names[0], near.nudge, near.slope, near.change)
        if found is None:
            return
        self.beat(
            f"price-{self.names[0]}",
            wording.what_for(self.names[0]),
            "The same curve, seen from very near.",
        )
        frame = near.outline_in(self.flat)
        self.play(Create(frame), FadeOut(self.flat.label), run_time=style.BLINK)
        zoom = Transform(frame, near.outline())
        self.play(zoom, FadeOut(self.flat), run_time=style.MOVE)
        self.play(FadeOut(frame), FadeIn(near), run_time=style.BLINK)
        self.play(Create(near.run_leg), FadeIn(near.run_label), run_time=style.MOVE)
        self.play(Create(near.rise_leg), FadeIn(near.rise_label), run_time=style.MOVE)
        self.flat = VGroup(near, near.run_leg, near.run_label, near.rise_leg, near.rise_label)
        self.say(found, wording.promised(near.nudge, near.slope))

    def collect(self) -> None:
        """Collect the two slopes into the gradient."""
        self.beat("gradient", caption=wording.two_numbers(self.gradient))
        card = GradientCard(self.trajectory, self.table.box.bottom)
        self.play(*self.close_cut(), FadeIn(card.card, card.head), run_time=style.MOVE)
        tags = self.surface.tags(self.tangents, self.names)
        self.play(*map(morph, self.tangents, tags), run_time=style.BLINK)
        self.play(card.list_partials(tags), run_time=style.MOVE)
        self.play(card.collect(self.table.slopes), run_time=style.MOVE)
        self.add(card)
        self.card = card
        self.on_surface += tags
        self.say(first_true(wording.one_per_parameter(self.gradient)))

    def tilt(self) -> None:
        """Look at the surface from straight above, where it is a map."""
        self.beat(
            "tilt",
            wording.FROM_ABOVE,
            "It is still the same surface, with rings at certain heights.",
        )
        frame, landscape = self.surface.frame, self.run.landscapes[0]
        self.map = GradientMap(self.run)
        plot = self.map.view.plot
        tilt = Tilt(self.surface, self.mark, landscape, plot)
        edge = (frame.ticks, frame.numbers, frame.names[2], frame.lines[4])
        self.play(FadeOut(*edge), FadeOut(*self.on_surface), run_time=style.BLINK)
        self.remove(self.surface)
        self.add(tilt)
        self.play(tilt.turn(), tilt.glow(), run_time=style.HOLD)
        arriving = FadeIn(self.map.view, rate_func=_late)
        self.play(tilt.lie_down(), arriving, run_time=style.BEAT)
        heights = ring_labels(landscape, plot, self.map.path.place(0)[None])
        self.heights = VGroup(heights, legend(plot.box))
        self.play(FadeIn(self.map.path, self.heights), FadeOut(tilt), run_time=style.BLINK)
        self.say(first_true(wording.joins_equals(landscape), wording.is_flat(landscape)))

    def guess(self) -> None:
        """Ask which way is up."""
        self.beat("guess", caption="Choose a direction on the circle before a needle finds it.")
        self.compass = Compass(self.directions, self.map.path.place(0), self.table.box.bottom)
        self.play(FadeOut(self.heights), Create(self.compass.circle), run_time=style.MOVE)
        self.ask(wording.WHICH_WAY)

    def turn_needle(self) -> None:
        """Measure the slope in every direction."""
        self.beat("compass", caption=wording.needle(len(self.directions.slopes)))
        compass, slopes = self.compass, self.directions.slopes
        dial = (compass.card, compass.face, compass.head, compass.needle, compass.hand)
        self.play(FadeOut(self.card), FadeIn(*dial), run_time=style.MOVE)
        self.line = line_through(self.map, self.run.landscapes[0])
        reading = compass.reading(0.0)
        self.play(Create(self.line), FadeIn(reading), run_time=style.MOVE)
        self.play(FadeOut(reading), run_time=style.BLINK)
        self.play(compass.sweep(), run_time=SWEEP)
        self.reading = compass.reading(float(slopes[0]))
        self.play(compass.go_steepest(), FadeIn(self.reading), run_time=style.MOVE)
        said = first_true(wording.steepest_across(slopes), wording.level_all_around(slopes))
        self.say(said, wording.along_a_line(slopes))

    def assemble(self) -> None:
        """Put the two slopes together into the arrow."""
        self.beat("assembly", wording.BOTH_SLOPES, wording.nose_to_tail(self.names))
        here = self.map.path.place(0)
        self.legs = gradient_legs(self.map, self.gradient)
        self.play(FadeIn(self.map.scale_label()), FadeOut(self.line), run_time=style.BLINK)
        for slope, leg in zip(self.table.slopes, self.legs, strict=True):
            self.play(morph_into_line(slope, leg), run_time=style.MOVE)
        self.arrow: Any = self.map.uphill(0)
        self.play(GrowFromPoint(self.arrow, here), run_time=style.MOVE)
        self.say(first_true(wording.arrow_uphill(self.gradient, self.directions)))

    def check(self) -> None:
        """Compare the length of the arrow with the steepest slope, and point downhill."""
        self.beat("check", caption="Compare the arrow with the needle.")
        compass, length = self.compass, self.compass.length(self.gradient)
        self.play(FadeOut(self.reading), morph(self.arrow, length), run_time=style.MOVE)
        leaving = FadeOut(self.legs, compass.needle, compass.hand, compass.circle)
        self.play(leaving, compass.fade_rose(), run_time=style.BLINK)
        downhill: Any = self.map.downhill(0)
        self.play(GrowFromPoint(downhill, self.map.path.place(0)), run_time=style.MOVE)
        said = first_true(wording.as_long_as_steep(self.gradient, self.directions))
        self.say(said, wording.same_number(self.directions))


def directions_of(directions: Any, run: Any) -> Any:
    """Return the slopes around the start, all 0 where its gradient is rounding noise."""
    if is_zero(run, 0):
        return replace(directions, slopes=np.zeros_like(directions.slopes))
    return directions


def _late(share: float) -> float:
    return smooth(max(0.0, share - LATE) / (1 - LATE))
