"""A segment is drawn once, whatever worker draws it."""

import io
import json
from dataclasses import replace
from threading import get_ident

import av
import numpy as np
import pytest

from scenes.registry import CLIPS, clip
from tests.conftest import SMALL, TINY
from tests.fixtures.clips import BESIDE, ENDING, SLIDING
from tests.lectures import SHORT
from tests.marks import slow_except
from understanding_gradients.cache.store import Store, write_manifest
from understanding_gradients.encode.packets import PACKETS_FILE, SIZES_FILE, load_packets
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.render.config import render_config
from understanding_gradients.render.forking import CAN_FORK
from understanding_gradients.render.renderer import ClipRenderer
from understanding_gradients.render.task import play_scene
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.timeline import CLIP_FILE
from understanding_gradients.workers.events import Decision
from understanding_gradients.workers.pool import Pool
from understanding_gradients.workers.schedule import ClipTask, WorkerClaim

pytestmark = [pytest.mark.render, pytest.mark.usefixtures("warm_workers")]


def segments_in(store):
    """The folders of all segments in a store."""
    return {path.parent for path in store.folder.rglob(PACKETS_FILE)}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def ending(title):
    """The job of a clip that ends in the color with which its title begins."""
    return Job(replace(ENDING, title=title), TINY)


def render(store, title="#FF0000", workers=1):
    """The bytes of the ending clip; under another title it has another key."""
    job = ending(title)
    return (Pool(store, workers).render([job]).entries["ending"] / CLIP_FILE).read_bytes()


def test_a_change_late_in_a_clip_redraws_only_the_changed_segment(store):
    red = render(store)
    before = segments_in(store)
    blue = render(store, "#0000FF")
    assert (len(before), len(segments_in(store) - before)) == (2, 1)
    assert red != blue


def test_a_segment_that_is_stored_is_not_drawn_again(store):
    render(store)
    slide, end = sorted(segments_in(store), key=lambda folder: len(load_packets(folder)))
    assert [len(load_packets(folder)) for folder in (slide, end)] == [6, 7]
    # A stored segment with other content must show up in the clip.
    packets = load_packets(end)[:6]
    (slide / PACKETS_FILE).write_bytes(b"".join(packet.data for packet in packets))
    sizes = [[len(packet.data), packet.is_key] for packet in packets]
    (slide / SIZES_FILE).write_text(json.dumps(sizes), encoding="utf-8")
    (slide / "manifest.json").unlink()
    write_manifest(slide, slide.name)
    with av.open(io.BytesIO(render(store, "#FF0000 again"))) as clip:
        frames = [frame.to_ndarray() for frame in clip.decode(video=0)]
    assert len(frames) == 18
    assert all(np.array_equal(frames[n], frames[n + 6]) for n in range(6))


def test_a_longer_hold_draws_and_encodes_nothing_again(store):
    render(store)
    before = segments_in(store)
    with av.open(io.BytesIO(render(store, "#FF0000 held"))) as clip:
        frames = [frame.to_ndarray() for frame in clip.decode(video=0)]
    assert segments_in(store) == before
    assert len(frames) == 18 + 30
    assert all(np.array_equal(frame, frames[12]) for frame in frames[12:])


def test_a_damaged_segment_is_drawn_again_with_the_same_bytes(store):
    first = render(store)
    for folder in segments_in(store):
        content = (folder / PACKETS_FILE).read_bytes()
        (folder / PACKETS_FILE).write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    assert render(store, "#FF0000 again") == first


def beside(store, processes, wish="draw"):
    """What came of the clip whose segments children may draw, which do what is wished."""
    return Pool(store, processes).render([Job(replace(BESIDE, title=wish), TINY)])


@pytest.fixture
def lent(monkeypatch):
    """How many children were allowed to draw, at each segment."""
    found, max_children = [], WorkerClaim.max_children

    def noted(claim, number):
        found.append(max_children(claim, number))
        return found[-1]

    monkeypatch.setattr(WorkerClaim, "max_children", noted)
    return found


