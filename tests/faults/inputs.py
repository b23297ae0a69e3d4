"""What the tests of wrong input share: what a refusal is, and what lies in a folder."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
from click.testing import Result

ROOT = Path(__file__).parents[2]
LEAST = 1 << 29  # bytes beside what Python has taken; a frame of 100,000 pixels takes 40 GB


class Canary:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return (Path.touch, (self.path,))


def pickles(canary: Path, folder: Path) -> list[bytes]:
    """Return pickles in several disguises; whoever loads one makes `canary`."""
    np.save(folder / "numpy.npy", np.array([Canary(canary)]), allow_pickle=True)
    np.savez(folder / "numpy.npz", a=np.array([Canary(canary)], dtype=object))
    plain = [pickle.dumps(Canary(canary), protocol) for protocol in (0, 2, 5)]
    return [*plain, *((folder / f"numpy.{kind}").read_bytes() for kind in ("npy", "npz"))]


def refusal(result: Result, status: int = 2) -> str:
    """Return the one sentence of a command that was refused, or stopped half way with status 1."""
    lines = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert (result.exit_code, len(lines)) == (status, 1), result.output
    assert result.stderr.rstrip().endswith(lines[0]), "nothing follows the sentence"
    assert "Traceback" not in result.output
    assert len(lines[0]) < 1_000
    assert lines[0].isprintable()
    return lines[0]


def tree(folder: Path) -> dict[str, bytes | str | None]:
    """Return all that lies in a folder, with the content of files and the ends of links."""
    return {
        path.relative_to(folder).as_posix(): (
            str(path.readlink())
            if path.is_symlink()
            else path.read_bytes()
            if path.is_file()
            else None
        )
        for path in folder.rglob("*")
    }


def told_in_little_memory(program: str, more: int = LEAST) -> list[str]:
    """Run `program` with room for `more` bytes beside its imports, which it ends with LIMIT()."""
    head = f"""
import resource
def LIMIT():
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + {more},) * 2)
"""
    done = subprocess.run(
        [sys.executable, "-c", head + program], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
