"""A chip: two or three words in a frame, which say what a loss beside it is taken over."""

from __future__ import annotations

from manim import LEFT, RIGHT, Mobject, RoundedRectangle, VGroup

from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.plot import Plot
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import escape

PAD_X, HEIGHT = 0.1, 0.34
ASIDE, ABOVE = 0.4, 0.34  # of the corner of a panel, where the name of an axis is
OUTWARDS = 0.6  # where a second axis may have its name near the right corner


class Chip(VGroup):
    """Words in a rounded frame, in the colour of the loss.

    Args:
        text: Plain text, such as those of `scenes.facts.chips`.
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


def theta() -> Label:
    """Return Θ in the colour of the loss."""
    return Label("$Theta$", color=style.palette().loss, plain_text="Θ")


def chip_beside(name: Mobject, text: str) -> VGroup:
    """Return the chip to the right of the name of a loss; nothing if there is no `text`."""
    return Chip(text).next_to(name, RIGHT, buff=style.GAP) if text else VGroup()


def theta_of(text: str, plot: Plot, is_named: bool = False) -> VGroup:
    """Return Θ with its chip above axes, right of the name there; nothing without `text`.

    Args:
        text: Plain text of the chip.
        plot: The axes.
        is_named: Whether the y axis is the loss, and has the Θ in its name.
    """
    if not text:
        return VGroup()
    if is_named:
        return chip_above(text, plot)
    name = theta()
    left = plot.free_above(plot.box.left + ASIDE)
    return VGroup(name, chip_beside(name, text)).move_to((left, plot.box.top + ABOVE, 0), LEFT)


def theta_at_right(text: str, box: Box) -> VGroup:
    """Return Θ with its chip above the upper right corner of a panel; nothing without `text`.

    It is for a view that widens: the axis may get a power of ten beside its name.
    """
    return _at_right(theta(), text, box.right, box) if text else VGroup()


def chip_above(text: str, plot: Plot) -> VGroup:
    """Return the chip right of the name of a y axis that is a loss; nothing without `text`."""
    place = (plot.free_above(plot.box.left), plot.box.top + ABOVE, 0)
    return VGroup(Chip(text).move_to(place, LEFT)) if text else VGroup()


def loss_of(text: str, box: Box) -> VGroup:
    """Return the word "Loss" with its chip above the upper right corner of a panel of rows."""
    name = Label("Loss", color=style.palette().loss)
    return _at_right(name, text, box.right + OUTWARDS, box)


def _at_right(name: Label, text: str, right: float, box: Box) -> VGroup:
    return VGroup(name, chip_beside(name, text)).move_to((right, box.top + ABOVE, 0), RIGHT)
