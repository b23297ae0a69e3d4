"""Segments that a process and its children draw: each once, whoever is free first."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from understanding_gradients.render import forking
from understanding_gradients.render.forking import CAN_FORK, ChildFailed, Work, WorkQueue

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="processes are not forked here")
FRAMES = 5


class Film:
    """Works that write down which process did them, and what the queue says of them."""

    def __init__(self, folder, most):
        self.folder, self.done, self.told, self.asked = folder, [], 0, []
        folder.mkdir(exist_ok=True)
        self.most = most
        self.queue = WorkQueue(self.may, lambda: None, self.tell)

    def may(self, running):
        self.asked.append(running)
        return self.most

    def tell(self, frames):
        self.told += frames

    def add(self, number, act=lambda: None):
        def draw(on_drawn):
            act()
            with (self.folder / str(number)).open("a", encoding="utf-8") as file:
                file.write(f"{os.getpid()}\n")
            on_drawn(2)

        self.queue.add(Work(FRAMES, draw, lambda left: self.done.append((number, left))))

    def makers(self):
        """Return the processes that did each work."""
        files = sorted(self.folder.iterdir(), key=lambda file: int(file.name))
        return [[int(line) for line in file.read_text(encoding="utf-8").split()] for file in files]


def begin(film, begun, act):
    """Let a child begin with something, and return its process number."""

    def note_and_act():
        begun.write_text(str(os.getpid()), encoding="ascii")
        act()

    film.add(0, note_and_act)
    while not (begun.exists() and begun.read_text(encoding="ascii")):
        time.sleep(0.01)
    child = int(begun.read_text(encoding="ascii"))
    assert child != os.getpid()
    return child


def test_without_a_core_to_spare_all_is_drawn_here_at_once_and_in_order(tmp_path):
    film = Film(tmp_path, 0)
    for number in range(4):
        film.add(number)
        assert film.done[-1] == (number, FRAMES - 2)
    film.queue.finish()
    assert film.makers() == [[os.getpid()]] * 4
    assert film.told == 8


@pytest.mark.parametrize("most", [1, 3])
def test_every_work_is_done_once_by_this_process_or_a_child(tmp_path, most):
    film = Film(tmp_path, most)
    for number in range(300):
        film.add(number)
    film.queue.finish()
    makers = film.makers()
    assert [len(each) for each in makers] == [1] * 300
    assert {number for number, _ in film.done} == set(range(300))
    here = sum(each == [os.getpid()] for each in makers)
    assert film.told == 2 * here
    assert sorted(left for _, left in film.done) == [3] * here + [5] * (300 - here)
    assert max(film.asked) <= most


def test_what_comes_while_a_child_is_at_work_waits_and_is_drawn_at_the_end(tmp_path):
    film = Film(tmp_path / "done", 1)
    child = begin(film, tmp_path / "begun", lambda: wait_for(tmp_path / "go on"))
    for number in range(1, 9):
        film.add(number)
    assert film.done == []
    (tmp_path / "go on").touch()
    film.queue.finish()
    assert film.makers()[0] == [child]
    assert [len(each) for each in film.makers()] == [1] * 9


def test_nothing_is_lost_where_fewer_children_may_draw_than_do(tmp_path):
    film = Film(tmp_path / "done", 1)
    begin(film, tmp_path / "begun", lambda: wait_for(tmp_path / "go on"))
    film.most = 0
    film.add(1)
    film.add(2)
    (tmp_path / "go on").touch()
    film.queue.finish()
    assert sorted(number for number, _ in film.done) == [0, 1, 2]


def test_no_more_frames_wait_than_memory_allows(tmp_path, monkeypatch):
    monkeypatch.setattr(forking, "MOST_WAITING", 2 * FRAMES)
    film = Film(tmp_path / "done", 1)
    begin(film, tmp_path / "begun", lambda: wait_for(tmp_path / "go on"))
    for number in range(1, 6):
        film.add(number)
    assert [number for number, _ in film.done] == [1, 2, 3]
    (tmp_path / "go on").touch()
    film.queue.finish()
    assert len(film.done) == 6


def wait_for(path):
    """Wait until there is a file."""
    while not path.exists():
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("act", "status"),
    [(lambda: 1 / 0, 1), (lambda: os.kill(os.getpid(), signal.SIGKILL), -signal.SIGKILL)],
    ids=["raises", "dies"],
)
def test_a_child_that_fails_is_told_of(tmp_path, act, status, capfd):
    film = Film(tmp_path / "done", 1)
    begin(film, tmp_path / "begun", act)
    with pytest.raises(ChildFailed) as raised:
        film.queue.finish()
    assert raised.value.status == status
    assert ("ZeroDivisionError" in capfd.readouterr().err) == (status == 1)


def test_children_are_killed_where_nobody_waits_for_them(tmp_path):
    film = Film(tmp_path / "done", 1)
    child = begin(film, tmp_path / "begun", lambda: time.sleep(600))
    film.queue.kill()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    assert film.done == []


def test_no_pipe_stays_open(tmp_path):
    before = len(list(Path("/proc/self/fd").iterdir()))
    film = Film(tmp_path, 2)
    for number in range(20):
        film.add(number)
    film.queue.finish()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_where_no_process_can_be_started_all_is_drawn_here(tmp_path, monkeypatch):
    def refuse():
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    before = len(list(Path("/proc/self/fd").iterdir()))
    film = Film(tmp_path, 2)
    for number in range(4):
        film.add(number)
    film.queue.finish()
    assert film.makers() == [[os.getpid()]] * 4
    assert len(film.done) == 4
    assert len(list(Path("/proc/self/fd").iterdir())) == before
