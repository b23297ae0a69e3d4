"""Typst's SVG, read: what is drawn on its page, glyph by glyph.

Manim reads an SVG of any kind: it parses the outline of a glyph wherever the glyph is used, and
makes a mobject of it each time, which takes 20 ms for a formula of twenty glyphs. Typst's SVG is of
a simpler kind: groups, paths, and glyphs that are used at places. Here the outline of a glyph is
read once, by Manim's own reader of paths, and laid where it is used. The fonts, too, are looked up
once, not for each formula.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
from manim import ManimColor
from manim.mobject.svg.svg_mobject import VMobjectFromSVGPath
from manim.utils.typst_file_writing import TYPST_COMPILATION_FONT_SIZE, TYPST_TEMPLATE
from numpy.typing import NDArray
from svgelements import Matrix
from svgelements import Path as SvgPath
from typst import Compiler

SVG = "{http://www.w3.org/2000/svg}"
GLYPH_USED = "{http://www.w3.org/1999/xlink}href"
LABEL = "data-typst-label"
# What Manim's `Typst` asks of the paths that it reads.
PATHS = dict.fromkeys(("should_subdivide_sharp_curves", "should_remove_null_curves"), True)
GLYPHS_REMEMBERED = 1024

Rgba = tuple[float, float, float, float]
# What has no colour, is not drawn; these stand where a mobject needs one.
NO_FILL: Rgba = (1.0, 1.0, 1.0, 0.0)
NO_STROKE: Rgba = (1.0, 1.0, 1.0, 1.0)


class Mark(NamedTuple):
    """A glyph or a rule on Typst's page, whose unit is a point and whose y axis points down.

    Attributes:
        points: Cubic curves as Manim has them, shape (points, 3).
        fill: Its colour.
        stroke: Its colour.
        stroke_width: 0 without a stroke.
        labels: Of the groups around it, each with how many groups of that label came before.
    """

    points: NDArray[np.float64]
    fill: Rgba
    stroke: Rgba
    stroke_width: float
    labels: tuple[tuple[str, int], ...]


def marks_of(code: str) -> list[Mark]:
    """Return what Typst draws for the markup `code`, in reading order.

    Raises:
        typst.TypstError: If Typst does not understand the markup.
        ValueError: If it draws what has no outline or no single colour.
    """
    source = TYPST_TEMPLATE.format(text_size=TYPST_COMPILATION_FONT_SIZE, preamble="", body=code)
    svg: Any = compiler().compile(input=source.encode(), format="svg")
    return list(_Page(ElementTree.fromstring(svg)).marks())


@cache
def compiler() -> Compiler:
    """Return the one compiler of this process."""
    return Compiler()


@dataclass(frozen=True)
class _Around:
    """What the groups around an element say of it."""

    matrix: NDArray[np.float64]
    labels: tuple[tuple[str, int], ...] = ()


class _Page:
    """Typst's page.

    Args:
        root: Of its SVG.
    """

    def __init__(self, root: ElementTree.Element) -> None:
        self._root = root
        symbols = root.iter(f"{SVG}symbol")
        self._outlines = {f"#{symbol.get('id')}": outline_in(symbol) for symbol in symbols}
        self._groups: dict[str, int] = {}

    def marks(self) -> Iterator[Mark]:
        """Yield everything that is drawn."""
        for element in self._root:
            yield from self._read(element, _Around(np.identity(3)))

    def _read(self, element: ElementTree.Element, around: _Around) -> Iterator[Mark]:
        matrix = around.matrix @ placed(element)
        kind = element.tag.removeprefix(SVG)
        if kind == "g":
            inside = _Around(matrix, around.labels + self._label(element))
            for child in element:
                yield from self._read(child, inside)
        elif kind in ("use", "path"):
            used = element.get(GLYPH_USED)
            outline = element.get("d", "") if used is None else self._outlines[used]
            if len(points_of(outline)):
                yield mark(element, outline, matrix, around.labels)
        elif kind != "defs":
            raise ValueError(f"A formula must be glyphs and paths; Typst drew {kind!r} in it.")

    def _label(self, group: ElementTree.Element) -> tuple[tuple[str, int], ...]:
        label = group.get(LABEL)
        if label is None:
            return ()
        before = self._groups.get(label, 0)
        self._groups[label] = before + 1
        return ((label, before),)


def outline_in(symbol: ElementTree.Element) -> str:
    """Return the path of a glyph; a blank has none."""
    path = symbol.find(f"{SVG}path")
    return "" if path is None else path.get("d", "")


def placed(element: ElementTree.Element) -> NDArray[np.float64]:
    """Return the matrix, shape (3, 3), that lays an element where its parent says."""
    matrix = Matrix(element.get("transform", ""))
    laid = np.array(
        [[matrix.a, matrix.c, matrix.e], [matrix.b, matrix.d, matrix.f], [0.0, 0.0, 1.0]]
    )
    laid[:2, 2] += laid[:2, :2] @ [float(element.get("x", 0)), float(element.get("y", 0))]
    return laid


def mark(
    element: ElementTree.Element,
    outline: str,
    matrix: NDArray[np.float64],
    labels: tuple[tuple[str, int], ...],
) -> Mark:
    """Return what `element` draws."""
    points = points_of(outline).copy()
    points[:, :2] = points[:, :2] @ matrix[:2, :2].T + matrix[:2, 2]
    stroke = colour(element.get("stroke", "none"))
    width = float(element.get("stroke-width", 0)) * abs(np.linalg.det(matrix)) ** 0.5
    return Mark(
        points,
        colour(element.get("fill", "#000000")) or NO_FILL,
        stroke or NO_STROKE,
        width if stroke else 0.0,
        labels,
    )


@lru_cache(maxsize=GLYPHS_REMEMBERED)
def points_of(outline: str) -> NDArray[np.float64]:
    """Return the points of a path, shape (points, 3)."""
    return VMobjectFromSVGPath(SvgPath(outline), **PATHS).points


@lru_cache
def colour(written: str) -> Rgba | None:
    """Return a colour such as ``#ff8800`` or ``#ff880080``; none for "none"."""
    if written == "none":
        return None
    if not written.startswith("#"):
        raise ValueError(f"A formula must be painted in plain colours; Typst used {written!r}.")
    red, green, blue, alpha = ManimColor(written).to_rgba().tolist()
    return red, green, blue, alpha
