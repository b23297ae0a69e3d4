"""The passage that explains 2/λ: a slice, the rule of a step, a bet, and what became of it."""

from __future__ import annotations

from typing import Any

from manim import (
    Create,
    GrowArrow,
    Line,
    ReplacementTransform,
    VGroup,
    VMobject,
    angle_between_vectors,
    rush_from,
    rush_into,
    squish_rate_func,
)

from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.boundary.slice_plot import SlicePlot
from scenes.mobjects.boundary.slice_table import LandingTable, rule_card, slope_card
from scenes.mobjects.descent.loss_view import loss_view
from scenes.wording import boundary

QUICK = 0.6
FLIGHT = 1.2
GONE = 0.5  # share of a motion after which a map has left


class SlicePassage(LectureScene):
    """The beats slice, rule, bet, land and again."""

    def explain_on_slice(self, one: Any, run: Any) -> None:
        """Play the passage.

        Args:
            one: The `understanding_gradients.lecture.recordings.Slice`, with descents.
            run: A `Run` whose first view is the map through which the slice is cut.
        """
        self.one = one
        self.show_slice(run)
        self.show_rule()
        self.bet()
        self.land()
        self.go_on()

    def show_slice(self, run: Any) -> None:
        """Cut the map along its steepest axis, and lift the cut."""
        self.beat(
            "slice",
            boundary.slice_of(self.one),
            "Seen from the side, a cut along this line is a curve of one number, the distance d.",
        )
        self.slice = SlicePlot(self.one)
        card = self.card = slope_card(self.one)
        flat = self._cut(run)
        if flat is None:
            self.change_stage(self.slice, card[0])
        else:
            self.add(self.slice)
            self.play(FadeIn(card[0]), run_time=style.BLINK)
        curve = self.slice.curve
        rising = Create(curve) if flat is None else ReplacementTransform(flat, curve)
        self.play(rising, card.bring_in(0), run_time=style.BEAT)
        self.tangents = VGroup()
        for row, times in enumerate((1, 2), start=1):
            tangent = self.slice.tangent(times)
            self.tangents.add(tangent)
            self.play(FadeIn(tangent), card.bring_in(row), run_time=style.MOVE)
        self.say_if(boundary.slope_grows(self.one), boundary.slope_cue(self.one))

    def _cut(self, run: Any) -> VMobject | None:
        """Cut the map, and return the line of the cut as it is seen from the side, if shown.

        The axes of the slice come while the line turns, so that it is never alone.
        """
        landscape, one = run.landscapes[0], self.one
        if len(one.center) != len(landscape.axes) or len(one.center) < 2:
            return None
        if not landscape.contains(one.center):
            return None
        view = loss_view(run.landscapes, run.trajectory.names)
        places = (one.center + at * one.direction for at in one.distances[[0, -1]])
        start, end = (view.locate(place, 0.0) for place in places)
        line = Line(start, end, stroke_width=style.BOLD)
        line.set_color(style.palette().loss).set_z_index(style.GEOMETRY + 1)
        self.change_stage(view)
        self.play(Create(line), run_time=style.BLINK)
        flat = self.slice.ground()
        turning = ReplacementTransform(line, flat, path_arc=_turn(line, flat))
        leaving = FadeOut(view, rate_func=squish_rate_func(rush_into, 0, GONE))
        arriving = FadeIn(self.slice.plot, rate_func=squish_rate_func(rush_from, GONE, 1))
        self.play(leaving, turning, arriving, run_time=style.BEAT)
        return flat

    def show_rule(self) -> None:
        """Take one step of a small rate, and show what it makes of the distance."""
        self.beat("rule", boundary.RULE, boundary.rule_cue(self.one))
        card = rule_card(self.one, self.card.bottom - style.GAP)
        arrow = self.slice.step_arrow(0)
        self.play(FadeIn(card[0]), FadeIn(card[1]), FadeOut(self.tangents[1]), run_time=style.BLINK)
        self.play(card.bring_in(0), run_time=style.MOVE)
        self.play(GrowArrow(arrow), card.bring_in(1), run_time=style.MOVE)
        self.play(card.bring_in(2), run_time=style.MOVE)
        self.say_if(
            boundary.step_multiplies(self.one), "Only the product of rate and sharpness counts."
        )
        self.leaving = VGroup(self.card, card, arrow, self.tangents[0])

    def bet(self) -> None:
        """Put five rates at the start, and ask where each will land."""
        self.beat("bet")
        self.table = LandingTable(self.one)
        self.play(FadeOut(self.leaving), run_time=style.BLINK)
        self.play(FadeIn(self.slice.balls), FadeIn(self.table), run_time=style.MOVE)
        self.ask(boundary.BET, boundary.bet_cue(self.one))

    def land(self) -> None:
        """Take one step of each."""
        self.beat("land", caption="One step of each.")
        level = self.slice.start_height()
        self.play(FadeIn(level), run_time=style.BLINK)
        self.play(*self.slice.take_step(), run_time=FLIGHT)
        self.play(*self.table.fill(), run_time=style.BLINK)
        self.say_if(
            boundary.where_they_land(self.one),
            "A step multiplies d and h by these; minus: the other side.",
        )

    def go_on(self) -> None:
        """Take the other steps."""
        self.beat("again", boundary.AGAIN, "On a parabola the factor is the same in every step.")
        while self.slice.step < max(descent.steps for descent in self.one.descents):
            self.play(*self.slice.take_step(), run_time=QUICK)
        claims = boundary.climbs_out(self.one), boundary.below_arrive(self.one)
        self.say_if(
            next((one for one in claims if one), None),
            "Above 2/λ the factor is beyond −1: the height can only grow.",
        )

    def say_if(self, headline: str | None, caption: str) -> None:
        """Say what the motion has shown, if it is true of the recording."""
        if headline is not None:
            self.say(headline, caption)


def _turn(line: VMobject, flat: VMobject) -> float:
    """Return by which angle a line turns to lie as another, from -π to π."""
    before, after = (one.get_end() - one.get_start() for one in (line, flat))
    return float(angle_between_vectors(before, after) * (1 if before[1] <= 0 else -1))
