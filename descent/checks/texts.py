"""Checks of texts and names, and texts for messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.names import ParameterNames

MOST_LISTED = 6
LONGEST_SENTENCE = 600


def in_a_line(text: str, longest: int = LONGEST_SENTENCE) -> str:
    """Return `text` as it can be printed on one line, of a long one the beginning and the end.

    What was received is part of many sentences; it may be of any length, and come from anybody.

    Example:
        >>> from descent.checks.texts import in_a_line
        >>> in_a_line("got 'one" + chr(10) + "two'")
        "got 'one two'"
        >>> in_a_line("got 123456789.", longest=12)
        'got 1 … 789.'
    """
    if len(text) > longest:
        head = longest // 2 - 1
        text = f"{text[:head]} … {text[len(text) - (longest - head - 3) :]}"
    return "".join(sign if sign.isprintable() else " " for sign in text)


def described(error: BaseException, *, first_line: bool = False) -> str:
    """Return an error as one line without a full stop: "KeyError: 'a'"."""
    text = str(error).partition("\n")[0] if first_line else str(error)
    return in_a_line(f"{type(error).__name__}: {text}").rstrip(". :")


def nearest(word: Any, known: Iterable[str]) -> str | None:
    """Return the word of `known` nearest to `word`; None if none is near."""
    import difflib  # not for a request that is right

    near = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.5)
    return near[0] if near else None


def suggestion(word: Any, known: Iterable[str]) -> str:
    """Return "did you mean …?" for the word of `known` nearest to `word`; "" if none is near."""
    near = nearest(word, known)
    return f"did you mean {near}?" if near else ""


def check_text(text: Any, what: str) -> str:
    """Return `text`, checked to be text that UTF-8 can hold; `what` is what the caller calls it."""
    if not isinstance(text, str):
        raise InvalidType(what, "be a text", text)
    try:
        text.encode()
    except UnicodeEncodeError:
        repair = "leave out the half of a surrogate pair."
        raise InvalidValue(what, "be a text that UTF-8 can hold", text, repair=repair) from None
    return text


def check_names(names: Any) -> None:
    """Check that `names` are distinct texts."""
    if isinstance(names, ParameterNames):
        texts = names.texts()
        if not all(texts) or not names.are_distinct():
            raise InvalidValue("names", "be texts that differ from one another", texts)
        for text in texts:
            check_text(text, "names")
        return
    if type(names) not in (list, tuple) or set(map(type, names)) - {str}:
        raise InvalidType("names", "be a list of texts, one per parameter", names)
    if not all(names) or len(set(names)) < len(names):
        raise InvalidValue("names", "be texts that differ from one another", names)
    try:
        "".join(names).encode()  # all at once, since they may be a million
    except UnicodeEncodeError:
        for place, name in enumerate(names):
            check_text(name, f"names[{place}]")


def default_names(count: int, names: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return `names`, or θ1, θ2, … for `count` parameters without names.

    Example:
        >>> from descent.checks.texts import default_names
        >>> default_names(2)
        ('θ1', 'θ2')
    """
    if names is not None:
        return tuple(names)
    return tuple(f"θ{number}" for number in range(1, count + 1))


def some_of(names: Sequence[str]) -> str:
    """Return names in a row for a sentence, of many only the first."""
    return ", ".join(names[:MOST_LISTED]) + ", …" * (len(names) > MOST_LISTED)


def check_title(title: Any) -> None:
    """Check that a title is a text, or None."""
    if title is not None:
        check_text(title, "title")
