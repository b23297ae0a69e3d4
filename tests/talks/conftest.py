"""Last year's talk, and the store of what it shows today."""

import shutil

import pytest

from tests.fixtures.clips import ARRIVING, SLIDING, STEPPING
from tests.small_lecture import move_to, run

CLIPS = (SLIDING, STEPPING, ARRIVING)
LAST_YEAR, TODAY = (
    f"[descent]\nsteps = {steps}\n[learning_rates]\nvery_large = {rate}\n"
    for steps, rate in ((3, 0.4), (5, 0.9))
)
DECK = ("deck", "--to", "pptx", "-q", "draft", "-o")


def move(folder, patch):
    move_to(folder, patch)
    patch.setattr("scenes.registry.CLIPS", CLIPS)


def make(*words):
    result = run(*words)
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """A folder with last year's talks and clips, today's talk, and the store of both."""
    folder = tmp_path_factory.mktemp("talks")
    with pytest.MonkeyPatch.context() as patch:
        move(folder, patch)
        (folder / "small.toml").write_text(LAST_YEAR, encoding="utf-8")
        make(*DECK, "talk.pptx")
        make("clip", "stepping", "-q", "draft", "-o", "own")
        make("deck", "stepping", "--learning-rate", "0.3", *DECK[1:], "other.pptx")
        (folder / "small.toml").write_text(TODAY, encoding="utf-8")
        make(*DECK, "today.pptx")
        make("clip", "stepping", "-q", "draft", "-o", "today")
        make("deck", "stepping", "--learning-rate", "0.3", *DECK[1:], "other-today.pptx")
    return folder


@pytest.fixture
def here(drawn, tmp_path, monkeypatch):
    """A copy of that folder to work in."""
    move(tmp_path, monkeypatch)
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    return tmp_path
