"""Sentences about wrong settings: what a type asks for, where a key stands, what is nearest."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from msgspec import inspect

from descent.checks.errors import InvalidArgument, InvalidValue
from descent.checks.texts import in_a_line, suggestion


class InvalidSetting(InvalidValue):
    """A wrong setting in a file: the file and the line, then what is wrong with the key.

    Args:
        path: The file.
        line: The line that sets the key, counted from 1; None if no line does.
        error: What is wrong; its key, constraint, value and repair are this error's too.
    """

    def __init__(self, path: Path, line: int | None, error: InvalidArgument) -> None:
        ValueError.__init__(self, in_a_line(f"{path}{f', line {line}' if line else ''}: {error}"))
        vars(self).update(vars(error))
        self.path, self.line, self.error = path, line, error

    def renamed(self, key: str) -> Any:
        """Return the error about `key`, as the option that set an argument is called."""
        return self.error.renamed(key)

    def __reduce__(self) -> Any:
        return type(self), (self.path, self.line, self.error)


def wrong_value(
    key: str, kind: Any, value: Any, repair: str = "", *, got: str = ""
) -> InvalidValue:
    """Return the error about a value that is not of the type of its key.

    Args:
        key: Such as "descent.steps".
        kind: The type, with its constraints in `msgspec.Meta`.
        value: What was received.
        repair: How to mend it; by default the number in a text, or the nearest of few texts.
        got: How the sentence names what was received, if not by itself.
    """
    info = inspect.type_info(kind)
    constraint = f"be {requirement(info)}"
    return InvalidValue(key, constraint, value, got=got, repair=repair or hint(info, value))


def requirement(info: inspect.Type) -> str:
    """Return what a type asks for, as a noun: "a whole number from 1 to 100"."""
    match info:
        case inspect.Metadata(extra_json_schema={"title": title}):
            return str(title)
        case inspect.Metadata(type=inner):
            return requirement(inner)
        case inspect.UnionType(types=types):
            return ", or ".join(map(requirement, types))
        case inspect.LiteralType(values=values):
            return " or ".join(f'"{value}"' for value in values)
        case inspect.IntType(ge=lowest, le=highest):
            return f"a whole number from {lowest} to {highest}"
        case inspect.StrType(min_length=shortest, max_length=longest):
            return f"a text of {shortest} to {longest} characters"
        case inspect.BoolType():
            return "true or false"
    raise NotImplementedError(f"{info} needs a title that says what it asks for.")


def hint(info: inspect.Type, value: Any) -> str:
    """Return how to mend a text that holds a number, or that is near an allowed one."""
    match info:
        case inspect.Metadata(type=inner):
            return hint(inner, value)
        case inspect.UnionType(types=types):
            return next(filter(None, (hint(one, value) for one in types)), "")
        case inspect.LiteralType(values=values):
            return suggestion(value, map(str, values))
        case inspect.FloatType() if isinstance(value, str):
            if re.fullmatch(r"\d{1,20}([.,]\d{1,20})?", value, re.ASCII):
                quotes = "" if "," in value else " without quotation marks"
                return f"write {value.replace(',', '.')}{quotes}."
    return ""


def line_of(text: str, key: str) -> int | None:
    """Return the number of the line, from 1, that sets `key` in the text of a TOML file.

    A key is a table, a key under none, or both: ``descent``, ``descent.steps``,
    ``captions."title.card"``.
    """
    wanted = key.replace('"', "")
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+([^\]]+)\]", line)
        if header:
            table = header.group(1).strip().strip("\"'")
        sets = re.match(r"\s*[\"']?([\w.-]+)[\"']?\s*=", line)
        found = table if header else f"{table}.{sets.group(1)}".strip(".") if sets else None
        if found == wanted:
            return number
    return None
