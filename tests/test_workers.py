import os
import shutil
import signal
import subprocess
import sys

import pytest
from av.error import InvalidDataError

from tests.conftest import TINY
from tests.fixtures.clips import FAILING, SLIDING, STANDING, UNSTEADY
from tests.processes import is_alive, wait_until
from understanding_gradients.cache.sources import ROOT, Sources
from understanding_gradients.cache.store import Store
from understanding_gradients.spec.job import CLIP_FILE, Job, Timeline
from understanding_gradients.spec.quality import Quality
from understanding_gradients.workers import process
from understanding_gradients.workers.pool import GONE, Pool
from understanding_gradients.workers.progress import NullProgress


class Watching(NullProgress):
    """Remembers all it was told."""

    watched = True

    def __init__(self):
        self.told = []

    def planned(self, slug, frames):
        self.told.append(("planned", slug, frames))

    def drawn(self, slug, frames):
        self.told.append(("drawn", slug, frames))

    def finished(self, slug, fresh):
        self.told.append(("finished", slug, fresh))


def test_a_clip_is_divided_as_its_scene_says(small_film):
    timeline = Timeline.load(small_film.entries["sliding"])
    assert (timeline.frame_rate, timeline.frames) == (15, 15)
    assert [(beat.name, beat.start, beat.end) for beat in timeline.beats] == [
        ("slide", 0, 9),
        ("stand", 9, 15),
    ]


def test_what_is_stored_is_not_made_again(small_film, small_jobs, small_store):
    watching = Watching()
    made = Pool(Store(small_store), 2).make(small_jobs, progress=watching)
    assert (made.entries, made.fresh) == (small_film.entries, ())
    assert watching.told == [("finished", "sliding", False), ("finished", "standing", False)]


@pytest.mark.parametrize("damage", ["truncated", "flipped"])
def test_a_damaged_clip_is_noticed_and_made_again_as_it_was(tmp_path, damage):
    said = []
    store = Store(tmp_path, said.append)
    job = Job(STANDING, TINY)
    video = Pool(store, 1).make([job]).entries["standing"] / CLIP_FILE
    good = video.read_bytes()
    bad = good[:-1] if damage == "truncated" else good[:-9] + bytes([good[-9] ^ 1]) + good[-8:]
    video.write_bytes(bad)
    made = Pool(store, 1).make([job])
    assert made.fresh == ("standing",)
    assert (made.entries["standing"] / CLIP_FILE).read_bytes() == good
    assert len(said) == 1
    assert "is damaged (clip.mp4 has" in said[0]


def test_a_failure_is_named_and_the_others_finish(tmp_path):
    jobs, said = [Job(clip, TINY) for clip in (FAILING, STANDING)], []
    made = Pool(Store(tmp_path, said.append), processes=2).make(jobs)
    assert set(made.entries) == {"standing"}
    assert said == []  # it would fail again
    (failure,) = made.failures
    assert (failure.slug, failure.reason) == (
        "failing",
        "ArithmeticError: this scene was asked to fail",
    )
    assert "Traceback" in failure.log


def test_a_clip_whose_length_depends_on_drawing_is_refused(tmp_path):
    (failure,) = Pool(Store(tmp_path), 1).make([Job(UNSTEADY, TINY)], progress=Watching()).failures
    assert "unsteady drew 9 frames where 6 were counted" in failure.reason


def test_progress_knows_the_true_total_before_the_first_frame(tmp_path):
    watching = Watching()
    Pool(Store(tmp_path), 1).make([Job(SLIDING, TINY)], progress=watching)
    assert watching.told == [
        ("planned", "sliding", 15),
        ("drawn", "sliding", 9),
        ("drawn", "sliding", 15),
        ("finished", "sliding", True),
    ]


