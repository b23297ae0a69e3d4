"""Texts that are drawn or written into a file: their length and their characters."""

from __future__ import annotations

from typing import Any
from unicodedata import category

from descent.checks.errors import InvalidValue

MAX_PARAMETER = 48  # characters of a parameter's name, beside which numbers are drawn
NONCHARACTERS = "\ufffe\uffff"


def check_text(key: str, value: Any, longest: int) -> None:
    """Check that `value` is a line of 1 to `longest` characters, some of them visible."""
    if not isinstance(value, str) or not value.strip() or "\n" in value or len(value) > longest:
        raise InvalidValue(key, f"be a text of 1 to {longest} characters", value)
    check_characters(key, value)
    if not any(category(character)[0] in "LNPS" for character in value):
        raise InvalidValue(key, "have a character that can be seen", value)


def check_characters(key: str, text: str, allowed: str = "") -> None:
    """Check that `text` has no control character but those in `allowed`, and no noncharacter.

    A slide or a page cannot hold these.
    """
    if any(category(one) in ("Cc", "Cs") and one not in allowed for one in text):
        raise InvalidValue(key, "have no control characters", text)
    if any(one in NONCHARACTERS for one in text):
        raise InvalidValue(key, "have no U+FFFE or U+FFFF, which are no characters", text)
