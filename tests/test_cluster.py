"""The parts of a cluster that need none: addresses, bundles, batches, and one run's bookkeeping."""

from __future__ import annotations

import ast
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
from tests.faults.cluster.machines import installed
from tests.fixtures.clips import ENDLESS, SLIDING, STANDING
from understanding_gradients.cache.keys import WORKER
from understanding_gradients.cache.sources import ROOT, Sources
from understanding_gradients.cache.store import Store
from understanding_gradients.cluster import address, run, tasks
from understanding_gradients.cluster.address import ClusterRefused, Scheduler
from understanding_gradients.cluster.batches import batches
from understanding_gradients.cluster.bundle import pack, size_of, unpack
from understanding_gradients.cluster.fingerprint import difference, fingerprint
from understanding_gradients.cluster.tasks import (
    Request,
    Response,
    WorkerProcessPlugin,
    run_request,
    worker_fingerprint,
)
from understanding_gradients.spec.errors import OperationFailed
from understanding_gradients.spec.job import Job, Output, Task
from understanding_gradients.spec.timeline import Timeline
from understanding_gradients.workers.events import (
    ChildrenRunning,
    Decision,
    FramesDrawn,
    SegmentDone,
    SegmentStarted,
)
from understanding_gradients.workers.process import WorkerFailed, WorkerProcess
from understanding_gradients.workers.progress import ProgressReporter
from understanding_gradients.workers.schedule import ClipTask

# Batches


@given(st.dictionaries(st.integers(0, 99), st.integers(1, 500), min_size=1), st.floats(0, 1e4))
def test_every_segment_is_in_one_batch_and_batches_are_neighbours(frames, size):
    assert sum(batches(frames, size), []) == sorted(frames)


def test_batches_have_about_the_given_number_of_frames():
    frames = dict.fromkeys(range(10), 30)
    assert batches(frames, 100) == [[0, 1, 2], [3, 4, 5, 6], [7, 8, 9]]
    assert batches(frames, 1e9) == [list(range(10))]
    assert batches(frames, 1) == [[number] for number in range(10)]
    assert batches({}, 100) == []


# Bundles


def test_a_bundle_has_the_files_of_an_entry_without_its_manifest(tmp_path):
    with Store(tmp_path / "store").add("ab12") as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "one.bin").write_bytes(b"\0\1")
    bundle = pack(tmp_path / "store" / "ab" / "ab12")
    assert (list(bundle), size_of(bundle)) == (["deep/one.bin"], 2)
    unpack(bundle, tmp_path / "received")
    assert (tmp_path / "received" / "deep" / "one.bin").read_bytes() == b"\0\1"


def test_a_damaged_file_is_refused_before_any_file_is_written(tmp_path):
    (tmp_path / "one").write_bytes(b"1")
    (tmp_path / "two").write_bytes(b"2")
    bundle = pack(tmp_path)
    bundle["two"] = bundle["two"][0], b"3"
    with pytest.raises(ValueError, match=r"two was damaged in transit; render it again\."):
        unpack(bundle, tmp_path / "received")
    assert not (tmp_path / "received").exists()


@pytest.mark.parametrize("name", ["../one", "/one", "deep/../../one", "deep//one", "..\\one", ""])
def test_a_file_name_may_not_lead_out_of_its_folder(tmp_path, name):
    (tmp_path / "one").write_bytes(b"1")
    bundle = {name: pack(tmp_path)["one"]}
    with pytest.raises(ValueError, match="A file in transit must be named inside its folder; got"):
        unpack(bundle, tmp_path / "received")


# Fingerprints


def test_machines_with_equal_fingerprints_do_not_differ():
    ours = fingerprint(["scenes.clips.title"])
    assert difference("the worker tcp://there:1", dict(ours), ours) is None
    assert "scenes/clips/title.py" in ours
    assert {"distributed", "font"} <= set(ours)


