"""Claims: the sentences of the film, each with the condition under which it is true.

A scene can only show a claim whose condition holds for the recording that it is made from. A
question or an announcement claims nothing, and is a `Prompt`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec

Given = ParamSpec("Given")


class Prompt(str):
    """A line on screen that asks or announces something, as markup: it cannot be false."""

    __slots__ = ()


class Claim(str):
    """A sentence on screen, as markup, that is true of what it was made from.

    Attributes:
        name: The name of its `ClaimKind`.
        given: What it was made from: positional arguments, then those by keyword.
    """

    __slots__ = ("given", "name")
    name: str
    given: tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class ClaimKind:
    """A sentence that depends on recordings, and the condition under which it is true.

    Attributes:
        name: "module.function" within `scenes.wording`.
        write: Returns the sentence, as markup.
        holds: Returns whether it is true; takes the same arguments.
    """

    name: str
    write: Callable[..., str]
    holds: Callable[..., Any]


CLAIMS: dict[str, ClaimKind] = {}


def claim(
    holds: Callable[Given, Any],
) -> Callable[[Callable[Given, str]], Callable[Given, Claim | None]]:
    """Let a function that writes a sentence return it only where it is true, else None.

    Args:
        holds: The condition; takes the same arguments as the function.

    Example:
        >>> @claim(lambda before, after: after < before)
        ... def falls(before, after):
        ...     return f"The loss falls to {after}"
        >>> falls(2, 1), falls(1, 2)
        ('The loss falls to 1', None)
    """

    def decorate(write: Callable[Given, str]) -> Callable[Given, Claim | None]:
        kind = ClaimKind(f"{write.__module__.rpartition('.')[2]}.{write.__name__}", write, holds)
        CLAIMS[kind.name] = kind

        @functools.wraps(write)
        def make(*args: Given.args, **options: Given.kwargs) -> Claim | None:
            if not holds(*args, **options):
                return None
            made = Claim(write(*args, **options))
            made.name, made.given = kind.name, (args, options)
            return made

        return make

    return decorate


def first_true(*claims: Claim | None) -> Claim:
    """Return the first of some claims that is true.

    Raises:
        LookupError: If none is.
    """
    for one in claims:
        if one is not None:
            return one
    raise LookupError("none of the claims is true of the recording.")
