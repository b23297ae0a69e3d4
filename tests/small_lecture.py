"""A lecture of three small clips, and the command line that renders it, in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.fixtures.clips import ARRIVING, SLIDING, STANDING
from tests.warm_workers import use_warm_workers
from understanding_gradients.cli import cli
from understanding_gradients.installation import MEDIA_VARIABLE

CLIPS = (SLIDING, STANDING, ARRIVING)


def move_to(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Work in `folder`, on the small lecture, with its own store."""
    patch.setattr("scenes.registry.CLIPS", CLIPS)
    patch.setenv(MEDIA_VARIABLE, str(folder / "media"))
    patch.chdir(folder)
    use_warm_workers(patch)


def write_settings(
    folder: Path, theme: str = "dark", caption: str = "", rate: float = 0.7, more: str = ""
) -> None:
    """Write small.toml into `folder`."""
    text = f'[film]\ntheme = "{theme}"\n[learning_rates]\nvery_large = {rate}\n{more}'
    text += f'\n[captions]\n"standing.fill" = "{caption}"\n' if caption else ""
    (folder / "small.toml").write_text(text, encoding="utf-8")


def drawn_in(folder: Path, *commands: tuple[str, ...]) -> Path:
    """Run `commands` in `folder`, and return the folder of what they made."""
    write_settings(folder)
    with pytest.MonkeyPatch.context() as patch:
        move_to(folder, patch)
        for words in commands:
            result = run(*words)
            assert result.exit_code == 0, result.output
    return folder / "media"


def run(*words: object, settings: str | None = "small.toml") -> Result:
    """Run a command with settings in the working folder, or with the default ones if None."""
    takes_settings = settings is not None and words[0] not in ("record", "store")
    more = ["--settings", settings] if takes_settings else []
    return CliRunner().invoke(cli, [*map(str, words), *more])
