"""The motion in which one mobject becomes another, unlike it in shape."""

from __future__ import annotations

from manim import Animation, AnimationGroup, Create, Mobject, VMobject

from scenes.fading import FadeIn, FadeOut

SMALLEST = 0.15


def morph(source: Mobject, target: Mobject) -> Animation:
    """Return the animation in which `target` comes out of `source`, which stays.

    A copy of the source moves to the place of the target and fades into it.
    """
    shrunk = min(1.0, max(SMALLEST, target.width / max(source.width, SMALLEST)))
    leaving = FadeOut(source.copy(), target_position=target, scale=shrunk)
    return AnimationGroup(leaving, FadeIn(target, target_position=source))


def morph_into_line(source: Mobject, target: VMobject) -> Animation:
    """Return the animation in which a copy of `source` moves to a line while that is drawn."""
    return AnimationGroup(FadeOut(source.copy(), target_position=target), Create(target))
