"""Change single values of a TOML text; its comments, its order and its spaces stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tomlkit
from tomlkit.items import Array


def with_value(text: str, key: str, value: Any) -> str:
    """Return `text` with the value of a key changed.

    Args:
        text: Of a TOML file.
        key: A table and its key with a dot between, such as "descent.steps"; what follows the first
            dot is one key, such as "title.card" in "captions.title.card".
        value: A text, a number, a truth value or a list of such; None deletes the key.
    """
    document: Any = tomlkit.parse(text)
    name, _, place = key.partition(".")
    if name not in document:
        if value is None:
            return text
        document[name] = tomlkit.table()
    table = document[name]
    if value is None:
        table.pop(place, None)
    elif isinstance(table.get(place), Array) and isinstance(value, Sequence | Array):
        if isinstance(value, str):
            table[place] = value
        else:
            change_items(table[place], value)
    else:
        table[place] = value
    return tomlkit.dumps(document)


def change_items(array: Array, values: Sequence[Any]) -> None:
    """Change the items of an array that differ, each where it stands."""
    items: Any = array
    for position, value in enumerate(values[: len(items)]):
        if isinstance(items[position], Array) and isinstance(value, list | tuple):
            change_items(items[position], value)
        elif not is_unchanged(items[position], value):
            items[position] = value
    del items[len(values) :]
    for value in values[len(items) :]:
        items.append(list(value) if isinstance(value, tuple) else value)


def is_unchanged(one: Any, other: Any) -> bool:
    """Return whether two values are the same in a TOML file, where true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)
