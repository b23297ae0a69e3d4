"""A real scheduler and real workers on loopback: what they draw, and what their loss costs."""

from __future__ import annotations

import importlib.util
import os
import py_compile
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
import psutil
import pytest
from distributed import Client, Security
from PIL import Image, ImageColor

import descent
import render
from tests import small_lecture
from tests.conftest import TINY
from tests.faults.clusters import HELD, TWIN, Machines, installed
from tests.faults.mistreated import copy_of_the_project
from tests.fixtures.clips import FAILING, SLIDING, STANDING
from tests.processes import is_alive, parent_of, wait_until
from understanding_gradients.cache.sources import ROOT
from understanding_gradients.cache.store import Store
from understanding_gradients.cluster import client as session
from understanding_gradients.cluster import run as errand
from understanding_gradients.cluster import tasks as remote
from understanding_gradients.cluster.address import Scheduler
from understanding_gradients.cluster.pool import ClusterPool
from understanding_gradients.cluster.run import ClusterRun
from understanding_gradients.spec.job import CLIP_FILE, Job
from understanding_gradients.workers.pool import Pool
from understanding_gradients.workers.progress import NullProgress

# Of STANDING.
COLOUR = "#56B4E9"


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    """A scheduler and two workers that no test damages."""
    with Machines(tmp_path_factory.mktemp("machines")) as running:
        running.add_workers(2)
        yield running


@pytest.fixture(scope="module")
def connected(tmp_path_factory, machines):
    """A pool that has connected to them."""
    with pool_at(machines, tmp_path_factory.mktemp("unused")) as pool:
        pool.start()
        yield pool


@pytest.fixture
def pool(tmp_path, monkeypatch, connected):
    """The same pool, with an empty store."""
    monkeypatch.setattr(connected, "_store", Store(tmp_path))
    return connected


@pytest.fixture
def doomed(tmp_path):
    """A scheduler without workers yet, for one test to damage."""
    (tmp_path / "doomed").mkdir()
    with Machines(tmp_path / "doomed") as running:
        yield running


def pool_at(machines, folder):
    return ClusterPool(Store(folder), Scheduler(machines.address), 1)


def files_in(folder):
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    # Whose entry it is stands in there too.
    del found["manifest.json"]
    return found


# What is drawn


def test_a_lecture_drawn_by_a_cluster_is_the_one_drawn_here(tmp_path, monkeypatch, machines):
    small_lecture.move_to(tmp_path, monkeypatch)
    small_lecture.write_settings(tmp_path)
    run = small_lecture.run
    far = run("lecture", "-q", "draft", "--cluster", machines.address, "-o", "far.mp4")
    assert (far.exit_code, far.output) == (
        0,
        "far.mp4: 0:02 min, 3 clips, 3 drawn and 0 found finished\n",
    )
    monkeypatch.setattr(render, "MEDIA", tmp_path / "other")
    assert run("lecture", "-q", "draft", "-o", "near.mp4").exit_code == 0
    assert (tmp_path / "far.mp4").read_bytes() == (tmp_path / "near.mp4").read_bytes()


def test_clips_that_are_drawn_whole_are_those_drawn_here(pool, monkeypatch, small_jobs, small_film):
    monkeypatch.setattr(errand, "PLENTY", 1)
    far = pool.make(small_jobs).entries
    for slug, entry in small_film.entries.items():
        assert files_in(far[slug]) == files_in(entry)


def test_what_is_no_clip_comes_home_as_it_is_made_here(tmp_path, pool):
    jobs = [Job(STANDING, TINY)]
    far = pool.make(jobs, "stills").entries["standing"]
    near = Pool(Store(tmp_path / "near"), 1).make(jobs, "stills").entries["standing"]
    assert files_in(far) == files_in(near)


@pytest.fixture
def drawings(monkeypatch):
    """The slug and the takes of every task that is given to draw."""
    given = []
    submit = ClusterRun._submit

    def seen(self, work, makes, takes=None):
        given.extend((work.job.clip.slug, number) for number in takes or {})
        submit(self, work, makes, takes)

    monkeypatch.setattr(ClusterRun, "_submit", seen)
    return given


