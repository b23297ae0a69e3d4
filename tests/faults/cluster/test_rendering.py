"""What a cluster renders equals what this machine renders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from distributed import Client

import descent
from scenes.registry import Clip
from tests import small_lecture
from tests.conftest import TINY
from tests.faults.cluster.machines import HELD, files_of
from tests.fixtures.clips import FAILING, SLIDING, STANDING
from tests.processes import parent_of, wait_until
from understanding_gradients.cache.store import Store
from understanding_gradients.cluster import client, run
from understanding_gradients.cluster.address import Scheduler
from understanding_gradients.cluster.client import ClusterClient
from understanding_gradients.cluster.pool import ClusterPool
from understanding_gradients.spec.job import Job, Output
from understanding_gradients.workers.pool import Pool

pytestmark = pytest.mark.render

TWIN = Clip("twin", "A sliding square", "tests.fixtures.small_scenes:Sliding", (), "1")


def test_a_lecture_rendered_by_a_cluster_equals_the_one_rendered_here(
    tmp_path, monkeypatch, machines
):
    small_lecture.move_to(tmp_path, monkeypatch)
    small_lecture.write_settings(tmp_path)
    draft = ("lecture", "-q", "draft")
    there = small_lecture.run(*draft, "--cluster", machines.address, "-o", "there.mp4")
    assert (there.exit_code, there.stdout) == (
        0,
        "there.mp4: 0:02 min, 3 clips, 3 drawn and 0 found finished\n",
    )
    monkeypatch.setenv("UNDERSTANDING_GRADIENTS_MEDIA", str(tmp_path / "other"))
    assert small_lecture.run(*draft, "-o", "here.mp4").exit_code == 0
    assert (tmp_path / "there.mp4").read_bytes() == (tmp_path / "here.mp4").read_bytes()


@pytest.mark.slow
def test_clips_drawn_by_one_task_each_equal_those_drawn_here(
    pool, monkeypatch, small_jobs, small_film
):
    monkeypatch.setattr(run, "MANY_CLIPS", 1)
    there = pool.render(small_jobs).entries
    for slug, entry in small_film.entries.items():
        assert files_of(there[slug]) == files_of(entry)


@pytest.mark.slow
def test_a_cluster_without_workers_gets_its_tasks_and_waits_for_the_first(tmp_path, fragile):
    said: list[str] = []

    def start_worker():
        wait_until(lambda: said)
        fragile.add_workers(1)

    pool = ClusterPool(Store(tmp_path / "store", said.append), Scheduler(fragile.address), 1)
    with fragile.meanwhile(start_worker), pool:
        result = pool.render([Job(STANDING, TINY)], Output.STILLS)
    assert list(result.entries) == ["standing"]
    assert said == [
        f"The scheduler at {fragile.address} has no workers yet; what it is to do waits for one, "
        "started on any machine in the project's folder."
    ]


@pytest.mark.slow
def test_stills_of_a_cluster_equal_those_drawn_here(tmp_path, pool):
    jobs = [Job(STANDING, TINY)]
    there = pool.render(jobs, Output.STILLS).entries["standing"]
    here = Pool(Store(tmp_path / "here"), 1).render(jobs, Output.STILLS).entries["standing"]
    assert files_of(there) == files_of(here)


@pytest.fixture
def drawn(monkeypatch):
    """The slug and the segment numbers of every task that draws segments."""
    found = []
    submit = ClusterClient.submit

    def recorded(self, task, request, *args):
        found.extend((request.job.clip.slug, number) for number in args[-1] or ())
        return submit(self, task, request, *args)

    monkeypatch.setattr(ClusterClient, "submit", recorded)
    return found


def test_a_segment_is_drawn_once_for_all_clips_and_not_again_if_it_is_stored(pool, drawn):
    result = pool.render([Job(clip, TINY) for clip in (SLIDING, TWIN)])
    assert len({slug for slug, _ in drawn}) == 1
    assert len(drawn) == 2
    assert files_of(result.entries["sliding"]) == files_of(result.entries["twin"])
    drawn.clear()
    assert pool.render([Job(replace(TWIN, slug="third"), TINY)]).rendered == ("third",)
    assert drawn == []


def test_a_failure_is_named_and_the_others_finish(pool):
    result = pool.render([Job(clip, TINY) for clip in (FAILING, STANDING)])
    assert set(result.entries) == {"standing"}
    (failure,) = result.failures
    assert failure.slug == "failing"
    assert failure.reason == "ArithmeticError: this scene was asked to fail"
    assert "Traceback" in failure.log


def test_a_file_damaged_in_transit_is_refused(connected, pool, monkeypatch):
    async def damaged(future):
        response = await fetch(future)
        for bundle in response.segment_files.values():
            for name, (digest, content) in bundle.items():
                bundle[name] = digest, content[:-1] + bytes([content[-1] ^ 1])
        return response

    fetch = client.result_or_error
    monkeypatch.setattr(client, "result_or_error", damaged)
    (failure,) = pool.render([Job(STANDING, TINY)]).failures
    assert failure.reason == "segment.h264 was damaged in transit; render it again."
    assert not list(connected[1].rglob("manifest.json"))


@pytest.mark.slow
def test_a_sweep_on_a_cluster_equals_the_sweep_here(machines):
    rates = np.geomspace(1e-3, 10, 1000)
    scale = 3.0

    def bowl(params):  # local to this test, so that no worker can import it
        return params[0] ** 2 + scale * params[1] ** 2

    options = {"tolerance": 0.1, "keep": 3}
    with Client(machines.address, set_as_default=False) as dask_client:
        there = descent.sweep(bowl, [2, 1], rates, 50, cluster=dask_client, **options)
    here = descent.sweep(bowl, [2, 1], rates, 50, **options)
    np.testing.assert_array_equal(there.final_losses, here.final_losses)
    np.testing.assert_array_equal(there.behaviors, here.behaviors)
    assert there.kept == here.kept


@pytest.mark.slow
def test_both_workers_draw_at_the_same_time(tmp_path, fragile):
    fragile.add_workers(2)

    def wait_for_both():
        wait_until(lambda: len({parent_of(pid) for pid in fragile.held_processes()}) == 2)

    # In one theme they would share their segments.
    jobs = [Job(HELD, TINY), Job(replace(HELD, slug="light"), TINY, theme="light")]
    with fragile.meanwhile(wait_for_both), fragile.pool(tmp_path) as pool:
        assert len(pool.render(jobs).entries) == 2
