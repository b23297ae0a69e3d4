"""What the command `store` reads and prints."""

from __future__ import annotations

import re

from descent.checks.errors import InvalidValue
from understanding_gradients.cache.store import StoreSize

UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*([KMGT]?B)?", re.IGNORECASE | re.ASCII)


def parse_size(text: str) -> int:
    """Return the number of bytes in a text such as "2GB" or "500 MB".

    Raises:
        InvalidValue: If it is none.
    """
    match = SIZE.fullmatch(text.strip())
    if match is None:
        raise InvalidValue("--prune", "be a size such as 2GB, 500MB or 0", got=f"'{text}'")
    number, unit = match.groups(default="")
    return int(float(number) * UNITS[unit.upper().removesuffix("B") + "B" * (len(unit) > 1)])


def size_in_words(size: StoreSize) -> str:
    """Return a size such as "12 entries, 34.5 MB"."""
    entries = f"{size.entries:,} {'entry' if size.entries == 1 else 'entries'}"
    return f"{entries}, {size.bytes / 1e6:,.1f} MB"
