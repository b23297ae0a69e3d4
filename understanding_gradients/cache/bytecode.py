"""Hash-based .pyc files (PEP 552) for the project's own modules.

Python takes a .pyc file as fresh if it records the source's size and modification time in seconds.
A source changed within a second, or restored with its old time, would be digested as it is and run
as it was, and a wrong picture would be kept under a right key. A hash-based .pyc records a hash of
the source instead.
"""

from __future__ import annotations

import importlib.util
import py_compile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from understanding_gradients.installation import is_checkout

CHECKED_HASH = 0b11  # the flags of a hash-based .pyc file that Python checks at import
HEADER_BYTES = 8


def use_hash_based_pycs(sources: Iterable[Path]) -> None:
    """Compile those of `sources` again whose .pyc file is checked by time.

    The modules of an installed package do not change, and its folder is not written to.
    """
    if not is_checkout():
        return
    for source in sources:
        compiled = Path(importlib.util.cache_from_source(str(source)))
        if flags_of(compiled) != CHECKED_HASH:
            # Where nothing can be written, Python has written no .pyc file either.
            with suppress(OSError, py_compile.PyCompileError):
                py_compile.compile(
                    str(source),
                    doraise=True,
                    invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH,
                )


def flags_of(compiled: Path) -> int | None:
    """Return the flags of a .pyc file; None if there is no such file."""
    try:
        with compiled.open("rb") as file:
            header = file.read(HEADER_BYTES)
    except OSError:
        return None
    return int.from_bytes(header[4:], "little") if len(header) == HEADER_BYTES else None
