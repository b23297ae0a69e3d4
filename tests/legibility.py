"""Whether a still can be read: no text outside the margins, overlapping, too small or too pale.

The art direction as a check of the screen at the end of a beat; it returns a sentence per fault.
What is crowded is found by `tests.crowding`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from manim import (
    ManimColor,
    Mobject,
    Scene,
    VMobject,
    VMobjectFromSVGPath,
    interpolate_color,
)

from scenes import style
from scenes.typesetting.labels import Label, Part
from tests.crowding import crowding

SMALLEST_CAPITAL_PX = 24
TOUCH = 0.03
SLACK = 0.02
LEAST_CONTRAST = 4.5
VISIBLE = 0.15
_E = re.compile(r"\de[−+-]?\d")


@dataclass(frozen=True)
class Text:
    """A piece of text on the screen: its box in scene units, its size and its colours."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    capital_px: float
    inks: tuple[tuple[str, float], ...]


def visible_texts(scene: Scene) -> list[Text]:
    """Return every piece of text that is visible in `scene`."""
    return [_measured(label) for label in _labels(scene.mobjects) if _is_visible(label)]


def violations(scene: Scene) -> list[str]:
    """Return the faults of the text in `scene`, which has a `ClipRenderer`, one sentence each.

    Contrast is that of WCAG 2.2, against the pixels behind the text.
    """
    texts = visible_texts(scene)
    found = [f"text that is no Label: {glyph!r}" for glyph in _strays(scene.mobjects)]
    found += [f"{one.text!r} leaves the margins" for one in texts if _is_outside(one)]
    found += [
        f"{one.text!r} is set too small: capitals of {one.capital_px:.1f} px"
        for one in texts
        if one.capital_px < SMALLEST_CAPITAL_PX
    ]
    found += [
        f"{one.text!r} overlaps {other.text!r}"
        for one, other in combinations(texts, 2)
        if _overlap(one, other)
    ]
    found += [f"{one.text!r} has an e for a power of ten" for one in texts if _E.search(one.text)]
    found += crowding(scene, texts)
    picture = _without_text(scene)
    for one in texts:
        background = _background(scene, picture, one)
        contrast = min(contrast_ratio(blended(*ink, background), background) for ink in one.inks)
        if contrast < LEAST_CONTRAST:
            found.append(f"{one.text!r} is too pale: contrast {contrast:.1f} : 1")
    return found


def blended(color: str, opacity: float, background: str) -> str:
    """Return what a colour of some opacity looks like over a background."""
    return interpolate_color(ManimColor(background), ManimColor(color), opacity).to_hex()


def contrast_ratio(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance of sRGB)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    channels = ManimColor(color).to_rgb()
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def _labels(mobjects: Sequence[Mobject]) -> Iterator[Label | Part]:
    for mobject in mobjects:
        if isinstance(mobject, Label | Part):
            yield mobject
        else:
            yield from _labels(mobject.submobjects)


def _strays(mobjects: Sequence[Mobject]) -> Iterator[Mobject]:
    for mobject in mobjects:
        if isinstance(mobject, VMobjectFromSVGPath) and _is_visible(mobject):
            yield mobject
        elif not isinstance(mobject, Label | Part):
            yield from _strays(mobject.submobjects)


def _glyphs(mobject: Mobject) -> list[VMobject]:
    family: Any = mobject.family_members_with_points()
    return [
        part for part in family if max(part.get_fill_opacity(), part.get_stroke_opacity()) > VISIBLE
    ]


def _is_visible(mobject: Mobject) -> bool:
    return bool(_glyphs(mobject))


def _measured(label: Label | Part) -> Text:
    glyphs = _glyphs(label)
    points = np.concatenate([glyph.points[:, :2] for glyph in glyphs])
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    inks = {(glyph.get_fill_color().to_hex(), float(glyph.get_fill_opacity())) for glyph in glyphs}
    return Text(label.plain_text, left, bottom, right, top, label.capital_px, tuple(inks))


def _is_outside(one: Text) -> bool:
    return (
        one.left < style.LEFT - SLACK
        or one.right > style.RIGHT + SLACK
        or one.bottom < style.BOTTOM - SLACK
        or one.top > style.TOP + SLACK
    )


def _overlap(one: Text, other: Text) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    along = min(one.top, other.top) - max(one.bottom, other.bottom)
    return across > TOUCH and along > TOUCH


def _without_text(scene: Any) -> np.ndarray:
    """Return the picture without its text, shape (height, width, 3)."""
    labels: list[Any] = list(_labels(scene.mobjects))
    saved = [
        [(g, g.fill_rgbas.copy(), g.stroke_rgbas.copy()) for g in label.get_family()]
        for label in labels
    ]
    for label in labels:
        label.set_opacity(0)
    picture = scene.renderer.still(scene)[..., :3]
    for family in saved:
        for glyph, fill, stroke in family:
            glyph.fill_rgbas, glyph.stroke_rgbas = fill, stroke
    return picture


def _background(scene: Any, picture: np.ndarray, one: Text) -> str:
    """Return the median colour behind a piece of text."""
    height, width = picture.shape[:2]
    camera = scene.renderer.camera
    columns = (np.array([one.left, one.right]) / camera.frame_width + 0.5) * width
    rows = (0.5 - np.array([one.top, one.bottom]) / camera.frame_height) * height
    (x0, x1), (y0, y1) = (
        np.clip(v.round().astype(int), 0, n - 1) for v, n in ((columns, width), (rows, height))
    )
    patch = picture[y0 : y1 + 1, x0 : x1 + 1].reshape(-1, 3)
    return ManimColor(np.median(patch, axis=0).astype(int)).to_hex()
