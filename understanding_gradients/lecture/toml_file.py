"""Read a settings file within bounds: its size, its keys and its depth are checked before use."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from descent.checks.errors import InvalidValue
from descent.checks.texts import in_a_line
from understanding_gradients.lecture.messages import InvalidSetting

MAX_BYTES = 1 << 17  # a thousand rows take a third of it
MAX_DOTS = 3  # in a key; ours have two at most, and tomllib's time is quadratic in them
MAX_DEPTH = 8  # of nested tables and lists; ours have four, and repr() fails on very deep ones
# A quotation that does not end is matched once, up to its line's end; tomllib reports it.
PART = r"""(?:[\w-]+|"(?:[^"\\\n]|\\.)*+"?|'[^'\n]*+'?)"""
COMMENT_STRING_OR_KEY = re.compile(
    r"#[^\n]*+"
    r'|"""(?:[^\\]|\\.)*?(?:"{3,5}|\Z)'
    r"|'''.*?(?:'{3,5}|\Z)"
    rf"|(?P<key>{PART}(?:[ \t]*+\.[ \t]*+{PART})*+)",
    re.DOTALL,
)


def read_text(path: Path) -> str:
    """Return the text of a settings file, if it is safe to parse."""
    # A pipe or a device may have no end.
    if not is_file(path):
        raise FileNotFoundError(
            f"{in_a_line(str(path))} must be an existing settings file; there is none."
        )
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise InvalidValue(str(path), f"not exceed {MAX_BYTES:,} bytes", got=f"{size:,}")
    try:
        text = path.read_bytes().decode("utf-8")  # with the ends of its lines
    except UnicodeDecodeError as error:
        raise invalid_toml(path, str(error)) from error
    check_text(path, text)
    return text


def check_text(path: Path, text: str) -> None:
    """Check that the text of a settings file is safe to parse."""
    size = len(text.encode(errors="surrogatepass"))
    if size > MAX_BYTES:
        raise InvalidValue(str(path), f"not exceed {MAX_BYTES:,} bytes", got=f"{size:,}")
    # Python reads these, but refuses to print them.
    if re.search(r"0[xob]\w{1000}", text):
        raise InvalidValue(str(path), "have numbers of at most 1,000 digits", got="more")
    check_dots(path, text)


def check_dots(path: Path, text: str) -> None:
    """Check that no key has more than `MAX_DOTS` dots."""
    for found in COMMENT_STRING_OR_KEY.finditer(text):
        parts = re.findall(PART, found["key"] or "")
        if len(parts) > MAX_DOTS + 1:
            line = text.count("\n", 0, found.start()) + 1
            dots = f"{len(parts) - 1:,}"
            raise InvalidSetting(
                path, line, InvalidValue("a key", f"have at most {MAX_DOTS} dots", got=dots)
            )


def tables_in(path: Path, text: str) -> dict[str, Any]:
    """Return the tables in the text of a settings file.

    Raises:
        InvalidValue: If it is not TOML, or its tables and lists are nested too deeply.
    """
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise invalid_toml(path, "it is nested too deeply") from None
    # tomllib's own error, or Python's about a number of too many digits.
    except ValueError as error:
        raise invalid_toml(path, str(error)) from error
    level: list[Any] = [tables]
    for _ in range(MAX_DEPTH):
        level = [part for one in level for part in parts_of(one)]
    if level:
        raise InvalidValue(str(path), "be tables of values", got="one that is nested too deeply")
    return tables


def invalid_toml(path: Path, reason: str) -> InvalidValue:
    """Return the error about a file that cannot be parsed, with the parser's reason."""
    reason = in_a_line(reason[:1].lower() + reason[1:].rstrip("."))
    return InvalidValue(in_a_line(str(path)), f"be valid TOML; {reason}")


def parts_of(value: Any) -> list[Any]:
    """Return what is in a table or a list; [] for anything else."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def is_file(path: Path) -> bool:
    """Return whether `path` is a regular file."""
    try:
        return path.is_file()
    except OSError:  # its name is too long
        return False
