"""One thing becomes another: the motion by which a number, a mark and a line are told to be one."""

from __future__ import annotations

from manim import Animation, AnimationGroup, Create, Mobject, VMobject

from scenes.fading import FadeIn, FadeOut

SMALLEST = 0.15


def morph(source: Mobject, target: Mobject) -> Animation:
    """Return the animation in which `target` comes out of `source`, which stays.

    They need not be alike: a copy of the one goes over to the place of the other and gives way
    to it on the way.
    """
    shrunk = min(1.0, max(SMALLEST, target.width / max(source.width, SMALLEST)))
    leaving = FadeOut(source.copy(), target_position=target, scale=shrunk)
    return AnimationGroup(leaving, FadeIn(target, target_position=source))


def morph_into_line(source: Mobject, target: VMobject) -> Animation:
    """Return the animation in which `source`, which stays, goes over to a line as it is drawn."""
    return AnimationGroup(FadeOut(source.copy(), target_position=target), Create(target))
