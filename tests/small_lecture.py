"""A lecture of three small clips, and the command line that renders it, in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.fixtures.clips import ARRIVING, SLIDING, STANDING
from understanding_gradients.cli import cli

CLIPS = (SLIDING, STANDING, ARRIVING)


def move_to(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Work in `folder`, on the small lecture, with a store of its own."""
    patch.setattr("scenes.registry.CLIPS", CLIPS)
    patch.setenv("UNDERSTANDING_GRADIENTS_MEDIA", str(folder / "media"))
    patch.chdir(folder)


def write_settings(
    folder: Path, theme: str = "dark", caption: str = "", rate: float = 0.7, more: str = ""
) -> None:
    """Write small.toml into `folder`."""
    text = f'[film]\ntheme = "{theme}"\n[learning_rates]\nvery_large = {rate}\n'
    text += f'{more}\n[captions]\n"standing.fill" = "{caption}"\n' if caption else more
    (folder / "small.toml").write_text(text, encoding="utf-8")


def drawn_in(folder: Path, *commands: tuple[str, ...]) -> Path:
    """Work in `folder` as `commands` say, and return the folder of what they made."""
    write_settings(folder)
    with pytest.MonkeyPatch.context() as patch:
        move_to(folder, patch)
        for words in commands:
            done = run(*words)
            assert done.exit_code == 0, done.output
    return folder / "media"


def run(*words: object, settings: str = "small.toml") -> Result:
    """Run a command, with the settings in the working folder."""
    more = ["--settings", settings] if words[0] != "record" else []
    return CliRunner().invoke(cli, [*map(str, words), *more])
