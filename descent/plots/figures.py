"""A figure that a notebook displays, with positions in inches."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.textpath import TextPath

from descent.plots import style
from descent.plots.mathtext import mathtext

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

    from descent.palette import Palette

DPI = 100
PIXEL_RATIO = 1.6  # image pixels per CSS pixel, for sharp pictures in notebooks
EDGE = 0.22  # inches of margin on every side
POINT = 1 / 72  # inch
LINE_HEIGHT = 0.25  # inches per line of the subtitle


class Box(NamedTuple):
    """A rectangle of the figure, in inches from its lower left corner."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def top(self) -> float:
        """The height of its upper edge."""
        return self.bottom + self.height


class NotebookFigure(Figure):
    """A figure that a notebook displays as the last line of a cell.

    It does not use pyplot: no window opens, nothing needs to be closed, and any thread may make
    one. With the inline backend, too, it is displayed once.
    """

    def __init__(self, size: tuple[float, float], palette: Palette) -> None:
        super().__init__(figsize=size, dpi=DPI, facecolor=palette.background)
        self.renderer = FigureCanvasAgg(self).get_renderer()
        self.palette = palette

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=PIXEL_RATIO * self.dpi)
        width, height = (round(inches * self.dpi) for inches in self.get_size_inches())
        return file.getvalue(), {"width": width, "height": height}

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write the figure to a file, as `matplotlib.figure.Figure.savefig` does."""
        with style.style_context(self.palette):
            super().savefig(fname, **options)

    def axes_in(self, box: Box) -> Axes:
        """Add axes in `box`, their labels outside; see `fit`.

        The caller sets the limits: autoscaling overflows for diverged runs.
        """
        axes = self.add_axes(self._bounds(box))
        axes.set_autoscale_on(False)
        return axes

    def write(
        self,
        x: float,
        y: float,
        text: str,
        max_width: float = math.inf,
        names: Iterable[str] = (),
        **options: Any,
    ) -> Text:
        """Write plain text, its baseline starting at `x`, `y` inches.

        Text wider than `max_width` inches is truncated and ends in "…". Parameter names among
        `names` are set as mathematics.
        """
        written = self.text(*self.corner(Box(x, y, 0, 0)), mathtext(text, names), **options)
        while text and self._width(written) > max_width:
            fitting = int(len(text) * max_width / self._width(written)) + 1
            text = text[: min(len(text) - 1, fitting)]
            written.set_text(mathtext(f"{text.rstrip()}…", names))
        return written

    def _width(self, text: Text) -> float:
        """Return the width of a text in inches."""
        return text.get_window_extent(self.renderer).width / self.dpi

    def write_heading(self, title: str, subtitle: str, names: Iterable[str] = ()) -> None:
        """Write a title and the lines of a subtitle at the top left."""
        top = float(self.get_size_inches()[1]) - EDGE
        width = float(self.get_size_inches()[0]) - 2 * EDGE
        if title:
            top -= style.TITLE * POINT
            self.write(EDGE, top + 0.03, title, width, names, fontsize=style.TITLE)
        for line in subtitle.splitlines():
            self.write(EDGE, top - 0.23, line, width, names, color=self.palette.muted)
            top -= LINE_HEIGHT

    def fit(self, axes: Axes, box: Box) -> None:
        """Place `axes` so that they and their labels fill `box`."""
        axes.set_position(self._bounds(box))
        # Twice, since the tick labels depend on the size of the axes.
        for _ in range(2):
            tight: Any = axes.get_tightbbox(self.renderer)
            inner = axes.get_window_extent()
            left, right = (inner.x0 - tight.x0) / DPI, (tight.x1 - inner.x1) / DPI
            under, over = (inner.y0 - tight.y0) / DPI, (tight.y1 - inner.y1) / DPI
            width, height = box.width - left - right, box.height - under - over
            axes.set_position(self._bounds(Box(box.left + left, box.bottom + under, width, height)))

    def fill(self, box: Box, **options: Any) -> None:
        """Fill `box`."""
        bounds = self.corner(box), *self.extent(box)
        self.add_artist(Rectangle(*bounds, transform=self.transFigure, **options))

    def corner(self, box: Box) -> tuple[float, float]:
        """Return the lower left corner of `box` in figure coordinates, from 0 to 1."""
        width, height = self.get_size_inches()
        return box.left / width, box.bottom / height

    def extent(self, box: Box) -> tuple[float, float]:
        """Return the width and height of `box` in figure coordinates."""
        width, height = self.get_size_inches()
        return box.width / width, box.height / height

    def _bounds(self, box: Box) -> tuple[float, float, float, float]:
        return *self.corner(box), *self.extent(box)


def heading_height(title: str, subtitle: str) -> float:
    """Return the height of a heading in inches, with the gap below it."""
    lines = len(subtitle.splitlines())
    return bool(title) * style.TITLE * POINT + lines * LINE_HEIGHT + bool(title or subtitle) * 0.12


def text_width(text: str) -> float:
    """Return the width of a text in inches, without a figure."""
    path = TextPath(
        (0, 0), mathtext(text), size=style.TEXT, prop=FontProperties(family=list(style.FONTS))
    )
    return float(path.get_extents().width) * POINT if text else 0.0
