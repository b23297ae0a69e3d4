"""Manim still has every private name that is used."""

from importlib import import_module

import pytest

from scenes.manim_private import PRIVATE_NAMES


@pytest.mark.parametrize("name", PRIVATE_NAMES)
def test_a_private_name_exists_in_the_installed_manim(name):
    module, _, path = name.partition(":")
    found = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
