"""Checks of single values in lecture.toml: each wrong one gets a sentence that names its key."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from typing import Any
from unicodedata import category

from descent.checks.numbers import check_start
from descent.losses.classics import LOSSES
from descent.losses.neuron import NEURON

SUGGEST = "suggest"
NEURON_LOSS = "neuron"
MAX_ROWS = 1_000
MAX_PARAMETER = 48  # characters of its name, beside which numbers stand
NO_CHARACTERS = "\ufffe\uffff"


def nearest(word: Any, known: Iterable[str]) -> str:
    """Return ": did you mean …?" for the word of `known` most like `word`, else a full stop."""
    near = closest(word, known)
    return f": did you mean {near}?" if near else "."


def closest(word: Any, known: Iterable[str]) -> str | None:
    """Return the word of `known` most like `word`, None if none is like it."""
    near = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.5)
    return near[0] if near else None


def is_number(value: Any) -> bool:
    """Return whether `value` is a finite number that float64 can hold."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 2**1023


def check_text(key: str, value: Any, longest: int) -> None:
    """Check that `value` is a text of one line, 1 to `longest` characters.

    Raises:
        ValueError: If it is not.
    """
    if not isinstance(value, str) or not value.strip() or "\n" in value or len(value) > longest:
        raise ValueError(f"{key} must be a text of 1 to {longest} characters; got {value!r}.")
    check_signs(key, value)
    if not any(category(sign)[0] in "LNPS" for sign in value):
        raise ValueError(f"{key} must have a character that can be seen; got {value!r}.")


def check_signs(key: str, text: str, allowed: str = "") -> None:
    """Check that `text` has no control characters but those `allowed`, nor what is no character.

    Raises:
        ValueError: If it has one, which a slide or a page could not hold.
    """
    if any(category(sign) in ("Cc", "Cs") and sign not in allowed for sign in text):
        raise ValueError(f"{key} must have no control characters; got {text!r}.")
    if any(sign in NO_CHARACTERS for sign in text):
        raise ValueError(f"{key} must have no U+FFFE or U+FFFF, which is no character; got it.")


def check_whole(key: str, value: Any, highest: int) -> None:
    """Check that `value` is a whole number from 1 to `highest`.

    Raises:
        ValueError: If it is not.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= highest:
        raise ValueError(f"{key} must be a whole number from 1 to {highest}; got {value!r}.")


def checked_rows(rows: Any) -> tuple[tuple[float, float], ...]:
    """Return `rows` as pairs of floats, having checked that they are pairs of numbers.

    Raises:
        ValueError: If it is not.
    """
    if not isinstance(rows, list | tuple) or not 1 <= len(rows) <= MAX_ROWS:
        raise ValueError(f"data.rows must be 1 to {MAX_ROWS} rows [x, y]; got {rows!r}.")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list | tuple) or len(row) != 2 or not all(map(is_number, row)):
            raise ValueError(
                f"data.rows must be pairs [x, y] of numbers; got {row!r} as row {number}."
            )
    return tuple((float(x), float(y)) for x, y in rows)


def names_of(loss: Any) -> tuple[str, ...] | None:
    """Return the names of the loss's parameters, None where only running its file will tell.

    Raises:
        ValueError: If there is no such loss.
    """
    if loss == NEURON_LOSS:
        return NEURON
    if isinstance(loss, str) and loss in LOSSES:
        return LOSSES[loss].names
    if isinstance(loss, str) and ":" in loss:
        return None
    known = [NEURON_LOSS, *LOSSES]
    raise ValueError(
        f"descent.loss must be FILE.py:NAME or one of {', '.join(known)}; got {loss!r}"
        f"{nearest(loss, known)}"
    )


def checked_start(start: Any, names: tuple[str, ...] | None) -> tuple[float, ...]:
    """Return `start` as floats, having checked that there is one for each of `names`.

    Raises:
        ValueError: If it is not.
    """
    if not isinstance(start, list | tuple) or not all(map(is_number, start)):
        raise ValueError(f'descent.start must be a list of numbers, or "{SUGGEST}"; got {start!r}.')
    try:
        return tuple(check_start(start, names).tolist())
    except (TypeError, ValueError) as error:
        raise ValueError(f"descent.{error}") from error


def checked_rate(key: str, rate: Any) -> float | str:
    """Return `rate` as a float, or "suggest", having checked that it is positive.

    Raises:
        ValueError: If it is not.
    """
    if rate == SUGGEST:
        return SUGGEST
    if not is_number(rate) or rate <= 0:
        hint = number_in(rate)
        raise ValueError(f'{key} must be a positive number, or "{SUGGEST}"; got {rate!r}{hint}')
    return float(rate)


def number_in(value: Any) -> str:
    """Return ": write …" for the number that a text holds, else a full stop."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,20}([.,]\d{1,20})?", value, re.ASCII):
        return "."
    return f": write {value.replace(',', '.')}{'' if ',' in value else ' without quotation marks'}."
