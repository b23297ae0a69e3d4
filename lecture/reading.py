"""The text of a settings file, judged before it is parsed."""

from __future__ import annotations

import re
from pathlib import Path

from descent.checks.texts import in_a_line

MAX_BYTES = 1 << 17  # of the file: a thousand rows take a third of it
MAX_DOTS = 100  # in a key; ours have one, and of very many tomllib would make a meal


def text_in(path: Path) -> str:
    """Return what is in a file, having checked that it can be one of settings.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is too large, no UTF-8, or has a number or a key of absurd length.
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
    for number, line in enumerate(text.splitlines(), start=1):
        key, equals, _ = line.partition("=")
        if equals and key.count(".") > MAX_DOTS:
            raise ValueError(f"{path}, line {number}: a key must have one dot at most; got more.")
    return text


def is_file(path: Path) -> bool:
    """Return whether there is a file that may be opened."""
    try:
        return path.is_file()
    except OSError:  # its name is too long
        return False


def lower(text: str) -> str:
    """Return what an error says as the end of a sentence, in a line."""
    return in_a_line(text[:1].lower() + text[1:].rstrip("."))
