"""Checks of arguments, which raise InvalidType or InvalidValue with one sentence."""
