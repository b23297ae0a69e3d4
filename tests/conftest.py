"""Fixtures of several tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Each core has a test process; further threads would only compete with it.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

from descent.views.windows import RESOLUTION
from tests.fixtures.clips import SLIDING, STANDING
from tests.warm_workers import use_warm_workers
from understanding_gradients.cache.store import Store
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.quality import Quality
from understanding_gradients.workers.pool import Pool
from understanding_gradients.workers.results import RenderResult

TINY = Quality("tiny", 256, 144, 15)
SMALL = Quality("small", 320, 180, 5)


@pytest.fixture(scope="module")
def coarse_landscapes() -> Iterator[None]:
    """Sample the losses of kept runs at few points in this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(RESOLUTION, 2, (49, 33))
        patch.setattr("descent.sweeps.keeping.ON_A_PLANE", (49, 33))
        yield


@pytest.fixture(scope="session")
def small_jobs() -> list[Job]:
    """Two clips of one second each."""
    return [Job(clip, TINY) for clip in (SLIDING, STANDING)]


@pytest.fixture(scope="session")
def small_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store that tests may read and add to, but not damage."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session")
def small_film(small_jobs: list[Job], small_store: Path) -> RenderResult:
    """The two small clips, rendered once for all tests."""
    return Pool(Store(small_store), processes=2).render(small_jobs)


@pytest.fixture(scope="module")
def warm_workers() -> Iterator[None]:
    """Let pools of this module share one worker process, which is not ended between them."""
    with pytest.MonkeyPatch.context() as patch:
        use_warm_workers(patch)
        yield


@pytest.fixture
def kept_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pools of this test share the worker processes that are kept for all tests."""
    use_warm_workers(monkeypatch)
