"""Sentences that say something else: another number, or the opposite word."""

from __future__ import annotations

from collections.abc import Iterator

from tests.truth.plain import TOKEN

OPPOSITES = (
    ("falls", "rises"),
    ("fell", "rose"),
    ("lower", "higher"),
    ("lowers", "raises"),
    ("above", "below"),
    ("far below", "beyond"),
    ("smaller", "larger"),
    ("flatter", "steeper"),
    ("positive", "negative"),
    ("better", "worse"),
    ("shortens", "stretches"),
    ("closer to", "further from"),
    ("closes", "opens"),
    ("uphill", "downhill"),
    ("downwards", "upwards"),
    ("minus", "plus"),
    ("Too big", "Too small"),
    ("Down", "Up"),
    ("high", "low"),
    ("it", "them"),
    ("is", "are"),
    ("outside", "inside"),
    ("very small", "very large"),
    ("small", "large"),
    ("towards the data", "too far"),
    ("has no", "has a"),
    ("often", "never"),
    ("exactly", "wrongly"),
    ("swings", "rests"),
    ("differs", "agrees"),
    ("level", "steep"),
    ("stay", "move"),
    ("zero", "one"),
    ("every", "no"),
    ("explode", "shrink"),
    ("three", "two"),
    ("two", "three"),
    ("a bias", "no bias"),
    ("does not move", "moves"),
    ("one dot", "two dots"),
    ("W1", "b1"),
    ("just right", "very small"),
)


def other_numbers(text: str) -> Iterator[str]:
    """Return the sentence with each of its numbers changed."""
    for found in TOKEN.finditer(text):
        yield text[: found.start()] + _other(found[0]) + text[found.end() :]


def opposites(text: str) -> Iterator[str]:
    """Return the sentence with each of its words that has an opposite replaced by that."""
    for pair in OPPOSITES:
        for word, other in (pair, pair[::-1]):
            padded = f" {text} "
            for before, after in ((" ", " "), (" ", ","), (" ", "."), (" ", ":")):
                if (place := padded.find(f"{before}{word}{after}")) >= 0:
                    at = place + 1
                    yield (padded[:at] + other + padded[at + len(word) :]).strip()
                    break


def _other(number: str) -> str:
    """Return a number whose last digit that is not 0 is another one."""
    head, dot, power = number.partition("·10^")
    digits = [k for k, letter in enumerate(head) if letter in "123456789"]
    at = digits[-1] if digits else len(head) - 1
    if not head[at].isdigit():
        return "1.000"
    return head[:at] + str((int(head[at]) + 4) % 9 + 1) + head[at + 1 :] + dot + power