@pytest.mark.skipif(not CAN_FORK, reason="processes are not forked here")
def test_segments_that_children_draw_make_the_same_file_as_those_of_one_process(tmp_path, lent):
    files = []
    for processes in (1, 2):
        store = Store(tmp_path / str(processes))
        files.append((beside(store, processes).entries["beside"] / CLIP_FILE).read_bytes())
        assert not list(store.folder.glob(".*"))
    assert files[0] == files[1]
    assert lent[:3] == [0, 0, 0]
    assert set(lent[3:]) == {1}


@pytest.mark.skipif(not CAN_FORK, reason="processes are not forked here")
@pytest.mark.parametrize(
    ("wish", "reason", "tries"),
    [
        pytest.param(
            *("raise", "ArithmeticError: this child was asked to fail", 0), marks=pytest.mark.slow
        ),
        ("die", "its worker was ended by SIGKILL, as systems do where memory runs out", 1),
    ],
)
def test_a_child_that_fails_is_a_worker_that_fails(tmp_path, wish, reason, tries):
    warnings = []
    store = Store(tmp_path / "store", warnings.append)
    (failure,) = beside(store, 2, wish).failures
    assert failure.reason == reason
    assert len(warnings) == tries
    assert not list(store.folder.glob(".*"))


def test_the_segments_of_workers_that_join_make_the_same_file_as_those_of_one(
    tmp_path, monkeypatch
):
    alone = render(Store(tmp_path / "one"))
    drawn_by = {}
    try_claim = ClipTask.try_claim

    def take_turns(task, number):
        # The first worker draws the even segments, the second the odd ones.
        turns.setdefault(get_ident(), len(turns))
        if turns[get_ident()] != number % 2:
            return Decision.SKIP
        decision = try_claim(task, number)
        if decision == Decision.DRAW:
            drawn_by[number] = get_ident()
        return decision

    turns = {}
    monkeypatch.setattr("understanding_gradients.workers.pool.CAN_FORK", False)
    monkeypatch.setattr(ClipTask, "try_claim", take_turns)
    assert render(Store(tmp_path / "two"), workers=2) == alone
    assert sorted(drawn_by) == [0, 1]
    assert len(set(drawn_by.values())) == 2


def test_a_killed_worker_is_named_and_its_finished_segments_are_kept(store):
    jobs = [ending("none"), Job(SLIDING, TINY)]
    found = Pool(store, 1).render(jobs)
    (failure,) = found.failures
    assert (failure.slug, failure.reason) == (
        "ending",
        "its worker was ended by SIGKILL, as systems do where memory runs out",
    )
    assert set(found.entries) == {"sliding"}
    before = segments_in(store)
    render(store)
    assert len(segments_in(store) - before) == 1


def keys_of(one, inputs, should_draw):
    """The keys of the segments of a clip that should be drawn, by number."""
    keys = {}

    def note_key(number, segment):
        keys[number] = segment.key(SMALL, renderer.camera.background_digest)

    with render_config(SMALL, "dark"):
        renderer = ClipRenderer(should_draw, note_key)
        play_scene(Job(one, SMALL), inputs, renderer)
    return keys


SLUGS = slow_except([clip.slug for clip in CLIPS], "gradient-of-a-network")


@pytest.mark.parametrize("slug", SLUGS)
def test_every_segment_of_every_clip_is_the_same_after_others_were_not_drawn(slug):
    one = clip(slug)
    inputs = record_lecture(SHORT, one.inputs)
    alone = keys_of(one, inputs, lambda number: True)
    even = keys_of(one, inputs, lambda number: number % 2 == 0)
    odd = keys_of(one, inputs, lambda number: number % 2 == 1)
    assert not set(even) & set(odd)
    assert even | odd == alone
