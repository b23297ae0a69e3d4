"""What must be a text; one sentence where it is not."""

from __future__ import annotations

from typing import Any


def check_names(names: Any) -> None:
    """Check that `names` are texts, each another one.

    Raises:
        TypeError: If they are no list of texts.
        ValueError: If one of them is empty, or two are the same.
    """
    if type(names) not in (list, tuple) or not all(type(name) is str for name in names):
        raise TypeError(f"names must be a list of texts, one a parameter; got {names!r}.")
    if not all(names) or len(set(names)) < len(names):
        raise ValueError(f"names must be texts that differ from one another; got {names!r}.")


def check_title(title: Any) -> None:
    """Check that a title is a text, or None.

    Raises:
        TypeError: If it is neither.
    """
    if title is not None and not isinstance(title, str):
        raise TypeError(f"title must be a text; got {title!r}.")
