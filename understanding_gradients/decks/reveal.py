"""reveal.js, which turns pages and keeps notes: npm takes it from its package when it is needed.

`python -m understanding_gradients.decks.reveal` fetches it beforehand.
package.json says which release, and package-lock.json how its content must digest.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from descent.checks.errors import InvalidValue

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "node_modules" / "reveal.js"
# What a presentation needs of it, and under which licence it may.
FILES = ("reset.css", "reveal.css", "reveal.js", "plugin/notes.js")
LICENCE = "LICENSE"


def is_installed() -> bool:
    """Return whether there is the release that package.json asks for, and all that is copied."""
    try:
        wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
        found = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    is_whole = all((PACKAGE / "dist" / name).is_file() for name in FILES)
    return is_whole and found.get("version") == wanted["dependencies"]["reveal.js"]


def install() -> None:
    """Fetch it, unless it is there.

    Raises:
        ValueError: If there is no npm.
        RuntimeError: If npm could not fetch it.
    """
    if is_installed():
        return
    npm = shutil.which("npm")
    if npm is None:
        constraint, repair = (
            "have reveal.js, which npm fetches",
            "install Node.js, which brings it.",
        )
        raise InvalidValue("deck --to html", constraint, got="no npm", repair=repair)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if told.returncode or not is_installed():
        errors = [line for line in told.stderr.splitlines() if line.startswith("npm error")]
        said = errors[0] if errors else "nothing"
        raise RuntimeError(f"npm could not fetch reveal.js; it said: {said}")


def copy_into(folder: Path) -> None:
    """Copy what a presentation needs of it into the new folder `folder`."""
    folder.mkdir()
    for name in FILES:
        shutil.copyfile(PACKAGE / "dist" / name, folder / Path(name).name)
    shutil.copyfile(PACKAGE / LICENCE, folder / LICENCE)


if __name__ == "__main__":
    try:
        install()
    except (ValueError, RuntimeError) as error:
        sys.exit(str(error))
