"""The installed Manim has every undocumented part that the scenes and the renderer use."""

from __future__ import annotations

import pkgutil

import pytest
from manim import Square, tempconfig
from manim.renderer.cairo_renderer import CairoRenderer

from scenes import manim_private


@pytest.mark.parametrize("owner", manim_private.METHODS)
def test_manim_has_every_method_that_is_overridden_or_called(owner):
    found = pkgutil.resolve_name(owner)
    assert [name for name in manim_private.METHODS[owner] if not hasattr(found, name)] == []


def test_mobjects_keep_their_style_in_their_dict():
    square = Square()
    assert set(manim_private.STYLE_ATTRIBUTES) <= set(vars(square))
    assert manim_private.read_style(vars(square))[0] is square.points


def test_a_renderer_resets_skip_animations_from_the_attribute_that_is_set():
    with tempconfig({"dry_run": True}):
        renderer = CairoRenderer()
    before = dict(vars(renderer))
    manim_private.set_skip_animations(renderer, True)
    assert set(vars(renderer)) == set(before)
    assert vars(renderer) != before
