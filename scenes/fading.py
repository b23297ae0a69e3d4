"""Fades that change only the opacity, where nothing moves.

Manim's own fades are transforms: they copy all points three times and interpolate them with
themselves in every frame. Half of all motion on screen is a fade of some hundred glyphs, so that
this took a quarter of the time to draw a film. A fade that also moves or scales is Manim's.

What is opaque and lies on the ground can fade into the colour of the ground, so that layers of it
do not show through each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import manim
import numpy as np
from manim import Animation, ManimColor, Mobject

from scenes.manim_private import Fade

COLOR_ARRAYS = ("fill_rgbas", "stroke_rgbas", "background_stroke_rgbas")


def fade_into(mobject: Mobject, ground: ManimColor) -> None:
    """Let fades in place mix the colours of `mobject` with `ground`, and leave it opaque."""
    vars(mobject)["ground"] = np.array(ground.to_rgb())


class _InPlace(Fade):
    """A fade that does not touch points if nothing moves."""

    appears: bool

    @property
    def moves(self) -> bool:
        """Whether more than the opacity changes."""
        return bool(self.shift_vector.any()) or self.scale_factor != 1

    def begin(self) -> None:
        """Remember the colours at full opacity."""
        if self.moves:
            super().begin()
            return
        self._colors = [
            (member, {name: vars(member)[name] for name in COLOR_ARRAYS if name in vars(member)})
            for member in self.mobject.family_members_with_points()
        ]
        Animation.begin(self)

    def create_starting_mobject(self) -> Any:
        """Return a copy to interpolate from, if points are interpolated."""
        return super().create_starting_mobject() if self.moves else Mobject()

    def get_all_mobjects(self) -> Sequence[Any]:
        """Return the mobjects of the animation."""
        return super().get_all_mobjects() if self.moves else (self.mobject,)

    def interpolate_mobject(self, alpha: float) -> None:
        """Set the opacity of every member."""
        if self.moves:
            super().interpolate_mobject(alpha)
            return
        count = len(self._colors)
        # Without a lag all members have come equally far.
        ways = [self.get_sub_alpha(alpha, k, count) for k in range(count if self.lag_ratio else 1)]
        for index, (member, colors) in enumerate(self._colors):
            progress = ways[index] if self.lag_ratio else ways[0]
            opacity = progress if self.appears else 1 - progress
            ground = vars(member).get("ground")
            for name, rgbas in colors.items():
                faded = rgbas.copy()
                if ground is None:
                    faded[:, 3] *= opacity
                else:
                    faded[:, :3] = ground + opacity * (rgbas[:, :3] - ground)
                setattr(member, name, faded)


class FadeIn(_InPlace, manim.FadeIn):
    """Let mobjects appear; arguments are those of `manim.FadeIn`."""

    appears = True


class FadeOut(_InPlace, manim.FadeOut):
    """Let mobjects disappear; arguments are those of `manim.FadeOut`."""

    appears = False
