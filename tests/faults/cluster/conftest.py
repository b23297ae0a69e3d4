"""Fixtures of the cluster's tests."""

from __future__ import annotations

import shutil

import pytest

from tests import small_lecture
from tests.faults.cluster.machines import Machines
from tests.fixtures.clips import FAILING, STANDING


@pytest.fixture(scope="session")
def machines(tmp_path_factory):
    """A scheduler and two workers that no test damages."""
    with Machines(tmp_path_factory.mktemp("machines")) as running:
        running.add_workers(2)
        yield running


@pytest.fixture(scope="session")
def connected(tmp_path_factory, machines):
    """A connected pool, and the folder of its store."""
    folder = tmp_path_factory.mktemp("connected") / "store"
    with machines.pool(folder) as pool:
        pool.start()
        yield pool, folder


@pytest.fixture
def pool(connected):
    """The connected pool, with an empty store."""
    pool, folder = connected
    shutil.rmtree(folder, ignore_errors=True)
    return pool


@pytest.fixture
def fragile(tmp_path):
    """A scheduler without workers, for one test to damage."""
    (tmp_path / "fragile").mkdir()
    with Machines(tmp_path / "fragile") as running:
        yield running


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The small lecture, in the working folder."""
    small_lecture.move_to(tmp_path, monkeypatch)
    monkeypatch.setattr("scenes.registry.CLIPS", (STANDING, FAILING))
    small_lecture.write_settings(tmp_path)