def test_a_worker_reports_the_packages_that_its_processes_will_import(tmp_path, monkeypatch):
    before = worker_fingerprint(())
    for package in ("manim", "msgpack"):
        monkeypatch.syspath_prepend(installed(package, tmp_path / package))
    # The worker has imported msgpack itself.
    assert worker_fingerprint(()) == before | {"manim": "0.0.1"}


def test_a_difference_names_the_machine_and_both_versions():
    assert str(difference("the worker tcp://there:1", {"av": "1"}, {"av": "2"})) == (
        "All machines must have the same versions; got av 1 on the worker tcp://there:1 and 2 "
        "here: install one of them on both."
    )
    assert str(difference("the worker tcp://there:1", {}, {"scenes/clips/title.py": "2"})) == (
        "All machines must have the same source; got another scenes/clips/title.py on the worker "
        "tcp://there:1 than here: update that machine and restart it."
    )


# Addresses


@pytest.mark.parametrize("text", ["10.0.0.5:8786", "http://there:1", "tcp://there", "tcp://:1"])
def test_an_address_has_a_protocol_a_host_and_a_port(text):
    with pytest.raises(ClusterRefused, match=r"must be tcp://HOST:PORT, .* or local; got"):
        Scheduler(text)


def test_tls_takes_all_three_files_and_nothing_else_takes_any(tmp_path):
    with pytest.raises(ClusterRefused, match=r"all three, .*; got none with 'tls://there:1'"):
        Scheduler("tls://there:1")
    with pytest.raises(ClusterRefused, match=r"got --tls-ca with 'tcp://there:1'"):
        Scheduler("tcp://there:1", ca=tmp_path)
    with pytest.raises(ClusterRefused, match=r"--tls-ca must be a PEM file; got '.*'\."):
        Scheduler("tls://there:1", tmp_path, tmp_path, tmp_path)


def refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    small_lecture.move_to(tmp_path, monkeypatch)
    small_lecture.write_settings(tmp_path)
    refused = small_lecture.run(*words)
    assert refused.exit_code == 2, refused.output
    return refused.output.partition("Error: ")[2].strip()


@pytest.mark.parametrize("command", ["lecture", "clip", "sheet"])
def test_a_cluster_needs_the_extra(tmp_path, monkeypatch, command):
    monkeypatch.setattr(address, "find_spec", lambda name: None)
    assert refusal(tmp_path, monkeypatch, command, "--cluster", "local") == (
        "--cluster must have dask.distributed, which is not installed: "
        "pip install -e '.[render,cluster]'."
    )


def test_wrong_options_of_a_cluster_are_refused_in_one_sentence(tmp_path, monkeypatch):
    sentence = refusal(tmp_path, monkeypatch, "lecture", "--cluster", "there")
    assert sentence == "--cluster must be tcp://HOST:PORT, tls://HOST:PORT or local; got 'there'."
    sentence = refusal(
        tmp_path, monkeypatch, "lecture", "--cluster", "tcp://there:1", "--jobs", "2"
    )
    assert sentence.startswith("--jobs must go without --cluster tcp://there:1; got 2: ")
    sentence = refusal(tmp_path, monkeypatch, "lecture", "--tls-ca", "ca.pem")
    assert sentence == "--tls-ca, --tls-cert and --tls-key must go with --cluster."


# Some segments of a clip


def test_a_scene_is_ended_after_the_last_wanted_segment(tmp_path, monkeypatch):
    monkeypatch.setenv("ENDLESS_PID_FILE", str(tmp_path / "pid"))
    (tmp_path / "output").mkdir()
    worker, events = WorkerProcess(), []

    def on_event(event):
        events.append(event)
        if not isinstance(event, SegmentStarted):
            return None
        return Decision.DRAW if event.number == 0 else Decision.STOP

    source = Sources().digest([WORKER])
    folders = tmp_path / "output", tmp_path / "store", worker.temporary_folder
    try:
        worker.run_task(Task(Job(ENDLESS, TINY), Output.SEGMENTS, *folders, source), on_event)
    finally:
        worker.close()
    kinds = [SegmentStarted, ChildrenRunning, FramesDrawn, SegmentDone, SegmentStarted]
    assert [type(event) for event in events] == kinds
    assert not (tmp_path / "pid").exists()


