"""Outlines of formulas: what Typst and Manim make of a markup, kept so that it is made once.

To set a formula Typst compiles it to SVG and Manim reads that back, 25 ms in all, and a film sets
the same few hundred formulas again and again. What comes of it is a handful of arrays, which this
module remembers; a `Keeper`, if there is one, keeps them from run to run. A formula is always drawn
from its arrays, also the first time, so that no picture depends on what was known before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from manim import RIGHT, Typst, VGroup
from manim.mobject.svg.svg_mobject import VMobjectFromSVGPath
from numpy.typing import NDArray
from svgelements import Path as SvgPath

# About 12 kB each.
MOST_REMEMBERED = 4096
# What `Typst` asks of the paths that it reads.
_PATHS = ("should_subdivide_sharp_curves", "should_remove_null_curves")
_STYLE = ("fill_opacity", "stroke_opacity", "stroke_width")


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

    @property
    def name(self) -> str:
        """A name to keep its outline under: half a SHA-256, in hexadecimal."""
        return hashlib.sha256(json.dumps(self).encode()).hexdigest()[:32]


@dataclass(frozen=True, eq=False)
class Outline:
    """The glyphs and rules of a formula, centred and at their size, in reading order.

    Args:
        points: Of all glyphs, one after another, as Manim has them, shape (points, 3).
        ends: Where each glyph's points end, int64, shape (glyphs,).
        fills: Fill colours, red to alpha, shape (glyphs, 4).
        strokes: Stroke colours, red to alpha, shape (glyphs, 4).
        style: Fill opacity, stroke opacity and stroke width, shape (glyphs, 3).
        stroked: Typst's stroke width and the size of the glyph it belongs to, in points of the
            page, from which Manim finds the width on screen; nan without stroke, shape (glyphs, 2).
        groups: The labels in the markup, each with its glyphs, as JSON in UTF-8, uint8.
        height: Before the font size was applied, shape (1,).
    """

    points: NDArray[np.float64]
    ends: NDArray[np.int64]
    fills: NDArray[np.float64]
    strokes: NDArray[np.float64]
    style: NDArray[np.float64]
    stroked: NDArray[np.float64]
    groups: NDArray[np.uint8]
    height: NDArray[np.float64]

    def __post_init__(self) -> None:
        for array in self.arrays.values():
            array.setflags(write=False)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Its arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of(cls, typeset: Any) -> Self:
        """Return the outline of a formula that Manim has just made."""
        glyphs = typeset.submobjects
        return cls(
            points=np.concatenate([np.zeros((0, 3)), *(glyph.points for glyph in glyphs)]),
            ends=np.cumsum([len(glyph.points) for glyph in glyphs], dtype=np.int64),
            fills=_table([glyph.fill_rgbas[0] for glyph in glyphs], 4),
            strokes=_table([glyph.stroke_rgbas[0] for glyph in glyphs], 4),
            style=_table([[getattr(glyph, name) for name in _STYLE] for glyph in glyphs], 3),
            stroked=_table([_stroke_on_page(glyph) for glyph in glyphs], 2),
            groups=_as_bytes(_labelled(typeset)),
            height=np.array([typeset.initial_height], dtype=np.float64),
        )

    def glyphs(self) -> Iterator[VMobjectFromSVGPath]:
        """Make the glyphs; they share no memory with the outline, nor with one another."""
        start = 0
        for index, end in enumerate(self.ends.tolist()):
            glyph = _new_glyph()
            glyph.points = self.points[start:end].copy()
            glyph.fill_rgbas = self.fills[index : index + 1].copy()
            glyph.stroke_rgbas = self.strokes[index : index + 1].copy()
            vars(glyph).update(zip(_STYLE, self.style[index].tolist(), strict=True))
            yield glyph
            start = end


class Keeper(Protocol):
    """Keeps outlines from run to run."""

    def find(self, name: str) -> Mapping[str, NDArray[Any]] | None:
        """Return the arrays kept under `name`, or None if there are none, or damaged ones."""
        ...

    def keep(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep `arrays` under `name`."""
        ...


