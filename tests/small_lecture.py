"""A lecture of three small clips, rendered by the command line in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.fixtures.clips import ARRIVING, SLIDING, STANDING
from understanding_gradients.cli import cli

CLIPS = (SLIDING, STANDING, ARRIVING)


def move_to(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Change to `folder`, with the small lecture and an empty store."""
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
    """Run `commands` in `folder`, and return the folder of their outputs."""
    write_settings(folder)
    with pytest.MonkeyPatch.context() as patch:
        move_to(folder, patch)
        for words in commands:
            result = run(*words)
            assert result.exit_code == 0, result.output
    return folder / "media"


def run(*words: object, settings: str = "small.toml") -> Result:
    """Run a command with the settings in the working folder."""
    more = ["--settings", settings] if words[0] != "record" else []
    return CliRunner().invoke(cli, [*map(str, words), *more])
