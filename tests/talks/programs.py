"""Real programs that save a talk again."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SOFFICE = shutil.which("soffice")


def saved_by_impress(path: Path, *suffixes: str) -> Path:
    """Return a talk that LibreOffice saved in one format after another, the last one kept."""
    profile = (path.parent / "profile").as_uri()
    for number, suffix in enumerate(suffixes):
        folder = path.parent / f"saved-{number}"
        command = [str(SOFFICE), f"-env:UserInstallation={profile}", "--headless"]
        command += ["--convert-to", suffix, "--outdir", str(folder), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        path = folder / f"{path.stem}.{suffix}"
    return path
