"""A figure that a notebook shows by itself, and where things stand on it, in inches."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from descent.plots import style
from descent.plots.mathtext import mathtext

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

    from descent.palette import Palette

DPI = 100
SHARP = 1.6  # image pixels for each pixel of the page, so that a notebook's picture is crisp
EDGE = 0.22  # inches left free on every side
POINT = 1 / 72  # inch
CLAIM = 0.25  # inches that a line below the title takes


class Box(NamedTuple):
    """A part of the figure, in inches from its lower left corner."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def top(self) -> float:
        """How high its upper edge is."""
        return self.bottom + self.height


class NotebookFigure(Figure):
    """A figure that is shown wherever it is the last line of a notebook's cell.

    pyplot has no part in it: no window opens, nothing needs to be closed, and any thread may
    make one. Where the inline backend is at work, that shows it, and shows it once.
    """

    def __init__(self, size: tuple[float, float], palette: Palette) -> None:
        super().__init__(figsize=size, dpi=DPI, facecolor=palette.background)
        self.renderer = FigureCanvasAgg(self).get_renderer()
        self.palette = palette

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=SHARP * self.dpi)
        width, height = (round(inches * self.dpi) for inches in self.get_size_inches())
        return file.getvalue(), {"width": width, "height": height}

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write the figure to a file, as `matplotlib.figure.Figure.savefig` does."""
        with style.dressed(self.palette):
            super().savefig(fname, **options)

    def axes_in(self, box: Box) -> Axes:
        """Add axes in `box`, not counting their labels; see `fit`.

        Whoever draws sets the limits: matplotlib's own overflow where a run has diverged.
        """
        axes = self.add_axes(self._share(box))
        axes.set_autoscale_on(False)
        return axes

    def write(
        self,
        x: float,
        y: float,
        text: str,
        room: float = math.inf,
        names: Iterable[str] = (),
        **options: Any,
    ) -> Text:
        """Write a text that is shown as it is, its baseline starting `x`, `y` inches in.

        What does not fit into `room` inches is cut off, and said to be so by three dots. Where
        one of `names` stands in it, that is set as mathematics.
        """
        written = self.text(*self.corner(Box(x, y, 0, 0)), mathtext(text, names), **options)
        while text and self._width(written) > room:
            text = text[: min(len(text) - 1, int(len(text) * room / self._width(written)) + 1)]
            written.set_text(mathtext(f"{text.rstrip()}…", names))
        return written

    def _width(self, text: Text) -> float:
        """Return how many inches wide a text is."""
        return text.get_window_extent(self.renderer).width / self.dpi

    def write_heading(self, title: str, claim: str, names: Iterable[str] = ()) -> None:
        """Write what is shown and, in a line or several, what it came to, at the top left."""
        top = float(self.get_size_inches()[1]) - EDGE
        room = float(self.get_size_inches()[0]) - 2 * EDGE
        if title:
            top -= style.TITLE * POINT
            self.write(EDGE, top + 0.03, title, room, names, fontsize=style.TITLE)
        for line in claim.splitlines():
            self.write(EDGE, top - 0.23, line, room, names, color=self.palette.muted)
            top -= CLAIM

    def fit(self, axes: Axes, box: Box) -> None:
        """Place `axes` so that they fill `box` together with all their labels."""
        axes.set_position(self._share(box))
        # The second time, the labels are those of axes of about the right size.
        for _ in range(2):
            tight: Any = axes.get_tightbbox(self.renderer)
            inner = axes.get_window_extent()
            left, right = (inner.x0 - tight.x0) / DPI, (tight.x1 - inner.x1) / DPI
            under, over = (inner.y0 - tight.y0) / DPI, (tight.y1 - inner.y1) / DPI
            width, height = box.width - left - right, box.height - under - over
            axes.set_position(self._share(Box(box.left + left, box.bottom + under, width, height)))

    def corner(self, box: Box) -> tuple[float, float]:
        """Return the lower left corner of `box` in shares of the figure."""
        width, height = self.get_size_inches()
        return box.left / width, box.bottom / height

    def extent(self, box: Box) -> tuple[float, float]:
        """Return the width and height of `box` in shares of the figure."""
        width, height = self.get_size_inches()
        return box.width / width, box.height / height

    def _share(self, box: Box) -> tuple[float, float, float, float]:
        return *self.corner(box), *self.extent(box)


def heading_height(title: str, claim: str) -> float:
    """Return how many inches a heading takes, with the gap below it."""
    lines = len(claim.splitlines())
    return bool(title) * style.TITLE * POINT + lines * CLAIM + bool(title or claim) * 0.12


def text_width(text: str) -> float:
    """Return how many inches wide a text is, before there is a figure to write it on."""
    path = TextPath(
        (0, 0), mathtext(text), size=style.TEXT, prop=FontProperties(family=list(style.FACES))
    )
    return float(path.get_extents().width) * POINT if text else 0.0
