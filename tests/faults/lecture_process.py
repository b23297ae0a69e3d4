"""A small lecture rendered by real processes, which tests hold, kill and starve."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.processes import wait_until
from understanding_gradients.cache.sources import ROOT

PROJECT = (
    "descent",
    "scenes",
    "understanding_gradients",
    "tests",
    "render.py",
    "lecture.toml",
    "pyproject.toml",
)
FILM_SUFFIXES = (".mp4", ".srt", ".vtt", ".chapters.txt")
OF_SHORT_FILMS = re.compile(r"Video sites show chapters .*\n")
SETTINGS = '[film]\ntheme = "{theme}"\n'


@dataclass
class SmallLecture:
    """A folder in which a small lecture is rendered.

    Attributes:
        folder: Contains everything else.
        clips: The names of its clips in `tests.fixtures.clips`.
        root: The project's folder.
        media: The folder of films and store.
        more: Additional environment variables.
    """

    folder: Path
    clips: str = "MOVING,STANDING"
    root: Path = ROOT
    media: Path | None = None
    more: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.media = self.media or self.folder / "media"
        self.held_in = self.folder / "held"
        self.held_in.mkdir(exist_ok=True)
        self.temporary = self.folder / "temporary"
        self.temporary.mkdir(exist_ok=True)
        self._started: list[subprocess.Popen[str]] = []
        self.write_settings()

    def write_settings(self, theme: str = "dark") -> None:
        """Write the settings file."""
        text = SETTINGS.format(theme=theme)
        (self.folder / "small.toml").write_text(text, encoding="utf-8")

    @property
    def film(self) -> Path:
        assert self.media is not None
        return self.media / "lecture.mp4"

    @property
    def film_digests(self) -> dict[str, str]:
        """The digest of each file of the film, by its suffix."""
        return {suffix: digest(self.film.with_suffix(suffix)) for suffix in FILM_SUFFIXES}

    @property
    def store(self) -> Path:
        assert self.media is not None
        return self.media / "store"

    def start(
        self, *arguments: str, held_at: str = "", stdout: Any = subprocess.PIPE, **env: str
    ) -> subprocess.Popen[str]:
        """Start rendering, in a process group of its own."""
        command = arguments or ("lecture", "-q", "draft", "--jobs", "2")
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.small_render", *command]
            + ["--settings", str(self.folder / "small.toml")],
            cwd=self.root,
            env=os.environ
            | {
                "CLIPS": self.clips,
                "UNDERSTANDING_GRADIENTS_MEDIA": str(self.media),
                "HELD_AT": held_at,
                "HELD_IN": str(self.held_in),
                "TMPDIR": str(self.temporary),
            }
            | self.more
            | env,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def end(self) -> None:
        """Kill the processes that are still running, as after a failed test."""
        for process in self._started:
            process.kill()
            process.communicate()

    def run(self, *arguments: str, **env: str) -> tuple[int, str]:
        """Render to the end, by one worker if no arguments are given; return status and stderr.

        What is said of every film as short as these is left out.
        """
        process = self.start(*(arguments or ("lecture", "-q", "draft", "--jobs", "1")), **env)
        try:
            _, stderr = process.communicate(timeout=300)
        finally:
            process.kill()
        return process.returncode, OF_SHORT_FILMS.sub("", stderr)

    def held(self, place: str) -> int:
        """Wait until a process is held at `place`, and return its number."""
        path = self.held_in / place
        wait_until(path.exists)
        return int(path.read_text(encoding="utf-8"))

    def unfinished(self) -> list[Path]:
        """Return unfinished and temporary files that were left behind."""
        assert self.media is not None
        left = [path for path in self.media.rglob(".*") if path.name != ".gitignore"]
        return left + list(self.temporary.iterdir())


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def copy_of_the_project(folder: Path) -> Path:
    """Copy what rendering needs into `folder`, and return it."""
    folder.mkdir(parents=True)
    leave_out = shutil.ignore_patterns("__pycache__", "corpus")
    for name in PROJECT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=leave_out)
        else:
            shutil.copy2(ROOT / name, folder / name)
    return folder
