"""Oracles: each reads a printed sentence, and asks recorded or fresh numbers whether it is true."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.truth.plain import NUMBER
from tests.truth.telling import Said
from tests.truth.witness import Facts, Witness

Check = Callable[..., Any]


@dataclass(frozen=True)
class Oracle:
    """How a kind of sentence is read, and what makes it true.

    Attributes:
        patterns: Regular expressions of the whole sentence.
        check: Takes the `Witness`, and the named groups as keywords.
    """

    patterns: tuple[re.Pattern[str], ...]
    check: Check

    def reads(self, text: str) -> bool:
        """Return whether it can read a sentence."""
        return any(pattern.fullmatch(text) for pattern in self.patterns)

    def accepts(self, facts: Facts, said: Said) -> bool:
        """Return whether a sentence is true; one that speaks of what does not exist is not."""
        found = next(filter(None, (one.fullmatch(said.text) for one in self.patterns)), None)
        if found is None:
            return False
        try:
            with np.errstate(all="ignore"):
                return bool(self.check(Witness(facts, said), **found.groupdict()))
        except (ArithmeticError, LookupError, ValueError):
            return False


ORACLES: dict[str, Oracle] = {}


def oracle(name: str, *patterns: str) -> Callable[[Check], Check]:
    """Let a function judge the claim `name`.

    Args:
        name: Of the claim, as in `scenes.claims.CLAIMS`.
        patterns: Of its sentences: "{a}" is a number, "{how:falls|rises}" one of some words, "(s)"
            a plural ending, and all else stands for itself.
    """

    def keep(check: Check) -> Check:
        ORACLES[name] = Oracle(tuple(re.compile(_expression(one)) for one in patterns), check)
        return check

    return keep


def _expression(pattern: str) -> str:
    parts = re.split(r"\{(\w+)(?::([^}]*))?\}", pattern)
    found = ""
    for k in range(0, len(parts), 3):
        found += re.escape(parts[k]).replace(r"\(s\)", "s?")
        if k + 2 < len(parts):
            words = parts[k + 2]
            inside = NUMBER if words is None else words
            found += f"(?P<{parts[k + 1]}>{inside})"
    return found
