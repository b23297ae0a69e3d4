"""Typst formulas as Manim mobjects, built from cached outlines.

A film shows the same few hundred formulas again and again, and Manim's own `Typst` would compile
and parse each of them every time. Its constructors are slow as well: here a glyph is a copy of a
blank one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple, Self

import numpy as np
from manim import (
    RIGHT,
    SCALE_FACTOR_PER_FONT_POINT,
    ManimColor,
    Typst,
    VGroup,
    VMobjectFromSVGPath,
)
from numpy.typing import NDArray
from svgelements import Path as SvgPath

from scenes.manim_private import (
    DUPLICATE_LABEL_SUFFIX,
    finish_typst,
    keep_stroke_width,
    prepare_typst,
)
from scenes.typesetting.typst_svg import PATH_OPTIONS, Shape, shapes_of

CACHED_OUTLINES = 4096  # of about 12 kB each
NO_POINTS = np.zeros((0, 3))
BLACK = (0.0, 0.0, 0.0)


class Formula(NamedTuple):
    """Everything that an outline depends on, apart from versions and fonts.

    Args:
        code: Typst markup, with its colors.
        size: Font size in Manim's points.
        color: ``#RRGGBB``, for shapes that Typst left black.
    """

    code: str
    size: float
    color: str


@dataclass(frozen=True, eq=False)
class Outline:
    """The shapes of a formula, centred and at their size, in reading order.

    Args:
        points: The curves of each shape in Manim's form, shape (points, 3).
        shapes: The same shapes on Typst's page, without their points.
        sizes: The longer side of each shape on the page, in points.
        height: The height of the formula on the page, in points.
    """

    points: tuple[NDArray[np.float64], ...]
    shapes: tuple[Shape, ...]
    sizes: tuple[float, ...]
    height: float

    @classmethod
    def of(cls, formula: Formula) -> Self:
        """Typeset `formula`."""
        shapes = tuple(recolored(shape, formula.color) for shape in shapes_of(formula.code))
        curves = np.concatenate([np.zeros((0, 3)), *(shape.points for shape in shapes)])
        scale = formula.size * SCALE_FACTOR_PER_FONT_POINT * np.array([1, -1, 1])
        placed = tuple((shape.points - center(curves)) * scale for shape in shapes)
        for points in placed:
            points.setflags(write=False)
        # Kept by the thousand: the points of the page would take as much memory again.
        bare = tuple(shape._replace(points=NO_POINTS) for shape in shapes)
        sizes = tuple(float(np.ptp(shape.points, axis=0).max()) for shape in shapes)
        return cls(placed, bare, sizes, float(np.ptp(curves[:, 1])) if len(curves) else 0.0)

    def glyphs(self) -> Iterator[VMobjectFromSVGPath]:
        """Yield new glyphs, which share no memory with the outline or with one another."""
        for points, shape, size in zip(self.points, self.shapes, self.sizes, strict=True):
            glyph = _new_glyph()
            glyph.points = points.copy()
            glyph.fill_rgbas, glyph.fill_opacity = np.array([shape.fill]), shape.fill[3]
            glyph.stroke_rgbas, glyph.stroke_opacity = np.array([shape.stroke]), shape.stroke[3]
            if shape.stroke_width:
                keep_stroke_width(glyph, shape.stroke_width, size)
            yield glyph

    def groups(self) -> dict[str, list[int]]:
        """Return the indices of the glyphs in each labelled group, for `Typst.select`."""
        found: dict[str, list[int]] = {}
        for index, shape in enumerate(self.shapes):
            for label, earlier in shape.labels:
                name = f"{label}{DUPLICATE_LABEL_SUFFIX}{earlier}" if earlier else label
                found.setdefault(name, []).append(index)
        return found


def center(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the middle of the bounding box of the ends of `curves`, as Manim computes it."""
    if not len(curves):
        return np.zeros(3)
    ends = np.concatenate([curves[::4], curves[3::4]])
    return (ends.min(axis=0) + ends.max(axis=0)) / 2


def recolored(shape: Shape, color: str) -> Shape:
    """Return `shape` in `color` if Typst left it black."""
    seen = shape.fill if shape.fill[3] else shape.stroke
    if seen[:3] != BLACK:
        return shape
    red, green, blue = ManimColor(color).to_rgb().tolist()
    return shape._replace(
        fill=(red, green, blue, shape.fill[3]), stroke=(red, green, blue, shape.stroke[3])
    )


@lru_cache(maxsize=CACHED_OUTLINES)
def outline_of(formula: Formula) -> Outline:
    """Return the outline of `formula`."""
    return Outline.of(formula)


class CachedTypst(Typst):
    """A Typst mobject that is built from a cached outline.

    It has every attribute of `Typst` except its SVG file and its unlabelled groups.

    Args:
        code: Typst markup.
        size: Font size in Manim's points.
        color: ``#RRGGBB``, for shapes that Typst left black.
    """

    def __init__(self, code: str, size: float, color: str) -> None:
        outline = outline_of(Formula(code, size, color))
        prepare_typst(self, code, size)
        # `Typst.__init__` compiles; the constructor of its base class does not.
        super(Typst, self).__init__(
            height=None, color=color, path_string_config=dict(PATH_OPTIONS), use_svg_cache=False
        )
        self._draw(outline)

    def generate_mobject(self) -> Self:
        """Flip the y axis up instead of reading an SVG; a gradient's direction flips with it."""
        return self.flip(RIGHT)

    def _draw(self, outline: Outline) -> None:
        glyphs: list[Any] = list(outline.glyphs())
        self.add(*glyphs)
        self.id_to_vgroup_dict = {
            name: VGroup(*(glyphs[index] for index in indices))
            for name, indices in outline.groups().items()
        }
        self.initial_height = outline.height
        finish_typst(self, glyphs)


@cache
def blank_glyph() -> Any:
    """Return a glyph without points, from which all glyphs are copied."""
    glyph: Any = VMobjectFromSVGPath(SvgPath(), **PATH_OPTIONS)
    glyph.path_obj = None  # the parsed SVG, which every copy would duplicate
    glyph.stroke_width = 0
    return glyph.flip(RIGHT)


def _new_glyph() -> Any:
    """Return a copy of the blank glyph; Manim's constructor and `copy` take ten times as long."""
    glyph: Any = VMobjectFromSVGPath.__new__(VMobjectFromSVGPath)
    for name, value in vars(blank_glyph()).items():
        changeable = isinstance(value, (np.ndarray, list))
        setattr(glyph, name, value.copy() if changeable else value)
    return glyph
