"""Fixtures of the fault tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.lecture_process import SmallLecture


@pytest.fixture
def lecture(tmp_path: Path) -> Iterator[SmallLecture]:
    """A small lecture, not rendered yet."""
    found = SmallLecture(tmp_path / "lecture")
    yield found
    found.end()


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> SmallLecture:
    """The small lecture, rendered by one undisturbed process."""
    lecture = SmallLecture(tmp_path_factory.mktemp("clean"))
    status, stderr = lecture.run("lecture", "-q", "draft", "--jobs", "1")
    assert status == 0, stderr
    return lecture