def test_a_take_is_drawn_once_however_many_clips_show_it(pool, drawings):
    made = pool.make([Job(clip, TINY) for clip in (SLIDING, TWIN)])
    assert len({slug for slug, _ in drawings}) == 1
    assert len(drawings) == 2
    assert files_in(made.entries["sliding"]) == files_in(made.entries["twin"])


def test_takes_that_the_store_has_are_not_drawn_again(pool, drawings):
    pool.make([Job(SLIDING, TINY)])
    drawings.clear()
    assert pool.make([Job(TWIN, TINY)]).fresh == ("twin",)
    assert drawings == []


def test_a_failure_is_named_and_the_others_finish(pool):
    made = pool.make([Job(clip, TINY) for clip in (FAILING, STANDING)])
    assert set(made.entries) == {"standing"}
    (failure,) = made.failures
    assert failure.slug == "failing"
    assert failure.reason == "ArithmeticError: this scene was asked to fail"
    assert "Traceback" in failure.log


def test_a_file_that_changed_on_its_way_is_refused(tmp_path, pool, monkeypatch):
    async def changed(future):
        reply = await outcome(future)
        for parcel in reply.parcels.values():
            for name, (digest, content) in parcel.items():
                parcel[name] = digest, content[:-1] + bytes([content[-1] ^ 1])
        return reply

    outcome = session.outcome
    monkeypatch.setattr(session, "outcome", changed)
    (failure,) = pool.make([Job(STANDING, TINY)]).failures
    assert failure.reason == "take.h264 did not arrive as it was sent; render it again."
    assert not list(tmp_path.rglob("manifest.json"))


def test_a_sweep_on_a_cluster_is_the_sweep(machines):
    rates = np.geomspace(1e-3, 10, 1000)
    scale = 3.0

    def bowl(params):  # of this very test, so that no worker can import it
        return params[0] ** 2 + scale * params[1] ** 2

    words = {"tolerance": 0.1, "keep": 3}
    with Client(machines.address, set_as_default=False) as client:
        far = descent.sweep(bowl, [2, 1], rates, 50, cluster=client, **words)
    near = descent.sweep(bowl, [2, 1], rates, 50, **words)
    np.testing.assert_array_equal(far.final_losses, near.final_losses)
    np.testing.assert_array_equal(far.behaviors, near.behaviors)
    assert far.kept == near.kept


def test_both_workers_draw_at_the_same_time(tmp_path, doomed):
    doomed.add_workers(2)

    def see_both():
        wait_until(lambda: len({parent_of(pid) for pid in doomed.processes()}) == 2)

    # Of one look and so in one store, these two would be drawn once.
    jobs = [Job(HELD, TINY), Job(replace(HELD, slug="light"), TINY, theme="light")]
    with doomed.meanwhile(see_both), pool_at(doomed, tmp_path) as pool:
        assert len(pool.make(jobs).entries) == 2


# What is lost


def test_killing_a_worker_in_the_middle_loses_nothing(tmp_path, monkeypatch, doomed):
    doomed.add_workers(2)

    jobs = [Job(clip, TINY) for clip in (HELD, STANDING)]
    with doomed.meanwhile(doomed.kill_drawing_worker), pool_at(doomed, tmp_path / "far") as pool:
        made = pool.make(jobs)
    assert [worker.poll() for worker in doomed.workers].count(-signal.SIGKILL) == 1
    assert (set(made.entries), made.failures) == ({"held", "standing"}, ())
    monkeypatch.setenv("HELD_FOLDER", str(doomed.folder))
    near = Pool(Store(tmp_path / "near"), 1).make(jobs)
    for slug, entry in near.entries.items():
        assert files_in(entry) == files_in(made.entries[slug])


def test_a_process_that_the_system_ends_is_replaced_once(tmp_path, doomed):
    doomed.add_workers(1)

    def end_first():
        os.kill(wait_until(doomed.processes)[0], signal.SIGKILL)
        wait_until(lambda: len(doomed.processes()) == 2)

    with doomed.meanwhile(end_first), pool_at(doomed, tmp_path) as pool:
        assert set(pool.make([Job(HELD, TINY)]).entries) == {"held"}


