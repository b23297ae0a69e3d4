"""Mobjects to pixels. Only this package and `scenes` import Manim."""
