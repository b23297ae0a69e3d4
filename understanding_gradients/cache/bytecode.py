"""Python's compiled files of this project are checked against the source, not against its time.

By itself Python takes a compiled file for fresh if time and size of the source are those that it
was compiled from. A source that was changed within a second, or put back with its old time, would
so be digested as it is and run as it was, and a wrong picture would be kept under a right key.
Python also knows compiled files that it checks by content (PEP 552), and keeps them so.
"""

from __future__ import annotations

import importlib.util
import py_compile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

BY_CONTENT = 0b11  # the flags of a file that is checked, by a digest of the source
HEAD = 8


def use_hash_based_pycs(sources: Iterable[Path]) -> None:
    """Compile anew those of `sources` whose compiled file is checked by time.

    Where nothing can be written, Python has written nothing either.
    """
    for source in sources:
        compiled = Path(importlib.util.cache_from_source(str(source)))
        if flags_of(compiled) != BY_CONTENT:
            with suppress(OSError, py_compile.PyCompileError):
                py_compile.compile(
                    str(source),
                    doraise=True,
                    invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH,
                )


def flags_of(compiled: Path) -> int | None:
    """Return what a compiled file says of how it is checked; None if there is no such file."""
    try:
        with compiled.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return None
    return int.from_bytes(head[4:], "little") if len(head) == HEAD else None
