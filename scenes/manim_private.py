"""Parts of Manim that its documentation does not promise, in one place, each with the reason.

Another release of Manim may rename or drop them; `tests/test_manim_private.py` then says which.
"""

from __future__ import annotations

import configparser
from collections.abc import Iterable
from importlib.resources import files
from operator import itemgetter
from typing import Any

from manim import CairoRenderer, Typst
from manim._config.utils import ManimConfig
from manim.animation.fading import _Fade as Fade
from manim.camera.camera import CAP_STYLE_MAP, LINE_JOIN_MAP
from manim.mobject.text.typst_mobject import _DUPLICATE_LABEL_SUFFIX as DUPLICATE_LABEL_SUFFIX
from manim.utils.exceptions import EndSceneEarlyException
from manim.utils.iterables import list_update
from manim.utils.typst_file_writing import TYPST_COMPILATION_FONT_SIZE, TYPST_TEMPLATE

__all__ = [
    # render.config
    "packaged_config",
    # scenes.fading: the base of FadeIn and FadeOut, which a fade in place extends
    "Fade",
    # render.camera: cairo's constants for a mobject's `cap_style` and `joint_type`
    "CAP_STYLE_MAP",
    "LINE_JOIN_MAP",
    # render.renderer: ends a scene from within `play`
    "EndSceneEarlyException",
    # render.renderer: merges a scene's mobjects and foreground mobjects in drawing order
    "list_update",
    # render.renderer
    "set_skip_animations",
    # render.display_list
    "read_style",
    # scenes.typesetting.typst_svg
    "typst_source",
    # scenes.typesetting.outlines: tells groups of the same label apart in `Typst.select`
    "DUPLICATE_LABEL_SUFFIX",
    # scenes.typesetting.outlines
    "keep_stroke_width",
    "prepare_typst",
    "finish_typst",
]

# Methods that are overridden or called, by class.
METHODS = {
    # render.renderer
    "manim:CairoRenderer": (
        "play",  # begins segments and counts frames
        "update_frame",  # records instead of drawing
        "render",  # records a frame of an animation
        "freeze_current_frame",  # records a still frame; Manim truncates its length
        "save_static_frame_data",  # would draw the static mobjects
    ),
    "manim:Scene": (
        "get_time_progression",  # yields the frames of a play; Manim rounds up
        "play_internal",  # does not update what follows a skipped animation
    ),
    # render.camera
    "manim:Camera": (
        "get_cairo_context",  # keeps one context per pixel array
        "capture_mobjects",  # draws what has no outline
        "reset",  # fills the frame with the background
        "init_background",  # makes `background` after a change of color
    ),
    # scenes.typesetting.outlines, through `finish_typst`
    "manim:Typst": (
        "_rebuild_label_aliases",  # names the groups that `select` returns
        "_refresh_svg_stroke_widths",  # derives the stroke widths on screen
    ),
}

# render.display_list: what decides how a mobject looks, in its `__dict__`. One call reads all of
# it, for every mobject in every frame.
STYLE_ATTRIBUTES = (
    "points",
    "fill_rgbas",
    "stroke_rgbas",
    "tolerance_for_point_equality",
    "stroke_width",
    "background_stroke_width",
    "joint_type",
    "cap_style",
)
read_style: Any = itemgetter(*STYLE_ATTRIBUTES)


def set_skip_animations(renderer: CairoRenderer, is_skipped: bool) -> None:
    """Skip the next plays or not: `play` resets `skip_animations` from this attribute."""
    renderer._original_skipping_status = is_skipped


def packaged_config() -> ManimConfig:
    """Return the configuration in Manim's own default.cfg, without what was read at import."""
    parser = configparser.ConfigParser()
    default = files("manim._config").joinpath("default.cfg")
    parser.read_string(default.read_text(encoding="utf-8"), source=str(default))
    return ManimConfig().digest_parser(parser)


def typst_source(code: str) -> str:
    """Return the document that `Typst` compiles for the markup `code`."""
    return TYPST_TEMPLATE.format(text_size=TYPST_COMPILATION_FONT_SIZE, preamble="", body=code)


def keep_stroke_width(glyph: Any, width: float, size: float) -> None:
    """Let `Typst` derive the stroke width of `glyph` on screen, also after scaling.

    Args:
        glyph: A glyph of a `Typst` mobject.
        width: The stroke width on Typst's page, in points.
        size: The larger of the width and height of the glyph on the page, in points.
    """
    glyph._typst_source_stroke_width = width
    glyph._typst_reference_size = size


def prepare_typst(mobject: Typst, code: str, size: float) -> None:
    """Set what the constructor of `Typst` sets before it compiles, for a film that does not."""
    mobject._font_size = size
    mobject.typst_code = code
    mobject.typst_preamble = ""
    mobject.track_baselines = False
    mobject._preserve_svg_stroke_widths = True
    mobject._baseline_tracked_submobjects = []
    mobject._stroke_width_tracked_submobjects = []
    mobject._svg_leaf_labels = {}


def finish_typst(mobject: Typst, glyphs: Iterable[Any]) -> None:
    """Let `mobject` select labelled groups, and set the stroke widths of its `glyphs`.

    Stroke widths depend on the frame size, which may differ from when the outline was cached.
    """
    mobject._rebuild_label_aliases()
    mobject._stroke_width_tracked_submobjects += [
        glyph for glyph in glyphs if hasattr(glyph, "_typst_reference_size")
    ]
    mobject._refresh_svg_stroke_widths()