# A run, with a client that answers requests in their order


class FakeClient:
    """A client whose clips all have one and the same segment; the `failing` ones fail to draw."""

    plugin = "plugin"

    def __init__(self, failing=()):
        self.failing, self.requests, self._results = failing, [], []

    def check_workers(self, scene_modules):
        return {}

    def threads(self):
        return 1

    def submit(self, task, request, expected, inputs, wanted):
        slug = request.job.clip.slug
        self.requests.append((slug, request.output, wanted))
        if request.output == Output.SEGMENT_KEYS:
            response = Response({0: ("aa11", 30)}, timeline=Timeline(15, 30, ()))
        elif slug in self.failing:
            response = Response(log="it was lost")
        else:
            timeline = None if wanted else Timeline(15, 30, ())
            response = Response({0: ("bb22", 30)}, {0: {}}, timeline=timeline)
        self._results.append((str(len(self.requests)), response))
        return SimpleNamespace(key=str(len(self.requests)))

    def next_result(self):
        return self._results.pop(0)


@pytest.fixture
def render(tmp_path, monkeypatch):
    """Render clips "one" and "two"; return the segments of finished ones, and the failures."""

    def rendered(client, expected=None, output=Output.CLIP):
        found = {}
        monkeypatch.setattr(
            run, "concat_segments", lambda job, key, segments, *rest: dict(segments)
        )
        clips = [replace(SLIDING, slug=slug) for slug in ("one", "two")]
        failures = run.ClusterRun(
            Store(tmp_path),
            client,
            ProgressReporter(),
            lambda clip, segments: found.update({clip.job.clip.slug: segments}),
            [ClipTask(Job(clip, TINY), "cc33", output, expected) for clip in clips],
        ).run()
        return found, [(one.slug, one.reason) for one in failures]

    return rendered


def test_a_shared_segment_is_drawn_for_the_first_clip_and_used_by_both(render):
    client = FakeClient()
    # Its key is the drawing machine's: another processor may round the last bit differently.
    assert render(client) == (dict.fromkeys(["one", "two"], {0: ("bb22", 30)}), [])
    assert [one for one in client.requests if one[2]] == [("one", Output.SEGMENTS, (0,))]


def test_a_shared_segment_is_drawn_for_the_other_clip_if_the_first_fails(render):
    client = FakeClient(failing=("one",))
    assert render(client) == ({"two": {0: ("bb22", 30)}}, [("one", "it was lost")])
    assert [slug for slug, _, wanted in client.requests if wanted] == ["one", "two"]


def test_a_run_ends_if_no_worker_can_draw_a_segment(render):
    found, failures = render(FakeClient(failing=("one", "two")))
    assert (found, [slug for slug, _ in failures]) == ({}, ["one", "two"])


@pytest.mark.parametrize("error", [OperationFailed, OSError, ValueError])
def test_an_error_about_a_clip_leaves_the_others(render, monkeypatch, error):
    def fail(self, task, result):
        if task.clip.job.clip.slug == "two":
            raise error("it was lost")
        receive(self, task, result)

    receive = run.ClusterRun.receive
    monkeypatch.setattr(run.ClusterRun, "receive", fail)
    assert render(FakeClient()) == ({"one": {0: ("bb22", 30)}}, [("two", "it was lost")])


def test_many_new_clips_are_each_drawn_by_one_task(render, monkeypatch):
    monkeypatch.setattr(run, "MANY_CLIPS", 2)
    client = FakeClient(failing=("two",))
    assert render(client) == ({"one": {0: ("bb22", 30)}}, [("two", "it was lost")])
    assert client.requests == [("one", Output.SEGMENTS, None), ("two", Output.SEGMENTS, None)]


def test_many_clips_that_were_drawn_before_first_name_their_segments(render, monkeypatch):
    monkeypatch.setattr(run, "MANY_CLIPS", 2)
    client = FakeClient()
    render(client, expected=30)
    outputs = [Output.SEGMENT_KEYS, Output.SEGMENT_KEYS, Output.SEGMENTS]
    assert [output for _, output, _ in client.requests] == outputs


