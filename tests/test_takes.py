"""What is drawn once is not drawn again, and it does not matter by whom."""

import io
import json
from dataclasses import replace
from threading import get_ident

import av
import numpy as np
import pytest

from scenes.registry import CLIPS
from tests.conftest import SMALL, TINY
from tests.fixtures.clips import ENDING, SLIDING
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.store import Store, write_manifest
from understanding_gradients.encode.packets import PACKETS_FILE, SIZES_FILE, load_packets
from understanding_gradients.render.renderer import ClipRenderer, render_config
from understanding_gradients.spec.job import CLIP_FILE, Job
from understanding_gradients.workers.pool import Pool
from understanding_gradients.workers.schedule import ClipTask
from understanding_gradients.workers.worker import play


def takes_in(store):
    """The folders of all takes in a store."""
    return {path.parent for path in store.folder.rglob(PACKETS_FILE)}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def made(store, workers=1, title=""):
    """The bytes of the ending clip, whose key depends on its title, which it does not show."""
    job = Job(replace(ENDING, title=title), TINY)
    return (Pool(store, workers).make([job]).entries["ending"] / CLIP_FILE).read_bytes()


def test_a_change_late_in_a_clip_keeps_what_comes_before_it(store, monkeypatch):
    monkeypatch.setenv("ENDING", "#FF0000")
    red = made(store)
    before = takes_in(store)
    monkeypatch.setenv("ENDING", "#0000FF")
    blue = made(store, title="changed")
    assert (len(before), len(takes_in(store) - before)) == (2, 1)
    assert red != blue


def test_what_was_drawn_before_is_taken_from_the_store(store, monkeypatch):
    monkeypatch.setenv("ENDING", "#FF0000")
    made(store)
    slide, end = sorted(takes_in(store), key=lambda take: len(load_packets(take)))
    assert [len(load_packets(take)) for take in (slide, end)] == [6, 12]
    # A stored take that shows something else must show in the clip.
    packets = load_packets(end)[:6]
    (slide / PACKETS_FILE).write_bytes(b"".join(packet.data for packet in packets))
    sizes = [[len(packet.data), packet.is_key] for packet in packets]
    (slide / SIZES_FILE).write_text(json.dumps(sizes), encoding="utf-8")
    (slide / "manifest.json").unlink()
    write_manifest(slide, slide.name)
    with av.open(io.BytesIO(made(store, title="changed"))) as clip:
        frames = [frame.to_ndarray() for frame in clip.decode(video=0)]
    assert len(frames) == 18
    assert all(np.array_equal(frames[n], frames[n + 6]) for n in range(6))


def test_a_damaged_take_is_drawn_again_as_it_was(store, monkeypatch):
    monkeypatch.setenv("ENDING", "#FF0000")
    first = made(store)
    for take in takes_in(store):
        content = (take / PACKETS_FILE).read_bytes()
        (take / PACKETS_FILE).write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    assert made(store, title="changed") == first


def test_takes_of_several_workers_make_the_very_file_that_one_makes(tmp_path, monkeypatch):
    monkeypatch.setenv("ENDING", "#FF0000")
    alone = made(Store(tmp_path / "one"))
    drawn_by = {}
    begins = ClipTask.begins

    def in_turn(work, take):
        # The first worker may draw the even takes, the second the odd ones.
        turns.setdefault(get_ident(), len(turns))
        if turns[get_ident()] != take % 2 or not begins(work, take):
            return False
        drawn_by[take] = get_ident()
        return True

    turns = {}
    monkeypatch.setattr(ClipTask, "begins", in_turn)
    assert made(Store(tmp_path / "two"), workers=2) == alone
    assert sorted(drawn_by) == [0, 1]
    assert len(set(drawn_by.values())) == 2


def test_a_takes_key_covers_what_draws_encodes_and_stores_it():
    found = Sources().files("understanding_gradients.render.segment") | Sources().files(
        "understanding_gradients.encode.packets"
    )
    drawing = {f"render.{name}" for name in ("bounds", "camera", "display_list", "segment")}
    encoding = {f"encode.{name}" for name in ("color", "h264", "packets", "regions")}
    assert {f"understanding_gradients.{name}" for name in drawing | encoding} <= set(found)


def test_a_killed_worker_is_named_and_what_it_had_finished_is_kept(store, monkeypatch):
    monkeypatch.setenv("ENDING", "none")
    jobs = [Job(ENDING, TINY), Job(SLIDING, TINY)]
    found = Pool(store, 1).make(jobs)
    (failure,) = found.failures
    assert (failure.slug, failure.reason) == (
        "ending",
        "its worker was ended by SIGKILL, as systems do where memory runs out",
    )
    assert set(found.entries) == {"sliding"}
    before = takes_in(store)
    monkeypatch.setenv("ENDING", "#FF0000")
    made(store)
    assert len(takes_in(store) - before) == 1


def keys_of(clip, material, wanted):
    """The keys of the takes of a clip that are wanted, by number."""
    keys = {}

    def keep(number, take):
        keys[number] = take.key(SMALL, renderer.camera.ground)

    with render_config(SMALL, "dark"):
        renderer = ClipRenderer(wanted, keep)
        play(Job(clip, SMALL), material, renderer, lambda *_: renderer.cut())
    return keys


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.slug)
def test_every_take_of_every_clip_is_the_same_whoever_draws_the_others(clip, default_material):
    alone = keys_of(clip, default_material, lambda number: True)
    even = keys_of(clip, default_material, lambda number: number % 2 == 0)
    odd = keys_of(clip, default_material, lambda number: number % 2 == 1)
    assert not set(even) & set(odd)
    assert even | odd == alone
