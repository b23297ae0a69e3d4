"""Manim mobjects to pixels: the renderer, its display lists and its camera."""
