"""A sweep in chunks equals the sweep; the workers here are in this process."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from distributed import Client, LocalCluster

from descent import LOSSES, RecordingFailed, sweep
from descent.sweeps import cluster as sweep_cluster
from descent.sweeps.sweep import PER_RUN
from tests.marks import slow_except

RATES = np.geomspace(1e-3, 10, 333)
ARRAYS = ("learning_rates", "final_losses", *PER_RUN)


class Finished:
    """A future with a result."""

    def __init__(self, value):
        self._value = value

    def result(self):
        return self._value

    def cancel(self):
        pass


class InProcess:
    """A client that runs a task when it is submitted."""

    def __init__(self, threads=1):
        self.threads, self.sizes = threads, []

    def nthreads(self):
        return {"tcp://here:1": self.threads} if self.threads else {}

    def submit(self, task, *args, pure):
        self.sizes.append(len(args[1]))
        return Finished(task(*args))


def assert_same(found, expected):
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


@pytest.mark.parametrize("name", slow_except(["bowl", "himmelblau", "rosenbrock"], "bowl"))
def test_a_sweep_in_chunks_equals_the_sweep_to_the_bit(name):
    loss = LOSSES[name]
    client = InProcess()
    found = sweep(loss, loss.start, RATES, 40, tolerance=0.1, cluster=client)
    assert client.sizes == [128, 128, 77]
    assert_same(found, sweep(loss, loss.start, RATES, 40, tolerance=0.1))


def test_a_map_in_chunks_equals_the_map():
    pairs = np.stack(np.meshgrid(RATES[::9], RATES[::7]), axis=-1)
    bowl = LOSSES["bowl"]
    options = {"groups": [0, 1], "keep": [(0, 0)]}
    found = sweep(bowl, bowl.start, pairs, 20, cluster=InProcess(2), **options)
    assert_same(found, sweep(bowl, bowl.start, pairs, 20, **options))
    assert found.trajectories[0].steps == 20


def test_progress_is_reported_after_every_chunk():
    reported = []
    bowl = LOSSES["bowl"]
    sweep(bowl, bowl.start, RATES, 10, cluster=InProcess(), progress=lambda *n: reported.append(n))
    assert reported == [(1280, 3330), (2560, 3330), (3330, 3330)]


class Asynchronous(InProcess):
    """A client whose methods are coroutines."""

    asynchronous = True


@pytest.mark.parametrize("cluster", ["tcp://there:1", ThreadPoolExecutor(1), Asynchronous()])
def test_anything_but_a_synchronous_client_is_refused(cluster):
    with pytest.raises(TypeError, match=r"cluster must be a dask.distributed.Client that is not"):
        sweep(LOSSES["bowl"], [2, 1], RATES, 10, cluster=cluster)


def test_a_cluster_without_workers_yet_gets_the_tasks_and_it_is_said():
    client = InProcess(0)
    with pytest.warns(UserWarning, match="The cluster has no worker yet: the sweep waits for one"):
        found = sweep(LOSSES["bowl"], [2, 1], RATES, 10, cluster=client)
    assert sum(client.sizes) == len(RATES)
    assert_same(found, sweep(LOSSES["bowl"], [2, 1], RATES, 10))


class WithData:
    """A loss over much data, which notes how often it is pickled in this process."""

    pickled = 0

    def __init__(self):
        self.data = torch.ones(8_000_000, dtype=torch.float64)

    def __call__(self, params):
        return (params**2).sum() * self.data.mean()

    def __getstate__(self):
        WithData.pickled += 1
        return self.__dict__


@pytest.mark.slow
def test_an_adaptive_cluster_starts_workers_for_a_sweep_and_much_data_is_sent_once():
    loss = WithData()
    options = {"n_workers": 0, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options, silence_logs=logging.CRITICAL) as cluster:
        cluster.adapt(minimum=0, maximum=2, interval="200ms")
        with Client(cluster) as client, pytest.warns(UserWarning, match="no worker yet") as said:
            found = sweep(loss, [2, 1], RATES, 2, cluster=client)
    assert len(said) == 1
    assert WithData.pickled == 1
    assert_same(found, sweep(loss, [2, 1], RATES, 2))


def test_a_worker_of_another_version_is_refused_by_name(monkeypatch):
    theirs = sweep_cluster.versions_here() | {"torch": "0.1", "machine": "old-box"}
    monkeypatch.setattr(sweep_cluster, "run_here", lambda *_: (None, theirs))
    with pytest.raises(RecordingFailed, match=r"the same torch; old-box has 0\.1 and this one 2\."):
        sweep(LOSSES["bowl"], [2, 1], RATES, 10, cluster=InProcess())


class Cancelled(Finished):
    """A future whose scheduler is gone."""

    def result(self):
        raise asyncio.CancelledError


def test_a_lost_cluster_gives_one_sentence(monkeypatch):
    monkeypatch.setattr(InProcess, "submit", lambda *_, pure: Cancelled(None))
    with pytest.raises(RecordingFailed, match="The sweep's cluster is gone, or has cancelled it"):
        sweep(LOSSES["bowl"], [2, 1], RATES, 10, cluster=InProcess())
