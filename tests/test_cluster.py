"""What of a cluster needs none: addresses, parcels, and how takes are cut into tasks."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import small_lecture
from tests.conftest import TINY
from tests.faults.clusters import installed
from tests.fixtures.clips import ENDLESS, SLIDING, STANDING
from understanding_gradients.cache.keys import WORKER
from understanding_gradients.cache.sources import ROOT, Sources
from understanding_gradients.cache.store import Store
from understanding_gradients.cluster import address as scheduler
from understanding_gradients.cluster import run as errand
from understanding_gradients.cluster import tasks as remote
from understanding_gradients.cluster.address import ClusterRefused, Scheduler
from understanding_gradients.cluster.batches import chunks
from understanding_gradients.cluster.bundle import pack, unpack, weight
from understanding_gradients.cluster.fingerprint import difference, facts
from understanding_gradients.cluster.tasks import (
    Request,
    Response,
    WorkerProcessPlugin,
    loaded,
    perform,
)
from understanding_gradients.spec.job import Job, Output, Task
from understanding_gradients.spec.timeline import Timeline
from understanding_gradients.workers.events import (
    Decision,
    FramesDrawn,
    SegmentDone,
    SegmentStarted,
)
from understanding_gradients.workers.process import WorkerFailed, WorkerProcess
from understanding_gradients.workers.progress import NullProgress
from understanding_gradients.workers.schedule import ClipTask

# Tasks


@given(st.dictionaries(st.integers(0, 99), st.integers(1, 500), min_size=1), st.floats(0, 1e4))
def test_every_take_is_in_one_task_and_tasks_are_runs_of_neighbours(takes, size):
    assert sum(chunks(takes, size), []) == sorted(takes)


def test_tasks_are_about_as_long_as_they_may_be():
    takes = dict.fromkeys(range(10), 30)
    assert chunks(takes, 100) == [[0, 1, 2], [3, 4, 5, 6], [7, 8, 9]]
    assert chunks(takes, 1e9) == [list(range(10))]
    assert chunks(takes, 1) == [[number] for number in range(10)]


def test_of_no_takes_there_is_no_task():
    assert chunks({}, 100) == []


# Parcels


def test_a_parcel_holds_the_files_of_an_entry_without_its_manifest(tmp_path):
    with Store(tmp_path / "store").add("ab12") as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "one.bin").write_bytes(b"\0\1")
    parcel = pack(tmp_path / "store" / "ab" / "ab12")
    assert (list(parcel), weight(parcel)) == (["deep/one.bin"], 2)
    unpack(parcel, tmp_path / "home")
    assert (tmp_path / "home" / "deep" / "one.bin").read_bytes() == b"\0\1"


def test_a_file_that_is_not_what_was_sent_is_refused_before_any_is_written(tmp_path):
    (tmp_path / "one").write_bytes(b"1")
    (tmp_path / "two").write_bytes(b"2")
    parcel = pack(tmp_path)
    parcel["two"] = parcel["two"][0], b"3"
    with pytest.raises(ValueError, match=r"two did not arrive as it was sent; render it again\."):
        unpack(parcel, tmp_path / "home")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["../one", "/one", "deep/../../one", "deep//one", "..\\one", ""])
def test_a_file_may_not_lie_outside_its_folder(tmp_path, name):
    (tmp_path / "one").write_bytes(b"1")
    parcel = {name: pack(tmp_path)["one"]}
    with pytest.raises(ValueError, match="A file that is sent must lie in its folder; got"):
        unpack(parcel, tmp_path / "home")


# Machines


def test_machines_that_have_the_same_do_not_differ():
    ours = facts(["scenes.clips.title"])
    assert difference("the worker tcp://there:1", dict(ours), ours) is None
    assert "scenes/clips/title.py" in ours
    assert "distributed" in ours


def test_a_worker_knows_the_packages_that_its_processes_will_load(tmp_path, monkeypatch):
    before = loaded(())
    for package in ("manim", "msgpack"):
        monkeypatch.syspath_prepend(installed(package, tmp_path / package))
    # What it speaks with it has loaded itself.
    assert loaded(()) == before | {"manim": "0.0.1"}


def test_what_differs_is_named_with_the_machine_and_both_versions():
    assert difference("the worker tcp://there:1", {"av": "1"}, {"av": "2"}) == (
        "All machines must have the same versions; the worker tcp://there:1 has av 1 and this one "
        "2: install one of them on both."
    )
    assert difference("the worker tcp://there:1", {}, {"scenes/clips/title.py": "2"}) == (
        "All machines must have the same source; the worker tcp://there:1 has another "
        "scenes/clips/title.py than this one: bring it up to date, and restart it."
    )


# Addresses


@pytest.mark.parametrize("address", ["10.0.0.5:8786", "http://there:1", "tcp://there", "tcp://:1"])
def test_an_address_says_how_and_where(address):
    with pytest.raises(ClusterRefused, match=r"must be tcp://HOST:PORT, .* or local; got"):
        Scheduler(address)


def test_tls_takes_all_three_files_and_nothing_else_takes_any(tmp_path):
    with pytest.raises(ClusterRefused, match=r"all three, .*; got none with 'tls://there:1'"):
        Scheduler("tls://there:1")
    with pytest.raises(ClusterRefused, match=r"got --tls-ca with 'tcp://there:1'"):
        Scheduler("tcp://there:1", ca=tmp_path)
    with pytest.raises(ClusterRefused, match=r"--tls-ca must be a PEM file; got '.*', which is"):
        Scheduler("tls://there:1", tmp_path, tmp_path, tmp_path)


def refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    small_lecture.move_to(tmp_path, monkeypatch)
    small_lecture.write_settings(tmp_path)
    refused = small_lecture.run(*words)
    assert refused.exit_code == 2, refused.output
    return refused.output.partition("Error: ")[2].strip()


@pytest.mark.parametrize("command", ["lecture", "clip", "sheet"])
def test_a_cluster_cannot_be_used_without_the_extra(tmp_path, monkeypatch, command):
    monkeypatch.setattr(scheduler, "find_spec", lambda name: None)
    assert refusal(tmp_path, monkeypatch, command, "--cluster", "local") == (
        "--cluster needs dask.distributed, which is not installed: "
        'pip install -e ".[render,cluster]"'
    )


def test_wrong_wishes_for_a_cluster_are_refused_in_a_sentence(tmp_path, monkeypatch):
    said = refusal(tmp_path, monkeypatch, "lecture", "--cluster", "there")
    assert said == "--cluster must be tcp://HOST:PORT, tls://HOST:PORT or local; got 'there'."
    said = refusal(tmp_path, monkeypatch, "lecture", "--cluster", "tcp://there:1", "--jobs", "2")
    assert said.startswith("--jobs must go without --cluster tcp://there:1: ")
    said = refusal(tmp_path, monkeypatch, "lecture", "--tls-ca", "ca.pem")
    assert said == "--tls-ca, --tls-cert and --tls-key must go with --cluster."


# Part of a clip


def test_a_scene_is_not_run_on_after_the_last_take_that_is_wanted(tmp_path, monkeypatch):
    monkeypatch.setenv("ENDLESS_PID_FILE", str(tmp_path / "pid"))
    (tmp_path / "made").mkdir()
    worker, told = WorkerProcess(), []

    def hear(event):
        told.append(event)
        if not isinstance(event, SegmentStarted):
            return None
        return Decision.DRAW if event.number == 0 else Decision.STOP

    source = Sources().digest([WORKER])
    places = tmp_path / "made", tmp_path / "store", worker.temporary_folder
    try:
        worker.run_task(Task(Job(ENDLESS, TINY), Output.SEGMENTS, *places, source), hear)
    finally:
        worker.close()
    kinds = [SegmentStarted, FramesDrawn, SegmentDone, SegmentStarted]
    assert [type(event) for event in told] == kinds
    assert not (tmp_path / "pid").exists()


# An errand, with a cluster that answers in the order in which it was asked


class Answering:
    """Surveys find one take, the same in all clips; what `lost` names is not drawn."""

    workshop = "workshop"

    def __init__(self, lost=()):
        self.lost, self.asked, self._answers = lost, [], []

    def check(self, modules):
        return {}

    def threads(self):
        return 1

    def submit(self, task, order, expected, material, wanted):
        slug = order.job.clip.slug
        self.asked.append((slug, order.makes, wanted))
        if order.makes == Output.SEGMENT_KEYS:
            reply = Response(takes={0: ("aa11", 30)}, timeline=Timeline(15, 30, ()))
        elif slug in self.lost:
            reply = Response(log="it was lost")
        else:
            timeline = None if wanted else Timeline(15, 30, ())
            reply = Response(takes={0: ("bb22", 30)}, parcels={0: {}}, timeline=timeline)
        self._answers.append((str(len(self.asked)), reply))
        return SimpleNamespace(key=str(len(self.asked)))

    def arrival(self):
        return self._answers.pop(0)


@pytest.fixture
def done(tmp_path, monkeypatch):
    """Runs an errand for clips called "one" and "two", and returns who is finished with what."""

    def run(answering, expected=None, makes=Output.CLIP):
        found = {}
        monkeypatch.setattr(errand, "concat_segments", lambda job, key, takes, *rest: dict(takes))
        clips = [replace(SLIDING, slug=slug) for slug in ("one", "two")]
        works = [ClipTask(Job(clip, TINY), "cc33", makes, expected) for clip in clips]
        failures = errand.ClusterRun(
            Store(tmp_path),
            answering,
            NullProgress(),
            lambda work, takes: found.update({work.job.clip.slug: takes}),
            works,
        ).run()
        return found, [(one.slug, one.reason) for one in failures]

    return run


def test_a_take_that_two_clips_show_is_drawn_for_the_first_and_had_by_both(done):
    answering = Answering()
    # Its key is the one that who drew it found: on another processor a last bit may differ.
    assert done(answering) == (dict.fromkeys(["one", "two"], {0: ("bb22", 30)}), [])
    assert [asked for asked in answering.asked if asked[2]] == [("one", Output.SEGMENTS, (0,))]


def test_a_take_is_drawn_for_the_other_clip_if_the_first_one_fails(done):
    answering = Answering(lost=("one",))
    assert done(answering) == ({"two": {0: ("bb22", 30)}}, [("one", "it was lost")])
    assert [asked[0] for asked in answering.asked if asked[2]] == ["one", "two"]


def test_an_errand_ends_if_nobody_can_draw_a_take(done):
    found, failures = done(Answering(lost=("one", "two")))
    assert (found, [slug for slug, _ in failures]) == ({}, ["one", "two"])


def test_plenty_of_new_clips_are_drawn_whole_without_a_survey(done, monkeypatch):
    monkeypatch.setattr(errand, "PLENTY", 2)
    answering = Answering(lost=("two",))
    assert done(answering) == ({"one": {0: ("bb22", 30)}}, [("two", "it was lost")])
    assert answering.asked == [
        ("one", Output.SEGMENTS, None),
        ("two", Output.SEGMENTS, None),
    ]


def test_clips_that_were_drawn_before_are_surveyed_however_many(done, monkeypatch):
    monkeypatch.setattr(errand, "PLENTY", 2)
    answering = Answering()
    done(answering, expected=30)
    assert [asked[1] for asked in answering.asked] == [
        Output.SEGMENT_KEYS,
        Output.SEGMENT_KEYS,
        Output.SEGMENTS,
    ]


def test_what_is_no_clip_is_not_kept_if_its_source_changed_since_its_key_was_made(done, tmp_path):
    changed = "its source changed while it was drawn; render it again"
    found, failures = done(Answering(), makes=Output.STILLS)
    assert (found, failures) == ({}, [("one", changed), ("two", changed)])
    assert not list(tmp_path.rglob("manifest.json"))


# A workshop


@pytest.fixture
def workshop(monkeypatch):
    """The workshop of a client on a worker with one thread."""
    opened = WorkerProcessPlugin("workshop", None)
    thread = SimpleNamespace(nthreads=1)
    worker = SimpleNamespace(address="there", state=thread, plugins={"workshop": opened})
    monkeypatch.setattr(remote, "get_worker", lambda: worker)
    opened.setup(worker)
    yield opened
    opened.teardown(worker)


def test_a_process_that_is_returned_after_the_client_left_is_closed(workshop):
    with workshop.process() as process:
        workshop.teardown(None)
        assert process.temporary_folder.exists()
    assert not process.temporary_folder.exists()


def test_nobody_is_lent_a_process_after_the_client_left(workshop):
    workshop.teardown(None)
    with pytest.raises(WorkerFailed, match="who asked for it has left"), workshop.process():
        pass


ORDER = Request(
    Job(STANDING, TINY),
    makes=Output.SEGMENT_KEYS,
    source=Sources().digest([WORKER]),
    modules=("tests.fixtures.plain_scenes",),
    workshop="workshop",
)


def test_a_worker_that_differs_is_refused_before_it_draws(workshop):
    # Nothing can be drawn any more: it would be told so, if it came to that.
    workshop.teardown(None)
    said = perform(ORDER, {"manim": "99"}, {}).log
    assert said.endswith(" and this one 99: install one of them on both.")


def test_a_worker_that_changed_while_it_drew_is_refused(tmp_path, monkeypatch, workshop):
    tried, expected = remote._tried, loaded(ORDER.modules)

    def upgraded(*words):
        reply = tried(*words)
        monkeypatch.syspath_prepend(installed("manim", tmp_path))
        return reply

    assert perform(ORDER, expected, {}).takes
    monkeypatch.setattr(remote, "_tried", upgraded)
    said = perform(ORDER, expected, {}).log
    assert said.startswith("All machines must have the same versions; the worker there has manim")


# What is loaded


def test_only_a_cluster_that_is_used_is_loaded():
    script = (
        "import sys, understanding_gradients.cli, understanding_gradients.commands.workspace\n"
        "import understanding_gradients.cluster.pool, descent.sweeps.sweeping\n"
        "print({'distributed', 'dask', 'torch', 'manim'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "set()"
