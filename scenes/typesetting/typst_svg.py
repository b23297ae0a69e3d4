"""Reads Typst's SVG into shapes: glyphs and rules with their curves, colors and labels.

Manim's reader takes any SVG: it parses a glyph's outline at every use and makes a mobject of each,
which takes 20 ms for a formula of twenty glyphs. Typst's SVG is of a simpler kind: groups, paths
and reused glyph symbols. Here each outline is read once, by Manim's own path reader, and placed
wherever it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
from manim import ManimColor, VMobjectFromSVGPath
from numpy.typing import NDArray
from svgelements import Matrix
from svgelements import Path as SvgPath

from scenes.manim_private import typst_source
from scenes.typesetting.fonts import UNASSIGNED, compiler, missing_characters

SVG = "{http://www.w3.org/2000/svg}"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
LABEL = "data-typst-label"
# The path options of Manim's own `Typst`.
PATH_OPTIONS = dict.fromkeys(("should_subdivide_sharp_curves", "should_remove_null_curves"), True)
CACHED_GLYPHS = 1024

Rgba = tuple[float, float, float, float]
# A shape without fill or stroke gets these, which are transparent or have no width.
NO_FILL: Rgba = (1.0, 1.0, 1.0, 0.0)
NO_STROKE: Rgba = (1.0, 1.0, 1.0, 1.0)


class Shape(NamedTuple):
    """A glyph or a rule on Typst's page, in points, the y axis pointing down.

    Attributes:
        points: Cubic curves in Manim's form, shape (points, 3).
        fill: RGBA, 0 to 1.
        stroke: RGBA, 0 to 1.
        stroke_width: In points; 0 without a stroke.
        labels: The labels of the enclosing groups, each with the number of earlier groups that had
            the same label.
    """

    points: NDArray[np.float64]
    fill: Rgba
    stroke: Rgba
    stroke_width: float
    labels: tuple[tuple[str, int], ...]


def shapes_of(code: str) -> list[Shape]:
    """Return what Typst draws for the markup `code`, in reading order.

    Raises:
        typst.TypstError: If Typst cannot parse the markup.
        ValueError: If it draws an image or a gradient, or a character that no font has.
    """
    page = _Page(svg_of(code))
    if not page.outlines.isdisjoint(missing_glyph_outlines()):
        raise ValueError(
            "A text must consist of characters that the film's fonts have; "
            f"got {missing_characters(code)!r} in {code!r:.80}."
        )
    return list(page.shapes())


def svg_of(code: str) -> ElementTree.Element:
    """Return the SVG that Typst draws for the markup `code`."""
    svg: Any = compiler().compile(input=typst_source(code).encode(), format="svg")
    return ElementTree.fromstring(svg)


@cache
def missing_glyph_outlines() -> frozenset[str]:
    """Return the outlines that the fonts of the film draw for a missing glyph."""
    codes = (UNASSIGNED, f"*{UNASSIGNED}*", f"`{UNASSIGNED}`", f'$upright("{UNASSIGNED}")$')
    return frozenset(outline for code in codes for outline in _Page(svg_of(code)).outlines)


@dataclass(frozen=True)
class _Context:
    """What an element inherits from its enclosing groups."""

    matrix: NDArray[np.float64]
    labels: tuple[tuple[str, int], ...] = ()


class _Page:
    """A page in SVG, given by its root element."""

    def __init__(self, root: ElementTree.Element) -> None:
        self._root = root
        symbols = root.iter(f"{SVG}symbol")
        self._outlines = {f"#{symbol.get('id')}": outline_in(symbol) for symbol in symbols}
        self._label_counts: dict[str, int] = {}

    @property
    def outlines(self) -> set[str]:
        """The outlines of all glyphs on the page."""
        return set(self._outlines.values())

    def shapes(self) -> Iterator[Shape]:
        """Yield every shape, in drawing order."""
        for element in self._root:
            yield from self._read(element, _Context(np.identity(3)))

    def _read(self, element: ElementTree.Element, context: _Context) -> Iterator[Shape]:
        matrix = context.matrix @ transform_of(element)
        kind = element.tag.removeprefix(SVG)
        if kind == "g":
            inside = _Context(matrix, context.labels + self._label(element))
            for child in element:
                yield from self._read(child, inside)
        elif kind in ("use", "path"):
            used = element.get(XLINK_HREF)
            outline = element.get("d", "") if used is None else self._outlines[used]
            if len(points_of(outline)):
                yield shape_of(element, outline, matrix, context.labels)
        elif kind != "defs":
            raise ValueError(f"A formula must be glyphs and paths; got {kind!r}.")

    def _label(self, group: ElementTree.Element) -> tuple[tuple[str, int], ...]:
        label = group.get(LABEL)
        if label is None:
            return ()
        earlier = self._label_counts.get(label, 0)
        self._label_counts[label] = earlier + 1
        return ((label, earlier),)


def outline_in(symbol: ElementTree.Element) -> str:
    """Return the path data of a glyph; "" for a space."""
    path = symbol.find(f"{SVG}path")
    return "" if path is None else path.get("d", "")


def transform_of(element: ElementTree.Element) -> NDArray[np.float64]:
    """Return the matrix, shape (3, 3), from an element's coordinates to its parent's."""
    matrix = Matrix(element.get("transform", ""))
    transform = np.array(
        [[matrix.a, matrix.c, matrix.e], [matrix.b, matrix.d, matrix.f], [0.0, 0.0, 1.0]]
    )
    transform[:2, 2] += transform[:2, :2] @ [float(element.get("x", 0)), float(element.get("y", 0))]
    return transform


def shape_of(
    element: ElementTree.Element,
    outline: str,
    matrix: NDArray[np.float64],
    labels: tuple[tuple[str, int], ...],
) -> Shape:
    """Return the shape that `element` draws."""
    points = points_of(outline).copy()
    points[:, :2] = points[:, :2] @ matrix[:2, :2].T + matrix[:2, 2]
    stroke = parse_color(element.get("stroke", "none"))
    width = float(element.get("stroke-width", 0)) * abs(np.linalg.det(matrix)) ** 0.5
    return Shape(
        points,
        parse_color(element.get("fill", "#000000")) or NO_FILL,
        stroke or NO_STROKE,
        width if stroke else 0.0,
        labels,
    )


@lru_cache(maxsize=CACHED_GLYPHS)
def points_of(outline: str) -> NDArray[np.float64]:
    """Return the points of a path, shape (points, 3)."""
    return VMobjectFromSVGPath(SvgPath(outline), **PATH_OPTIONS).points


@lru_cache
def parse_color(text: str) -> Rgba | None:
    """Return the RGBA of ``#ff8800`` or ``#ff880080``; None for "none"."""
    if text == "none":
        return None
    if not text.startswith("#"):
        raise ValueError(f"A formula must have plain colours; got {text!r}.")
    red, green, blue, alpha = ManimColor(text).to_rgba().tolist()
    return red, green, blue, alpha
