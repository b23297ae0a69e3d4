"""Typeset text kept from run to run, so that no formula is compiled twice.

Manim writes each formula's SVG in place and takes any file of the right name for a finished one:
two workers at once, or a kill, leave half a formula for good. So a worker typesets in a folder of
its own, to which the kept ones are copied first, and adds what it finished. A kept SVG carries a
digest of its content in its name, and is used only if that is still true.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

from pipeline.outputs import replacing


def borrow(kept: Path, private: Path) -> None:
    """Copy every kept SVG that is as it was made into the folder `private`."""
    private.mkdir(parents=True, exist_ok=True)
    # What is being written has a name of more parts, which starts with a dot.
    for svg in kept.glob("[!.]*.svg"):
        formula, _, digest = svg.stem.partition(".")
        if not digest or "." in digest:
            continue
        # Another worker may take a damaged one away first.
        with suppress(FileNotFoundError):
            if digest_of(svg) == digest:
                shutil.copyfile(svg, private / f"{formula}.svg")
            else:
                svg.unlink()


def give_back(private: Path, kept: Path) -> None:
    """Keep every SVG of the folder `private` that is not kept yet."""
    kept.mkdir(parents=True, exist_ok=True)
    for svg in private.glob("*.svg"):
        path = kept / f"{svg.stem}.{digest_of(svg)}.svg"
        if not path.exists():
            with replacing(path) as unfinished:
                shutil.copyfile(svg, unfinished)


def digest_of(svg: Path) -> str:
    """Return the first half of the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(svg.read_bytes()).hexdigest()[:32]
