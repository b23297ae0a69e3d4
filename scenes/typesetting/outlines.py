"""Formulas as Manim mobjects, made of outlines that are remembered.

A film shows the same few hundred formulas again and again, and Manim's own `Typst` would compile
and parse each of them every time. Its constructors, too, are slow: a glyph is made here by copying
what all glyphs have in common.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple, Self

import numpy as np
from manim import RIGHT, ManimColor, Typst, VGroup
from manim.constants import SCALE_FACTOR_PER_FONT_POINT
from manim.mobject.svg.svg_mobject import VMobjectFromSVGPath
from manim.mobject.text.typst_mobject import _DUPLICATE_LABEL_SUFFIX
from numpy.typing import NDArray
from svgelements import Path as SvgPath

from scenes.typesetting.typst_svg import PATHS, Mark, marks_of

# About 12 kB each.
MOST_REMEMBERED = 4096
BLACK = (0.0, 0.0, 0.0)


class Formula(NamedTuple):
    """Everything that an outline depends on, besides versions and fonts.

    Args:
        code: Typst markup, with its colours.
        size: Font size in Manim's points.
        colour: ``#RRGGBB``, for what Typst left black.
    """

    code: str
    size: float
    colour: str


@dataclass(frozen=True, eq=False)
class Outline:
    """The glyphs and rules of a formula, centred and at their size, in reading order.

    Args:
        points: Of each glyph, as Manim has them, shape (points, 3).
        marks: The same glyphs on Typst's page.
        height: Of all of them on the page, in points.
    """

    points: tuple[NDArray[np.float64], ...]
    marks: tuple[Mark, ...]
    height: float

    @classmethod
    def of(cls, formula: Formula) -> Self:
        """Have `formula` set."""
        marks = tuple(recoloured(mark, formula.colour) for mark in marks_of(formula.code))
        curves = np.concatenate([np.zeros((0, 3)), *(mark.points for mark in marks)])
        scale = formula.size * SCALE_FACTOR_PER_FONT_POINT * np.array([1, -1, 1])
        placed = tuple((mark.points - centre(curves)) * scale for mark in marks)
        for points in placed:
            points.setflags(write=False)
        return cls(placed, marks, float(np.ptp(curves[:, 1])) if len(curves) else 0.0)

    def glyphs(self) -> Iterator[VMobjectFromSVGPath]:
        """Make the glyphs; they share no memory with the outline, nor with one another."""
        for points, mark in zip(self.points, self.marks, strict=True):
            glyph = _new_glyph()
            glyph.points = points.copy()
            glyph.fill_rgbas, glyph.fill_opacity = np.array([mark.fill]), mark.fill[3]
            glyph.stroke_rgbas, glyph.stroke_opacity = np.array([mark.stroke]), mark.stroke[3]
            if mark.stroke_width:
                # From these Manim finds the width on screen, whatever becomes of the glyph.
                glyph._typst_source_stroke_width = mark.stroke_width
                glyph._typst_reference_size = float(np.ptp(mark.points, axis=0).max())
            yield glyph

    def groups(self) -> dict[str, list[int]]:
        """Return the glyphs of each labelled group, by their indices, as `Typst.select` asks."""
        found: dict[str, list[int]] = {}
        for index, mark in enumerate(self.marks):
            for label, before in mark.labels:
                name = f"{label}{_DUPLICATE_LABEL_SUFFIX}{before}" if before else label
                found.setdefault(name, []).append(index)
        return found


def centre(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the middle of the box around the ends of `curves`, as Manim finds it."""
    if not len(curves):
        return np.zeros(3)
    ends = np.concatenate([curves[::4], curves[3::4]])
    return (ends.min(axis=0) + ends.max(axis=0)) / 2


def recoloured(mark: Mark, colour: str) -> Mark:
    """Return `mark` in `colour` if Typst left it black."""
    seen = mark.fill if mark.fill[3] else mark.stroke
    if seen[:3] != BLACK:
        return mark
    red, green, blue = ManimColor(colour).to_rgb().tolist()
    return mark._replace(
        fill=(red, green, blue, mark.fill[3]), stroke=(red, green, blue, mark.stroke[3])
    )


@lru_cache(maxsize=MOST_REMEMBERED)
def outline_of(formula: Formula) -> Outline:
    """Return the outline of `formula`."""
    return Outline.of(formula)


class CachedTypst(Typst):
    """A Typst mobject that is drawn from its outline.

    It has what `Typst` gives it, but its file and the groups that no label names.

    Args:
        code: Typst markup.
        size: Font size in Manim's points.
        colour: ``#RRGGBB``, for what Typst left black.
    """

    def __init__(self, code: str, size: float, colour: str) -> None:
        outline = outline_of(Formula(code, size, colour))
        self._remember_markup(code, size)
        # Not Typst's own constructor, which compiles: the one that it calls afterwards.
        super(Typst, self).__init__(
            height=None, color=colour, path_string_config=dict(PATHS), use_svg_cache=False
        )
        self._draw(outline)

    def generate_mobject(self) -> Self:
        """Read no SVG, but turn its y axis up: a gradient's direction turns with it."""
        return self.flip(RIGHT)

    def _remember_markup(self, code: str, size: float) -> None:
        self._font_size = size
        self.typst_code = code
        self.typst_preamble = ""
        self.track_baselines = False
        self._preserve_svg_stroke_widths = True
        self._baseline_tracked_submobjects = []
        self._stroke_width_tracked_submobjects = []
        self._svg_leaf_labels = {}

    def _draw(self, outline: Outline) -> None:
        glyphs: list[Any] = list(outline.glyphs())
        self.add(*glyphs)
        self.id_to_vgroup_dict = {
            name: VGroup(*(glyphs[index] for index in indices))
            for name, indices in outline.groups().items()
        }
        self._rebuild_label_aliases()
        self.initial_height = outline.height
        self._stroke_width_tracked_submobjects += [
            glyph for glyph in glyphs if hasattr(glyph, "_typst_reference_size")
        ]
        # It depends on the frame, which may be another one than when the outline was made.
        self._refresh_svg_stroke_widths()


@cache
def _blank_glyph() -> Any:
    """Return a glyph with no points, for what all glyphs have in common."""
    glyph: Any = VMobjectFromSVGPath(SvgPath(), **PATHS)
    glyph.path_obj = None  # the parsed SVG, which every copy would copy along
    glyph.stroke_width = 0
    return glyph.flip(RIGHT)


def _new_glyph() -> Any:
    """Return a blank glyph; Manim's constructor, and its `copy`, take ten times as long."""
    glyph: Any = VMobjectFromSVGPath.__new__(VMobjectFromSVGPath)
    for name, value in vars(_blank_glyph()).items():
        changeable = isinstance(value, (np.ndarray, list))
        setattr(glyph, name, value.copy() if changeable else value)
    return glyph
