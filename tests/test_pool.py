import os
import shutil
import signal
import subprocess
import sys

import msgspec
import pytest
from av.error import InvalidDataError

from tests.conftest import TINY
from tests.fixtures.clips import FAILING, SLIDING, STANDING, UNSTEADY
from tests.marks import slow_except
from tests.processes import is_alive, wait_until
from understanding_gradients.cache.sources import ROOT, Sources
from understanding_gradients.cache.store import Store
from understanding_gradients.spec.errors import OperationFailed
from understanding_gradients.spec.job import Job, Output
from understanding_gradients.spec.quality import Quality
from understanding_gradients.spec.timeline import CLIP_FILE, Timeline
from understanding_gradients.workers import environment, process
from understanding_gradients.workers.pool import GONE, Pool
from understanding_gradients.workers.progress import ProgressReporter

pytestmark = pytest.mark.render
# For tests in which a worker may have run other tasks before.
WARM = pytest.mark.usefixtures("kept_workers")


class RecordedProgress(ProgressReporter):
    """Keeps all calls."""

    def __init__(self, is_shown=True):
        self.is_shown = is_shown
        self.calls = []

    def planned(self, slug, frames):
        self.calls.append(("planned", slug, frames))

    def drawn(self, slug, frames):
        self.calls.append(("drawn", slug, frames))

    def finished(self, slug, rendered):
        self.calls.append(("finished", slug, rendered))


def test_the_timeline_of_a_clip_is_that_of_its_scene(small_film):
    timeline = Timeline.load(small_film.entries["sliding"])
    assert (timeline.frame_rate, timeline.frames) == (15, 15)
    assert [(beat.name, beat.start, beat.end) for beat in timeline.beats] == [
        ("slide", 0, 9),
        ("stand", 9, 15),
    ]


def test_a_stored_clip_is_not_rendered_again(small_film, small_jobs, small_store):
    progress = RecordedProgress()
    result = Pool(Store(small_store), 2).render(small_jobs, progress=progress)
    assert (result.entries, result.rendered) == (small_film.entries, ())
    assert progress.calls == [("finished", "sliding", False), ("finished", "standing", False)]


@WARM
def test_a_damaged_clip_is_reported_and_rendered_again_with_the_same_bytes(tmp_path):
    warnings = []
    store = Store(tmp_path, warnings.append)
    job = Job(STANDING, TINY)
    video = Pool(store, 1).render([job]).entries["standing"] / CLIP_FILE
    good = video.read_bytes()
    video.write_bytes(good[:-9] + bytes([good[-9] ^ 1]) + good[-8:])
    result = Pool(store, 1).render([job])
    assert result.rendered == ("standing",)
    assert (result.entries["standing"] / CLIP_FILE).read_bytes() == good
    assert len(warnings) == 1
    assert "is damaged (clip.mp4 has" in warnings[0]


@WARM
def test_a_failure_is_named_and_the_others_finish(tmp_path):
    jobs, warnings = [Job(clip, TINY) for clip in (FAILING, STANDING)], []
    result = Pool(Store(tmp_path, warnings.append), processes=2).render(jobs)
    assert set(result.entries) == {"standing"}
    assert warnings == []  # it is not tried again
    (failure,) = result.failures
    assert (failure.slug, failure.reason) == (
        "failing",
        "ArithmeticError: this scene was asked to fail",
    )
    assert "Traceback" in failure.log


@WARM
def test_a_clip_whose_length_depends_on_drawing_is_refused(tmp_path):
    pool = Pool(Store(tmp_path), 1)
    (failure,) = pool.render([Job(UNSTEADY, TINY)], progress=RecordedProgress()).failures
    assert "unsteady drew 9 frames where 6 were counted" in failure.reason


@WARM
def test_progress_knows_the_true_total_before_the_first_frame(tmp_path):
    progress = RecordedProgress()
    Pool(Store(tmp_path), 1).render([Job(SLIDING, TINY)], progress=progress)
    assert progress.calls == [
        ("planned", "sliding", 15),
        ("drawn", "sliding", 9),
        ("drawn", "sliding", 15),
        ("finished", "sliding", True),
    ]


@WARM
def test_frames_are_counted_only_if_progress_is_shown_and_no_duration_is_remembered(tmp_path):
    hidden, shown = RecordedProgress(is_shown=False), RecordedProgress()
    Pool(Store(tmp_path), 1).render([Job(SLIDING, TINY)], progress=hidden)
    assert not [call for call in hidden.calls if call[0] == "planned"]
    (tmp_path / "durations" / "sliding").write_text("200.0", encoding="ascii")
    slow = Job(SLIDING, Quality("slow", 256, 144, 5))
    Pool(Store(tmp_path), 1).render([slow], progress=shown)
    assert [call for call in shown.calls if call[0] == "planned"] == [("planned", "sliding", 1000)]