def test_a_clip_is_counted_only_where_someone_looks_and_no_length_is_known(tmp_path):
    piped = Watching()
    piped.watched = False
    Pool(Store(tmp_path), 1).make([Job(SLIDING, TINY)], progress=piped)
    assert not [told for told in piped.told if told[0] == "planned"]
    watching = Watching()
    other_theme = Job(SLIDING, TINY, theme="light")
    Pool(Store(tmp_path), 1).make([other_theme], progress=watching)
    (tmp_path / "lengths" / "sliding").write_text("200.0", encoding="ascii")
    slow = Job(SLIDING, Quality("slow", 256, 144, 5))
    Pool(Store(tmp_path), 1).make([slow], progress=watching)
    assert [told for told in watching.told if told[0] == "planned"] == [
        ("planned", "sliding", 15),
        ("planned", "sliding", 1000),
    ]


def test_a_pool_can_be_used_again(tmp_path):
    pool = Pool(Store(tmp_path), 1)
    pool.make([Job(FAILING, TINY)])
    assert set(pool.make([Job(STANDING, TINY)]).entries) == {"standing"}


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


def test_workers_that_were_started_beforehand_do_the_work(tmp_path, started):
    with Pool(Store(tmp_path), 1) as pool:
        pool.start()
        pool.start()
        (early,) = started
        assert early.poll() is None
        assert set(pool.make([Job(STANDING, TINY)]).entries) == {"standing"}
    assert started == [early]
    assert early.poll() == -signal.SIGKILL


def test_a_worker_that_cannot_even_load_says_why(tmp_path, monkeypatch):
    package = tmp_path / "understanding_gradients" / "workers"
    package.mkdir(parents=True)
    (package / "worker.py").write_text("import nothing_at_all", encoding="utf-8")
    monkeypatch.setattr(process, "ROOT", tmp_path)
    with Pool(Store(tmp_path / "store"), 1) as pool:
        pool.start()
        (failure,) = pool.make([Job(STANDING, TINY)]).failures
    assert failure.reason == "ModuleNotFoundError: No module named 'nothing_at_all'"


def test_a_worker_of_another_source_than_the_keys_draws_nothing(tmp_path, monkeypatch):
    digest = Sources.digest
    monkeypatch.setattr(Sources, "digest", lambda *words: f"other {digest(*words)}")
    (failure,) = Pool(Store(tmp_path), 1).make([Job(STANDING, TINY)]).failures
    assert failure.reason.startswith("the source changed while a worker loaded it")


class Gone(NullProgress):
    """Somebody who cannot be told of the first clip."""

    def __init__(self, error):
        self.error = error

    def drawn(self, slug, frames):
        if slug == "sliding":
            raise self.error


def test_who_cannot_be_told_ends_a_task_and_the_next_one_begins_afresh(tmp_path, started):
    jobs = [Job(clip, TINY) for clip in (SLIDING, STANDING)]
    made = Pool(Store(tmp_path), 1).make(jobs, progress=Gone(BrokenPipeError))
    assert (set(made.entries), [one.slug for one in made.failures]) == ({"standing"}, ["sliding"])
    assert [one.poll() for one in started] == [-signal.SIGKILL] * 2


def test_an_error_of_our_own_ends_everything(tmp_path, started):
    with pytest.raises(ZeroDivisionError):
        Pool(Store(tmp_path), 1).make([Job(SLIDING, TINY)], progress=Gone(ZeroDivisionError))
    assert [one.poll() for one in started] == [-signal.SIGKILL]


def test_takes_that_cannot_be_joined_are_a_failure_of_their_clip(tmp_path, monkeypatch):
    def refuse(*_):
        raise InvalidDataError(1, "these are no packets")

    monkeypatch.setattr("understanding_gradients.encode.packets.write_clip", refuse)
    (failure,) = Pool(Store(tmp_path), 1).make([Job(STANDING, TINY)]).failures
    assert "its takes could not be joined" in failure.reason
    assert "these are no packets" in failure.reason


def test_workers_that_loaded_another_source_are_dismissed(tmp_path, started, monkeypatch):
    with Pool(Store(tmp_path), 1) as pool:
        with monkeypatch.context() as before:
            before.setattr(Sources, "digest", lambda *_: "another source")
            pool.start()
        assert set(pool.make([Job(STANDING, TINY)]).entries) == {"standing"}
    early, late = started
    assert [early.poll(), late.poll()] == [-signal.SIGKILL] * 2