def test_stills_are_not_stored_if_their_source_changed_after_their_key_was_made(render, tmp_path):
    reason = "its source changed while it was drawn; render it again"
    found, failures = render(FakeClient(), output=Output.STILLS)
    assert (found, failures) == ({}, [("one", reason), ("two", reason)])
    assert not list(tmp_path.rglob("manifest.json"))


# The worker plugin


@pytest.fixture
def plugin(monkeypatch):
    """The plugin of a client on a worker with one thread."""
    plugin = WorkerProcessPlugin("plugin", None)
    state = SimpleNamespace(nthreads=1)
    worker = SimpleNamespace(address="there", state=state, plugins={"plugin": plugin})
    monkeypatch.setattr(tasks, "get_worker", lambda: worker)
    plugin.setup(worker)
    yield plugin
    plugin.teardown(worker)


def test_a_process_is_closed_when_it_is_returned_after_its_client_disconnected(plugin):
    with plugin.process() as process:
        plugin.teardown(None)
        assert process.temporary_folder.exists()
    assert not process.temporary_folder.exists()
    with pytest.raises(WorkerFailed, match="its client has disconnected"), plugin.process():
        pass


REQUEST = Request(
    Job(STANDING, TINY),
    output=Output.SEGMENT_KEYS,
    source=Sources().digest([WORKER]),
    scene_modules=("tests.fixtures.plain_scenes",),
    plugin="plugin",
)


def test_a_worker_that_differs_is_refused_before_it_draws(plugin):
    # It has no process any more: to draw would be another failure.
    plugin.teardown(None)
    log = run_request(REQUEST, {"manim": "99"}, {}).log
    assert log.endswith(" and 99 here: install one of them on both.")


def test_a_worker_that_changes_while_it_draws_is_refused(tmp_path, monkeypatch, plugin):
    run_task, expected = WorkerProcess.run_task, worker_fingerprint(REQUEST.scene_modules)

    def with_upgrade(process, task, on_event):
        run_task(process, task, on_event)
        monkeypatch.syspath_prepend(installed("manim", tmp_path))

    assert run_request(REQUEST, expected, {}).segments
    monkeypatch.setattr(WorkerProcess, "run_task", with_upgrade)
    log = run_request(REQUEST, expected, {}).log
    assert log.startswith("All machines must have the same versions; got manim 0.0.1 on the worker")


# Imports


@pytest.mark.render
def test_only_a_cluster_that_is_used_is_imported():
    script = (
        "import sys, understanding_gradients.cli, understanding_gradients.commands.workspace\n"
        "import understanding_gradients.cluster.pool, descent.sweeps.sweeping\n"
        "heavy = {'distributed', 'dask', 'torch', 'manim', 'descent.sweeps.cluster'}\n"
        "print(heavy & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "set()"


def test_nothing_but_the_commands_imports_the_cluster_and_only_inside_functions():
    importers = {}
    for package in ("descent", "scenes", "understanding_gradients"):
        for path in (ROOT / package).rglob("*.py"):
            if path.parent.name != "cluster" and "cluster" in path.read_text(encoding="utf-8"):
                at_top, inside = imports_of_a_cluster(path)
                assert not at_top, f"{path} imports {at_top} when it is imported itself"
                if inside:
                    importers[path.relative_to(ROOT).as_posix()] = inside
    assert set(importers) == {
        "descent/sweeps/sweeping.py",
        "understanding_gradients/commands/workspace.py",
    }


def imports_of_a_cluster(path: Path) -> tuple[list[str], list[str]]:
    """Return the cluster modules that a file imports at its top level, and inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = {id(node) for function in functions for node in ast.walk(function)}
    found: tuple[list[str], list[str]] = [], []
    for node in ast.walk(tree):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        ours = [name for name in modules if "cluster" in name.split(".") or name == "distributed"]
        found[id(node) in inside].extend(ours)
    return found
