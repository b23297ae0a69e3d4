"""Mobjects of the lecture's own things: they take arrays and return animations."""