def test_workers_that_had_nothing_to_do_are_ended(tmp_path, started):
    with pytest.raises(ZeroDivisionError), Pool(Store(tmp_path), 2) as pool:
        pool.start()
        1 / 0  # noqa: B018  # what was asked for was wrong
    assert [one.poll() for one in started] == [-signal.SIGKILL] * 2


# What a shell starts in the background ignores interrupts, and so would what tests start there.
INTERRUPTED = """
import signal, sys
from pathlib import Path
from understanding_gradients.spec.job import Job
from understanding_gradients.cache.store import Store
from understanding_gradients.workers.pool import Pool
from tests.conftest import TINY
from tests.fixtures.clips import ENDLESS
signal.signal(signal.SIGINT, signal.default_int_handler)
Pool(Store(Path(sys.argv[1])), 1).make([Job(ENDLESS, TINY)])
"""


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
            _, said = parent.communicate(timeout=30)
        finally:
            parent.kill()
    assert "KeyboardInterrupt" in said
    wait_until(lambda: not is_alive(int(pid_file.read_text(encoding="utf-8"))))
    store = Store(tmp_path / "store")
    entries = [path.parent.name for path in store.folder.rglob("manifest.json")]
    assert [store.find(entry) is not None for entry in entries] == [True]
    assert not list(store.folder.glob(".*"))
    assert not list(store.folder.rglob(CLIP_FILE))


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


@pytest.mark.parametrize(
    "module",
    [
        *(
            "cache.keys",
            "cache.sources",
            "cache.store",
            "commands.workspace",
            "export.contact_sheet",
        ),
        *("export.files", "export.film", "export.subtitles", "export.targets"),
        *("spec.job", "spec.quality", "workers.pool"),
    ],
)
def test_importing_the_pipeline_loads_neither_torch_nor_manim(module):
    loaded = "print({'torch', 'manim'} & set(sys.modules))"
    script = f"import sys, understanding_gradients.{module}; {loaded}"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("makes", ["stills", "count"])
def test_what_is_no_clip_is_not_kept_either_if_its_source_changes(tmp_path, monkeypatch, makes):
    monkeypatch.setattr("understanding_gradients.workers.concat.clip_key", lambda *_: "another")
    (failure,) = Pool(Store(tmp_path), 1).make([Job(STANDING, TINY)], makes).failures
    assert "source changed while it was drawn" in failure.reason
    assert not list(tmp_path.rglob("manifest.json"))


def test_a_clip_that_is_gone_from_the_store_by_the_end_is_named(tmp_path):
    class Deleting(NullProgress):
        def finished(self, slug, fresh):
            shutil.rmtree(tmp_path / "store")

    pool = Pool(Store(tmp_path / "store"), 1)
    (failure,) = pool.make([Job(STANDING, TINY)], progress=Deleting()).failures
    assert (failure.slug, failure.reason) == ("standing", GONE)


def test_a_length_that_cannot_be_kept_fails_no_clip(tmp_path):
    (tmp_path / "lengths").write_text("in the way", encoding="utf-8")
    made = Pool(Store(tmp_path), 1).make([Job(STANDING, TINY)])
    assert (set(made.entries), made.failures) == ({"standing"}, ())


def test_a_clip_whose_source_changes_while_it_is_drawn_is_not_kept(tmp_path, monkeypatch):
    helper = tmp_path / "helper.py"
    helper.write_text("before", encoding="utf-8")
    monkeypatch.setattr(
        "understanding_gradients.workers.concat.clip_key",
        lambda *_: helper.read_text(encoding="utf-8"),
    )

    class Editing(NullProgress):
        def drawn(self, slug, frames):
            helper.write_text("after", encoding="utf-8")

    store = Store(tmp_path / "store")
    (failure,) = Pool(store, 1).make([Job(STANDING, TINY)], progress=Editing()).failures
    assert (failure.slug, store.find("before"), store.find("after")) == ("standing", None, None)
    assert "source changed while it was drawn" in failure.reason
