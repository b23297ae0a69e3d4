"""A sweep that is cut into chunks is the sweep; the workers here are in this process."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from descent import LOSSES, sweep
from descent.sweeps import cluster as spreading
from descent.sweeps.sweep import PER_RUN

RATES = np.geomspace(1e-3, 10, 333)
ARRAYS = ("learning_rates", "final_losses", *PER_RUN)


class Done:
    """A future that is done."""

    def __init__(self, value):
        self._value = value

    def result(self):
        return self._value

    def cancel(self):
        pass


class Here:
    """A cluster of so many threads, which works as it is asked."""

    def __init__(self, threads=1):
        self.threads, self.sizes = threads, []

    def nthreads(self):
        return {"tcp://here:1": self.threads} if self.threads else {}

    def submit(self, task, *words, pure):
        words = [word.result() if isinstance(word, Done) else word for word in words]
        if task is spreading.run_here:
            self.sizes.append(len(words[1]))
        return Done(task(*words))


def assert_same(found, expected):
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


@pytest.mark.parametrize("name", ["bowl", "himmelblau", "rosenbrock"])
def test_a_sweep_in_chunks_is_the_sweep_to_the_bit(name):
    loss = LOSSES[name]
    here = Here()
    found = sweep(loss, loss.start, RATES, 40, tolerance=0.1, cluster=here)
    assert here.sizes == [128, 128, 77]
    assert_same(found, sweep(loss, loss.start, RATES, 40, tolerance=0.1))


def test_a_map_of_pairs_of_rates_in_chunks_is_the_map():
    pairs = np.stack(np.meshgrid(RATES[::9], RATES[::7]), axis=-1)
    bowl = LOSSES["bowl"]
    words = {"groups": [0, 1], "keep": [(0, 0)]}
    found = sweep(bowl, bowl.start, pairs, 20, cluster=Here(2), **words)
    assert_same(found, sweep(bowl, bowl.start, pairs, 20, **words))
    assert found.trajectories[0].steps == 20


def test_who_watches_is_told_after_every_chunk():
    told = []
    bowl = LOSSES["bowl"]
    sweep(bowl, bowl.start, RATES, 10, cluster=Here(), progress=lambda *n: told.append(n))
    assert told == [(1280, 3330), (2560, 3330), (3330, 3330)]


class Waiting(Here):
    """A client whose methods are coroutines."""

    asynchronous = True


@pytest.mark.parametrize("cluster", ["tcp://there:1", ThreadPoolExecutor(1), Waiting()])
def test_what_is_no_client_is_refused(cluster):
    with pytest.raises(TypeError, match=r"cluster must be a dask.distributed.Client that is not"):
        sweep(LOSSES["bowl"], [2, 1], RATES, 10, cluster=cluster)


def test_a_cluster_without_workers_is_refused():
    with pytest.raises(ValueError, match="cluster must have workers; got a scheduler that has non"):
        sweep(LOSSES["bowl"], [2, 1], RATES, 10, cluster=Here(0))


def test_a_worker_of_another_version_is_refused_by_name(monkeypatch):
    theirs = spreading.versions_here() | {"torch": "0.1", "machine": "old-box"}
    monkeypatch.setattr(spreading, "run_here", lambda *_: (None, theirs))
    with pytest.raises(RuntimeError, match=r"the same torch; old-box has 0\.1 and this one 2\."):
        sweep(LOSSES["bowl"], [2, 1], RATES, 10, cluster=Here())


class Gone(Done):
    """A future of a cluster that is gone."""

    def result(self):
        raise asyncio.CancelledError


def test_a_cluster_that_goes_away_is_said_to_be_gone(monkeypatch):
    monkeypatch.setattr(Here, "submit", lambda *_, pure: Gone(None))
    with pytest.raises(RuntimeError, match="The sweep's cluster is gone, or has let go of it"):
        sweep(LOSSES["bowl"], [2, 1], RATES, 10, cluster=Here())