_keeper: ContextVar[Keeper | None] = ContextVar("keeper", default=None)
_remembered: dict[Formula, Outline] = {}


@contextmanager
def kept_by(keeper: Keeper) -> Iterator[None]:
    """Take outlines from `keeper`, and give it new ones, while the context lasts."""
    token = _keeper.set(keeper)
    try:
        yield
    finally:
        _keeper.reset(token)


def outline_of(formula: Formula) -> Outline:
    """Return the outline of `formula`: remembered, or kept, or else made."""
    outline = _remembered.get(formula)
    if outline is None:
        outline = _found(formula)
        if len(_remembered) >= MOST_REMEMBERED:
            del _remembered[next(iter(_remembered))]
        _remembered[formula] = outline
    return outline


def _found(formula: Formula) -> Outline:
    keeper = _keeper.get()
    if keeper is None:
        return _made(formula)
    arrays = keeper.find(formula.name)
    if arrays is None:
        outline = _made(formula)
        keeper.keep(formula.name, outline.arrays)
        return outline
    return Outline(**arrays)


def _made(formula: Formula) -> Outline:
    code, size, colour = formula
    return Outline.of(Typst(code, font_size=size, color=colour, use_svg_cache=False))


class Outlined(Typst):
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
            height=None,
            color=colour,
            path_string_config=dict.fromkeys(_PATHS, True),
            use_svg_cache=False,
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
        glyphs = list(outline.glyphs())
        self.add(*glyphs)
        groups = json.loads(outline.groups.tobytes())
        self.id_to_vgroup_dict = {
            name: VGroup(*(glyphs[index] for index in indices)) for name, indices in groups.items()
        }
        self._rebuild_label_aliases()
        self.initial_height = outline.height[0]
        for index in np.flatnonzero(~np.isnan(outline.stroked[:, 0])):
            glyph: Any = glyphs[index]
            stroke, size = outline.stroked[index].tolist()
            glyph._typst_source_stroke_width, glyph._typst_reference_size = stroke, size
            self._stroke_width_tracked_submobjects.append(glyph)
        # It depends on the frame, which may be another one than when the outline was made.
        self._refresh_svg_stroke_widths()


@cache
def _blank_glyph() -> Any:
    """Return a glyph with no points, for what all glyphs have in common."""
    glyph: Any = VMobjectFromSVGPath(SvgPath(), **dict.fromkeys(_PATHS, True))
    glyph.path_obj = None  # the parsed SVG, which every copy would copy along
    return glyph.flip(RIGHT)


def _new_glyph() -> Any:
    """Return a blank glyph; Manim's constructor, and its `copy`, take ten times as long."""
    glyph: Any = VMobjectFromSVGPath.__new__(VMobjectFromSVGPath)
    for name, value in vars(_blank_glyph()).items():
        changeable = isinstance(value, (np.ndarray, list))
        setattr(glyph, name, value.copy() if changeable else value)
    return glyph


def _table(rows: list[Any], columns: int) -> NDArray[np.float64]:
    return np.array(rows, dtype=np.float64).reshape(len(rows), columns)


def _stroke_on_page(glyph: Any) -> tuple[float, float]:
    width = getattr(glyph, "_typst_source_stroke_width", np.nan)
    return width, getattr(glyph, "_typst_reference_size", np.nan)


def _labelled(typeset: Any) -> dict[str, list[int]]:
    """Return the glyphs of each group that `Typst.select` can find, by their indices."""
    place = {id(glyph): index for index, glyph in enumerate(typeset.submobjects)}
    names = [name for group in typeset._label_aliases.values() for name in group]
    return {name: [place[id(glyph)] for glyph in typeset.id_to_vgroup_dict[name]] for name in names}


def _as_bytes(content: Any) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(content).encode(), dtype=np.uint8)
