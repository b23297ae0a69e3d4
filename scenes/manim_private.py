"""Parts of Manim that its documentation does not promise, in one place, each with the reason.

Another release of Manim may rename or drop them; `tests/test_manim_private.py` then says which.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from manim._config.utils import ManimConfig
from manim.animation.fading import _Fade as Fade
from manim.camera.camera import CAP_STYLE_MAP, LINE_JOIN_MAP
from manim.renderer.cairo_renderer import CairoRenderer
from manim.utils.exceptions import EndSceneEarlyException
from manim.utils.iterables import list_update

__all__ = [
    # render.config: the configuration of Manim's packaged defaults
    "ManimConfig",
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
]

# Methods that are overridden or called, by class.
METHODS = {
    # render.renderer
    "manim.renderer.cairo_renderer:CairoRenderer": (
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
    "manim.camera.camera:Camera": (
        "get_cairo_context",  # keeps one context per pixel array
        "capture_mobjects",  # draws what has no outline
        "reset",  # fills the frame with the background
        "init_background",  # makes `background` after a change of color
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
