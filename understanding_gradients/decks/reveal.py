"""reveal.js, which turns the pages of a presentation in the browser and shows notes.

npm downloads the release that package.json names into the user's cache folder, and checks it
against package-lock.json. `python -m understanding_gradients.decks.reveal` downloads it beforehand.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from descent._files.locks import exclusive
from descent.checks.errors import InvalidArgument, InvalidValue
from understanding_gradients.installation import user_cache_folder
from understanding_gradients.spec.errors import OperationFailed

HERE = Path(__file__).parent
# Below the package's folder dist.
FILES = ("reset.css", "reveal.css", "reveal.js", "plugin/notes.js")
LICENCE = "LICENSE"


def release() -> str:
    """Return the release that package.json names."""
    named = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
    return named["dependencies"]["reveal.js"]


def npm_folder() -> Path:
    """Return the folder in which npm installs the release."""
    return user_cache_folder() / f"reveal.js-{release()}"


def package() -> Path:
    """Return the folder of the package, where npm puts it."""
    return npm_folder() / "node_modules" / "reveal.js"


def is_installed() -> bool:
    """Return whether the release is there, with all files."""
    try:
        found = json.loads((package() / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    is_whole = all((package() / "dist" / name).is_file() for name in FILES)
    return is_whole and found.get("version") == release()


def install() -> None:
    """Download reveal.js, unless it is there.

    Raises:
        InvalidValue: If there is no npm.
        OperationFailed: If npm fails.
        OSError: If the user's cache folder cannot be written.
    """
    if is_installed():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise InvalidValue(
            "deck --to html",
            "have reveal.js, which npm fetches",
            got="no npm",
            repair="install Node.js, which brings it.",
        )
    folder = npm_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with exclusive(folder, lambda: None):
        if not is_installed():
            run_npm(npm, folder)


def run_npm(npm: str, folder: Path) -> None:
    """Let npm install what package-lock.json names into `folder`.

    Raises:
        OperationFailed: If it fails.
    """
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(HERE / name, folder / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode or not is_installed():
        errors = [line for line in result.stderr.splitlines() if line.startswith("npm error")]
        raise OperationFailed(
            f"npm could not fetch reveal.js; it said: {errors[0] if errors else 'nothing'}"
        )


def copy_into(folder: Path) -> None:
    """Copy what a presentation needs of reveal.js into the new folder `folder`."""
    folder.mkdir()
    for name in FILES:
        shutil.copyfile(package() / "dist" / name, folder / Path(name).name)
    shutil.copyfile(package() / LICENCE, folder / LICENCE)


if __name__ == "__main__":
    try:
        install()
    except (InvalidArgument, OperationFailed, OSError) as error:
        sys.exit(str(error))
