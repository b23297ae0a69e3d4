"""Every private name of Manim that scenes and the renderer use, with the reason why.

A test looks each of them up in the installed Manim, so that an update that drops one is noticed.
"""

from __future__ import annotations

from manim.animation.fading import _Fade as Fade

__all__ = ["PRIVATE_NAMES", "Fade"]

# "module:attribute.attribute" to the reason.
PRIVATE_NAMES = {
    "manim.animation.fading:_Fade": "the base of FadeIn and FadeOut, which `scenes.fading` extends",
}
