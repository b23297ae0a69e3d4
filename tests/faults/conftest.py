"""What the tests of faults share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.lecture_process import SmallLecture


@pytest.fixture
def lecture(tmp_path: Path) -> Iterator[SmallLecture]:
    """A small lecture of which nothing is rendered yet."""
    found = SmallLecture(tmp_path / "lecture")
    yield found
    found.end()


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> SmallLecture:
    """The small lecture, rendered by one process that nothing happened to."""
    lecture = SmallLecture(tmp_path_factory.mktemp("clean"))
    status, said = lecture.run("lecture", "-q", "draft", "--jobs", "1")
    assert status == 0, said
    return lecture
