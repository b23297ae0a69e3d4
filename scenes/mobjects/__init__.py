"""Mobjects that know a word of the lecture: they take arrays and return animations."""
