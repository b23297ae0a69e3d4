"""The text of a settings file, judged before it is parsed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from descent.checks.texts import in_a_line

MAX_BYTES = 1 << 17  # of the file: a thousand rows take a third of it
MAX_DOTS = 3  # in a key; ours have two at most, and of very many tomllib would make a meal
MAX_DEPTH = 8  # of tables and lists in one another; ours have four, and of many repr() fails
# An end that is missing is not looked for twice; tomllib says where it should be.
PART = r"""(?:[\w-]+|"(?:[^"\\\n]|\\.)*+"?|'[^'\n]*+'?)"""
REMARK_TEXT_OR_KEY = re.compile(
    r"#[^\n]*+"
    r'|"""(?:[^\\]|\\.)*?(?:"{3,5}|\Z)'
    r"|'''.*?(?:'{3,5}|\Z)"
    rf"|(?P<key>{PART}(?:[ \t]*+\.[ \t]*+{PART})*+)",
    re.DOTALL,
)


def text_in(path: Path) -> str:
    """Return what is in a file, having checked that it can be one of settings.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is too large, no UTF-8, or has a number of absurd length or a key of very
            many parts.
    """
    # A pipe or a device would never end, and of a file without end nothing is read.
    if not is_file(path):
        raise FileNotFoundError(
            f"{in_a_line(str(path))} must be an existing settings file; there is none."
        )
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(
            f"{path} must not exceed {MAX_BYTES:,} bytes; got {path.stat().st_size:,}."
        )
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} must be valid TOML; {lower(str(error))}.") from error
    # Python reads these, but cannot say what it read.
    if re.search(r"0[xob]\w{1000}", text):
        raise ValueError(f"{path} must have numbers of at most 1,000 digits; got more.")
    check_keys(path, text)
    return text


def check_keys(path: Path, text: str) -> None:
    """Check that no key, wherever it stands, has more than `MAX_DOTS` dots.

    Raises:
        ValueError: If one has, with its line.
    """
    for found in REMARK_TEXT_OR_KEY.finditer(text):
        parts = re.findall(PART, found["key"] or "")
        if len(parts) > MAX_DOTS + 1:
            line = text.count("\n", 0, found.start()) + 1
            raise ValueError(
                f"{path}, line {line}: a key must have at most {MAX_DOTS} dots; "
                f"got {len(parts) - 1:,}."
            )


def tables_of(path: Path, text: str) -> dict[str, Any]:
    """Return the tables in the text of a settings file.

    Raises:
        ValueError: If it is not TOML, or its tables and lists are nested too deeply.
    """
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise ValueError(f"{path} must be valid TOML; it is nested too deeply.") from None
    # Of a whole number that is too long, Python itself complains.
    except ValueError as error:
        raise ValueError(f"{path} must be valid TOML; {lower(str(error))}.") from error
    level: list[Any] = [tables]
    for _ in range(MAX_DEPTH):
        level = [part for one in level for part in parts_of(one)]
    if level:
        raise ValueError(f"{path} must be tables of values; it is nested too deeply.")
    return tables


def parts_of(value: Any) -> list[Any]:
    """Return what is in a table or a list; nothing is in anything else."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def is_file(path: Path) -> bool:
    """Return whether there is a file that may be opened."""
    try:
        return path.is_file()
    except OSError:  # its name is too long
        return False


def lower(text: str) -> str:
    """Return what an error says as the end of a sentence, in a line."""
    return in_a_line(text[:1].lower() + text[1:].rstrip("."))