@WARM
def test_a_pool_can_be_used_again(tmp_path):
    pool = Pool(Store(tmp_path), 1)
    pool.render([Job(FAILING, TINY)])
    assert set(pool.render([Job(STANDING, TINY)]).entries) == {"standing"}


@pytest.fixture
def started(monkeypatch):
    """The processes that are started from here on."""
    found = []

    class Seen(subprocess.Popen):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            found.append(self)

    monkeypatch.setattr(process.subprocess, "Popen", Seen)
    return found


def test_workers_that_were_started_beforehand_are_used(tmp_path, started):
    with Pool(Store(tmp_path), 1) as pool:
        pool.start()
        pool.start()
        (early,) = started
        assert early.poll() is None
        assert set(pool.render([Job(STANDING, TINY)]).entries) == {"standing"}
    assert started == [early]
    assert early.poll() == -signal.SIGKILL


def test_a_worker_that_cannot_even_load_says_why(tmp_path, monkeypatch):
    package = tmp_path / "understanding_gradients" / "workers"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").touch()
    (package / "__main__.py").write_text("import nothing_at_all", encoding="utf-8")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    with Pool(Store(tmp_path / "store"), 1) as pool:
        pool.start()
        (failure,) = pool.render([Job(STANDING, TINY)]).failures
    assert failure.reason == "ModuleNotFoundError: No module named 'nothing_at_all'"


def test_a_worker_of_another_source_than_the_keys_draws_nothing(tmp_path, monkeypatch):
    digest = Sources.digest
    monkeypatch.setattr(Sources, "digest", lambda *words: f"other {digest(*words)}")
    (failure,) = Pool(Store(tmp_path), 1).render([Job(STANDING, TINY)]).failures
    assert failure.reason.startswith("the source changed while a worker loaded it")


class FailingProgress(ProgressReporter):
    """Raises an error for frames of the sliding clip."""

    def __init__(self, error):
        self.error = error

    def drawn(self, slug, frames):
        if slug == "sliding":
            raise self.error


# A file of beats that cannot be read, and a line of a worker that is none.
ERRORS = (BrokenPipeError, OperationFailed, msgspec.DecodeError)


@pytest.mark.parametrize("error", slow_except(ERRORS, OperationFailed))
def test_an_error_about_a_clip_fails_that_clip_only(tmp_path, started, error):
    jobs = [Job(clip, TINY) for clip in (SLIDING, STANDING)]
    result = Pool(Store(tmp_path), 1).render(jobs, progress=FailingProgress(error))
    assert (set(result.entries), [one.slug for one in result.failures]) == (
        {"standing"},
        ["sliding"],
    )
    assert [one.poll() for one in started] == [-signal.SIGKILL] * 2


def test_another_error_in_the_progress_ends_everything(tmp_path, started):
    with pytest.raises(ZeroDivisionError):
        Pool(Store(tmp_path), 1).render(
            [Job(SLIDING, TINY)], progress=FailingProgress(ZeroDivisionError)
        )
    assert [one.poll() for one in started] == [-signal.SIGKILL]


@WARM
def test_a_clip_whose_segments_cannot_be_concatenated_fails(tmp_path, monkeypatch):
    def refuse(*_):
        raise InvalidDataError(1, "these are no packets")

    monkeypatch.setattr("understanding_gradients.encode.packets.mux_segments", refuse)
    (failure,) = Pool(Store(tmp_path), 1).render([Job(STANDING, TINY)]).failures
    assert "its segments could not be concatenated" in failure.reason
    assert "these are no packets" in failure.reason


def test_workers_that_loaded_another_source_are_replaced(tmp_path, started, monkeypatch):
    with Pool(Store(tmp_path), 1) as pool:
        with monkeypatch.context() as before:
            before.setattr(Sources, "digest", lambda *_: "another source")
            pool.start()
        assert set(pool.render([Job(STANDING, TINY)]).entries) == {"standing"}
    early, late = started
    assert [early.poll(), late.poll()] == [-signal.SIGKILL] * 2


def test_unused_workers_are_ended(tmp_path, started):
    with pytest.raises(ZeroDivisionError), Pool(Store(tmp_path), 2) as pool:
        pool.start()
        1 / 0  # noqa: B018
    assert [one.poll() for one in started] == [-signal.SIGKILL] * 2


