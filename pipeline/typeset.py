"""Typeset text kept from run to run, so that no formula is compiled twice.

Manim writes each formula's SVG in place and takes any file of the right name for a finished one:
two workers at once, or a kill, leave half a formula for good. So a worker typesets in a folder of
its own, into which the finished ones are linked, and adds what it finished under a temporary name.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def borrow(kept: Path, private: Path) -> None:
    """Put every kept SVG into the folder `private`."""
    private.mkdir(parents=True, exist_ok=True)
    if not kept.is_dir():
        return
    for svg in kept.glob("*.svg"):
        shutil.copyfile(svg, private / svg.name)


def give_back(private: Path, kept: Path) -> None:
    """Keep every SVG of the folder `private` that is not kept yet."""
    kept.mkdir(parents=True, exist_ok=True)
    for svg in private.glob("*.svg"):
        if not (kept / svg.name).exists():
            unfinished = kept / f".{svg.name}.{os.getpid()}"
            shutil.copyfile(svg, unfinished)
            unfinished.replace(kept / svg.name)