class Releasing(NullProgress):
    """Lets held clips go on when another is finished."""

    def __init__(self, machines):
        self.machines = machines

    def finished(self, slug, fresh):
        if slug == "standing":
            (self.machines.folder / "open").touch()


def test_a_clip_that_kills_its_workers_fails_by_name_and_the_others_finish(tmp_path):
    with Machines(tmp_path, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as machines:
        machines.add_workers(2)
        (tmp_path / "fatal").touch()
        jobs = [Job(clip, TINY) for clip in (HELD, STANDING)]
        with pool_at(machines, tmp_path / "store") as pool:
            made = pool.make(jobs, progress=Releasing(machines))
    assert set(made.entries) == {"standing"}
    (failure,) = made.failures
    assert failure.slug == "held"
    assert failure.reason.startswith("every worker that tried to draw it was lost")


def test_a_scheduler_that_goes_away_gives_a_sentence_and_what_was_finished_is_kept(
    tmp_path, monkeypatch, doomed
):
    doomed.add_workers(2)
    small_lecture.move_to(tmp_path, monkeypatch)
    small_lecture.write_settings(tmp_path)
    monkeypatch.setattr("scenes.registry.CLIPS", (HELD, STANDING))

    def gone(bar, slug, fresh):
        doomed.scheduler.kill()

    monkeypatch.setattr("understanding_gradients.commands.progress_bar.Bar.finished", gone)
    ended = small_lecture.run("lecture", "-q", "draft", "--cluster", doomed.address)
    assert (ended.exit_code, ended.output) == (
        1,
        f"Error: The scheduler at {doomed.address} is gone. What was finished is kept: render it "
        "again.\n",
    )
    kept = [path.parent for path in (tmp_path / "media" / "store").rglob(CLIP_FILE)]
    assert len(kept) == 1
    assert Store(tmp_path / "media" / "store").find(kept[0].name) == kept[0]


def test_a_cluster_without_any_worker_left_is_given_up(tmp_path, monkeypatch, doomed):
    monkeypatch.setattr(session, "PATIENCE", 0.0)
    monkeypatch.setattr(session, "LOOKS_EVERY", 0.2)
    doomed.add_workers(1)
    with (
        doomed.meanwhile(doomed.kill_drawing_worker),
        pool_at(doomed, tmp_path) as pool,
        pytest.raises(RuntimeError, match="has no workers any more"),
    ):
        pool.make([Job(HELD, TINY)])


@pytest.fixture
def asking(doomed):
    """A session with one worker, which has done a task whose result was not fetched yet."""
    doomed.add_workers(1)
    asking = session.Session(Scheduler(doomed.address), 1)
    try:
        asking.task = asking.submit(os.getpid)
        wait_until(asking.task.done)
        yield asking
    finally:
        asking.close()


def end(process):
    """Kill a process, and wait until it is gone."""
    process.kill()
    process.wait()


def test_a_result_that_is_lost_with_its_worker_is_made_again_by_another(doomed, asking):
    end(doomed.workers[0])
    wait_until(lambda: not asking.task.done())
    doomed.add_workers(1)
    assert asking.arrival() == (asking.task.key, doomed.workers[1].pid)


def ending(process):
    """Return what fetches a result, after it has killed a process."""
    fetch = session.outcome

    async def outcome(future):
        end(process)
        return await fetch(future)

    return outcome


def test_a_result_that_nobody_can_make_again_is_given_up(monkeypatch, doomed, asking):
    monkeypatch.setattr(session, "PATIENCE", 0.0)
    monkeypatch.setattr(session, "LOOKS_EVERY", 0.2)
    monkeypatch.setattr(session, "outcome", ending(doomed.workers[0]))
    with pytest.raises(RuntimeError, match=r"has no workers any more\. What .* start some, and"):
        asking.arrival()


@pytest.mark.parametrize("is_late", [False, True])
def test_a_result_is_given_up_with_its_scheduler(monkeypatch, doomed, asking, is_late):
    if is_late:
        monkeypatch.setattr(session, "outcome", ending(doomed.scheduler))
    else:
        end(doomed.scheduler)
        wait_until(asking.task.cancelled)
    with pytest.raises(RuntimeError, match=f"The scheduler at {doomed.address} is gone"):
        asking.arrival()


def test_a_result_is_given_up_if_another_scheduler_took_the_place_of_its_own(
    tmp_path, doomed, asking
):
    end(doomed.scheduler)
    (tmp_path / "anew").mkdir()
    with Machines(tmp_path / "anew", port=doomed.address.rpartition(":")[2]):
        wait_until(lambda: asking.task.cancelled() and asking._client.status == "running")
        with pytest.raises(RuntimeError, match=f"The scheduler at {doomed.address} is gone"):
            asking.arrival()


def test_a_scheduler_that_stands_still_is_given_up(monkeypatch, doomed, asking):
    assert asking.arrival()[1] == doomed.workers[0].pid
    monkeypatch.setattr(session, "SILENCE", 0.2)
    monkeypatch.setattr(session, "LOOKS_EVERY", 0.2)
    doomed.scheduler.send_signal(signal.SIGSTOP)
    with pytest.raises(RuntimeError, match=r"does not answer any more\. What was finished is kept"):
        asking.arrival()


HOME = """
import signal, sys
from pathlib import Path
from understanding_gradients.cluster.pool import ClusterPool
from understanding_gradients.cluster.address import Scheduler
from understanding_gradients.spec.job import Job
from understanding_gradients.cache.store import Store
from tests.conftest import TINY
from tests.faults.clusters import HELD
signal.signal(signal.SIGINT, signal.default_int_handler)
with ClusterPool(Store(Path(sys.argv[1])), Scheduler(sys.argv[2]), 1) as pool:
    pool.make([Job(HELD, TINY)])
"""


@pytest.fixture
def here(tmp_path, doomed):
    """A process that has a held clip drawn by a worker, and is ended after the test."""
    doomed.add_workers(1)
    command = [sys.executable, "-c", HOME, str(tmp_path / "store"), doomed.address]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_an_interrupt_here_ends_what_is_drawn_there(doomed, here):
    (drawing,) = wait_until(doomed.processes)
    here.send_signal(signal.SIGINT)
    _, said = here.communicate(timeout=60)
    assert said.rstrip().endswith("KeyboardInterrupt")
    wait_until(lambda: not is_alive(drawing))
    assert doomed.workers[0].poll() is None


def test_a_kill_here_ends_what_is_drawn_there(doomed, here):
    (drawing,) = wait_until(doomed.processes)
    here.kill()
    wait_until(lambda: not is_alive(drawing))
    assert doomed.workers[0].poll() is None


# What is refused


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The small lecture, in the working folder."""
    small_lecture.move_to(tmp_path, monkeypatch)
    monkeypatch.setattr("scenes.registry.CLIPS", (STANDING, FAILING))
    small_lecture.write_settings(tmp_path)


def refusal(*words):
    """Return the sentence with which a request is refused."""
    refused = small_lecture.run("clip", "standing", "-q", "draft", *words)
    assert refused.exit_code == 2, refused.output
    return refused.output.partition("Error: ")[2].strip()


def test_a_scheduler_without_workers_is_refused(small, doomed):
    assert refusal("--cluster", doomed.address) == (
        f"A cluster must have workers; the scheduler at {doomed.address} has none: start one on "
        "each machine, in the project's folder."
    )


def test_a_scheduler_that_does_not_answer_is_refused(small, monkeypatch):
    monkeypatch.setattr(session, "ANSWERS_WITHIN", 0.5)
    assert refusal("--cluster", "tcp://127.0.0.1:9").startswith(
        "--cluster must name a scheduler that answers; got 'tcp://127.0.0.1:9': "
    )


def test_a_worker_of_another_version_is_refused_by_name(tmp_path, small, doomed):
    doomed.add_workers(1, PYTHONPATH=str(installed("manim", tmp_path)))
    said = refusal("--cluster", doomed.address)
    assert said.startswith("All machines must have the same versions; the worker tcp://127.0.0.1:")
    assert " has manim 0.0.1 and this one 0.22" in said


def test_a_scheduler_of_another_version_is_refused(tmp_path, small):
    (tmp_path / "machines").mkdir()
    other = str(installed("msgpack", tmp_path))
    with Machines(tmp_path / "machines", PYTHONPATH=other) as machines:
        said = refusal("--cluster", machines.address)
    assert said.startswith(
        f"All machines must have the same versions; the scheduler at {machines.address} has "
        "msgpack 0.0.1 and this one 1."
    )


@pytest.fixture
def there(tmp_path):
    """A copy of the project, and of a scene in it that has another colour."""
    project = copy_of_the_project(tmp_path / "there")
    scenes = project / "tests" / "fixtures" / "plain_scenes.py"
    another = tmp_path / "plain_scenes.py"
    text = scenes.read_text(encoding="utf-8")
    another.write_text(text.replace(COLOUR, "#E69F00"), encoding="utf-8")
    os.utime(another, ns=(0, scenes.stat().st_mtime_ns))
    return project, scenes, another


def test_a_worker_of_another_source_is_refused_by_name(small, doomed, there):
    project, scenes, another = there
    shutil.copy2(another, scenes)
    doomed.add_workers(1, project)
    said = refusal("--cluster", doomed.address)
    assert said.startswith("All machines must have the same source; the worker tcp://127.0.0.1:")
    assert " has another tests/fixtures/plain_scenes.py than this one" in said


def test_a_worker_that_loaded_another_source_is_refused_after_its_files_are_the_same(
    small, doomed, there
):
    parcels = there[0] / "understanding_gradients" / "cluster" / "bundle.py"
    text = parcels.read_text(encoding="utf-8")
    parcels.write_text(f"{text}# another\n", encoding="utf-8")
    doomed.add_workers(1, there[0])
    with Client(doomed.address, set_as_default=False) as client:
        client.run(remote.loaded, ())
    parcels.write_text(text, encoding="utf-8")
    said = refusal("--cluster", doomed.address)
    assert " has another understanding_gradients/cluster/bundle.py than this one: " in said


def test_a_worker_draws_what_its_source_says_and_not_what_was_compiled(tmp_path, doomed, there):
    project, scenes, another = there
    compiled = importlib.util.cache_from_source(str(scenes))
    by_time = py_compile.PycInvalidationMode.TIMESTAMP
    py_compile.compile(str(another), compiled, doraise=True, invalidation_mode=by_time)
    doomed.add_workers(1, project)
    with pool_at(doomed, tmp_path / "store") as pool:
        stills = pool.make([Job(STANDING, TINY)], "stills").entries["standing"]
    with Image.open(min(stills.glob("*.png"))) as still:
        assert still.getpixel((0, 0)) == ImageColor.getrgb(COLOUR)


def test_a_worker_that_joined_with_other_versions_draws_nothing(pool, monkeypatch):
    monkeypatch.setattr(session.Session, "check", lambda *_: session.facts() | {"manim": "99"})
    (failure,) = pool.make([Job(STANDING, TINY)]).failures
    assert " and this one 99: install one of them on both." in failure.reason


@pytest.fixture
def without_project(tmp_path):
    """The environment of a process that cannot load this project."""
    # Found before the project that is installed for the tests.
    (tmp_path / "understanding_gradients.py").write_text(
        "raise ImportError('no such project')", encoding="utf-8"
    )
    return {"PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"}


def test_a_worker_that_does_not_have_the_project_is_refused_by_name(small, doomed, without_project):
    doomed.add_workers(1, **without_project)
    said = refusal("--cluster", doomed.address)
    assert said.startswith("All machines must have this project; the worker tcp://127.0.0.1:")
    assert "cannot load it: ImportError('no such project'): start it in the project's" in said


def test_a_scheduler_that_does_not_have_the_project_is_refused(tmp_path, small, without_project):
    (tmp_path / "machines").mkdir()
    with Machines(tmp_path / "machines", **without_project) as machines:
        said = refusal("--cluster", machines.address)
    assert said.startswith(
        f"All machines must have this project; the scheduler at {machines.address} cannot load it: "
    )


# Seen from outside

PAGES = ("info/main/workers.html", "info/main/logs.html", "json/counts.json", "metrics", "health")


def web_servers(processes, addresses):
    """Return where processes listen besides their addresses; all of it must be on loopback."""
    listening = {
        "{}:{}".format(*found.laddr)
        for process in processes
        for found in psutil.Process(process).net_connections("tcp")
        if found.status == psutil.CONN_LISTEN
    }
    assert {place.rpartition(":")[0] for place in listening} == {"127.0.0.1"}
    return listening - {address.partition("://")[2] for address in addresses}


def has_no_page(place):
    """Whether there is a web server that has none of the pages."""
    for page in PAGES:
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"http://{place}/{page}", timeout=60)
    return True


def test_what_is_started_by_the_manual_tells_nothing_on_other_addresses(machines):
    processes = [one.pid for one in (machines.scheduler, *machines.workers)]
    with Client(machines.address, set_as_default=False) as client:
        workers = client.nthreads()
    found = web_servers(processes, [machines.address, *workers])
    assert len(found) == 3
    assert all(map(has_no_page, found))


# Encrypted


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """The certificate of one who signs, a certificate that it signed, and the key of this."""
    folder = tmp_path_factory.mktemp("papers")
    signer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1"]
    for name, more in (("ca", []), ("one", signer)):
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        command += ["-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem", *more]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return [folder / name for name in ("ca.pem", "one.pem", "one.key")]


def test_a_cluster_that_speaks_tls_draws_for_who_has_the_certificate(tmp_path, small, papers):
    ca, cert, key = map(str, papers)
    (tmp_path / "machines").mkdir()
    tls = ["--tls-ca-file", ca, "--tls-cert", cert, "--tls-key", key]
    with Machines(tmp_path / "machines", tls) as machines:
        machines.add_workers(1)
        words = ["--cluster", machines.address, "--tls-ca", ca, "--tls-cert", cert]
        assert machines.address.startswith("tls://")
        made = small_lecture.run("clip", "standing", "-q", "draft", *words, "--tls-key", key)
        assert (made.exit_code, made.output) == (0, "media/clips/standing_draft.mp4\n")


# On this machine


def test_a_cluster_can_be_started_here_for_one_command(tmp_path):
    command = ["render.py", "clip", "title", "-q", "draft", "--cluster", "local", "--jobs", "1"]
    done = subprocess.run(
        [sys.executable, *command, "-o", str(tmp_path / "clips")],
        cwd=ROOT,
        env=os.environ | {"UNDERSTANDING_GRADIENTS_MEDIA": str(tmp_path / "media")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert Path(done.stdout.strip()) == tmp_path / "clips" / "title_draft.mp4"


def test_a_cluster_can_be_started_here_where_another_is():
    with socket.socket() as usual:
        # Or there really is another.
        with suppress(OSError):
            usual.bind(("127.0.0.1", 8787))
            usual.listen()
        with session.cluster_here(0):
            pass


def test_nobody_else_can_speak_to_a_cluster_started_here():
    with session.cluster_here(1) as cluster:
        (nanny,) = cluster.workers.values()
        ours = [cluster.scheduler_address, *cluster.scheduler.workers]
        found = web_servers([os.getpid(), nanny.pid], [*ours, nanny.address])
        assert len(found) == 2
        assert all(map(has_no_page, found))
        plain = [address.replace("tls://", "tcp://") for address in ours]
        assert not set(ours) & set(plain)
        stranger = Security.temporary()
        for address, papers in [*((a, None) for a in plain), *((a, stranger) for a in ours)]:
            with pytest.raises(OSError), Client(address, timeout=1, security=papers):
                pass


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_terminal_that_interrupts_all_it_runs_ends_a_cluster_here_in_order(
    lecture, number, status
):
    words = ("lecture", "-q", "draft", "--jobs", "1", "--cluster", "local")
    process = lecture.start(*words, held_at="encoding")
    lecture.held("encoding")
    started = [one.pid for one in psutil.Process(process.pid).children(recursive=True)]
    os.killpg(process.pid, number)
    said = process.communicate(timeout=60)[1]
    assert said == "Ended before the work was done; what was finished is kept.\n"
    assert process.returncode == status
    wait_until(lambda: not any(map(is_alive, started)))
    # All workers of a user share a folder, which stays.
    shared = {"dask-scratch-space", "global.lock", "purge.lock"}
    assert {path.name for path in lecture.scratch.rglob("*")} <= shared