# A process that a shell starts in the background ignores interrupts unless it sets a handler.
INTERRUPTED = """
import signal, sys
from pathlib import Path
from understanding_gradients.spec.job import Job
from understanding_gradients.cache.store import Store
from understanding_gradients.workers.pool import Pool
from tests.conftest import TINY
from tests.fixtures.clips import ENDLESS
signal.signal(signal.SIGINT, signal.default_int_handler)
Pool(Store(Path(sys.argv[1])), 1).render([Job(ENDLESS, TINY)])
"""


@pytest.mark.slow
def test_an_interrupt_ends_the_workers_and_leaves_no_half_entry(tmp_path):
    pid_file = tmp_path / "pid"
    interrupted = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path / "store")],
        cwd=ROOT,
        env=os.environ | {"ENDLESS_PID_FILE": str(pid_file)},
        stderr=subprocess.PIPE,
        text=True,
    )
    with interrupted as parent:
        try:
            wait_until(lambda: pid_file.exists() and pid_file.read_text(encoding="utf-8"))
            parent.send_signal(signal.SIGINT)
            _, stderr = parent.communicate(timeout=30)
        finally:
            parent.kill()
    assert "KeyboardInterrupt" in stderr
    wait_until(lambda: not is_alive(int(pid_file.read_text(encoding="utf-8"))))
    store = Store(tmp_path / "store")
    entries = [path.parent.name for path in store.folder.rglob("manifest.json")]
    assert [store.find(entry) is not None for entry in entries] == [True]
    assert not list(store.folder.glob(".*"))
    assert not list(store.folder.rglob(CLIP_FILE))


@pytest.mark.slow
def test_a_worker_loads_no_torch(tmp_path):
    script = (
        "import sys\n"
        "from understanding_gradients import encode, render, workers\n"
        "import understanding_gradients.workers.worker, tests.fixtures.small_scenes\n"
        "print('torch' in sys.modules, 'manim' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["False", "True"]


def test_importing_commands_and_exports_loads_neither_torch_nor_manim():
    modules = (
        *("cache.keys", "cache.sources", "cache.store", "commands.workspace"),
        *("export.contact_sheet", "export.exporter", "export.film", "export.subtitles"),
        *("export.targets", "spec.job", "spec.quality", "spec.timeline", "workers.pool"),
    )
    names = ", ".join(f"understanding_gradients.{module}" for module in modules)
    script = f"import sys, {names}; print({{'torch', 'manim'}} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "set()"


@WARM
def test_stills_whose_source_changes_meanwhile_are_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("understanding_gradients.workers.concat.clip_key", lambda *_: "another")
    pool = Pool(Store(tmp_path), 1)
    (failure,) = pool.render([Job(STANDING, TINY)], Output.STILLS).failures
    assert "source changed while it was drawn" in failure.reason
    assert not list(tmp_path.rglob("manifest.json"))


@WARM
def test_a_clip_that_is_deleted_from_the_store_meanwhile_fails_by_name(tmp_path):
    class Deleting(ProgressReporter):
        def finished(self, slug, rendered):
            shutil.rmtree(tmp_path / "store")

    pool = Pool(Store(tmp_path / "store"), 1)
    (failure,) = pool.render([Job(STANDING, TINY)], progress=Deleting()).failures
    assert (failure.slug, failure.reason) == ("standing", GONE)


@WARM
def test_a_duration_that_cannot_be_saved_fails_no_clip(tmp_path):
    (tmp_path / "durations").write_text("in the way", encoding="utf-8")
    result = Pool(Store(tmp_path), 1).render([Job(STANDING, TINY)])
    assert (set(result.entries), result.failures) == ({"standing"}, ())


@WARM
def test_a_clip_whose_source_changes_while_it_is_drawn_is_not_kept(tmp_path, monkeypatch):
    helper = tmp_path / "helper.py"
    helper.write_text("before", encoding="utf-8")
    monkeypatch.setattr(
        "understanding_gradients.workers.concat.clip_key",
        lambda *_: helper.read_text(encoding="utf-8"),
    )

    class Editing(ProgressReporter):
        def drawn(self, slug, frames):
            helper.write_text("after", encoding="utf-8")

    store = Store(tmp_path / "store")
    (failure,) = Pool(store, 1).render([Job(STANDING, TINY)], progress=Editing()).failures
    assert (failure.slug, store.find("before"), store.find("after")) == ("standing", None, None)
    assert "source changed while it was drawn" in failure.reason
