"""A chip: two or three words in a frame, which say what a Θ beside it is taken over."""

from __future__ import annotations

from manim import LEFT, RIGHT, RoundedRectangle, VGroup

from scenes import style
from scenes.mobjects.plot import Plot
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import escape

PAD_X, HEIGHT = 0.1, 0.34
FROM_CORNER, ABOVE = 0.9, 0.34


class Chip(VGroup):
    """Words in a rounded frame, in the colour of the loss.

    Args:
        text: Plain text, such as those of `scenes.wording.chips`.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        color = style.palette().loss
        self.label = Label(escape(text), color=color, plain_text=text)
        self.frame = RoundedRectangle(
            corner_radius=HEIGHT / 2,
            width=self.label.width + 2 * PAD_X + HEIGHT / 2,
            height=HEIGHT,
            stroke_color=color,
            stroke_width=style.HAIRLINE,
        ).set_z_index(style.FRONT)
        self.add(self.frame, self.label.move_to(self.frame))


def theta_of(text: str, plot: Plot) -> VGroup:
    """Return Θ with its chip, to be put above the upper left corner of a plot."""
    theta = Label("$Theta$", color=style.palette().loss, plain_text="Θ")
    left = plot.free_above(plot.box.left + FROM_CORNER)
    return VGroup(theta, Chip(text).next_to(theta, RIGHT, buff=style.GAP)).move_to(
        (left, plot.box.top + ABOVE, 0), LEFT
    )
