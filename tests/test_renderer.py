from functools import partial

import numpy as np
import pytest
from manim import RIGHT, Dot, ValueTracker, tempconfig

from scenes.lecture_scene import LectureScene
from scenes.registry import Clip
from understanding_gradients.encode.color import unpremultiply
from understanding_gradients.render.config import manim_config
from understanding_gradients.render.renderer import (
    ClipRenderer,
    NoMoreSegments,
    with_exact_frame_counts,
)
from understanding_gradients.spec.quality import Quality

CLIP = Clip("awkward", "Awkward times", "tests:Awkward", (), "–")


class Awkward(LectureScene):
    """Times at which Manim's own count of frames is one too many or one too few."""

    def construct(self):
        self.beat("move", is_quick=True)
        dot = Dot()
        self.play(dot.animate.shift(RIGHT), run_time=3 * 0.2)
        self.play(dot.animate.shift(RIGHT), run_time=7 * 0.2)
        self.beat("stand", is_quick=True)
        self.wait(8.2)


def run(frame_rate, should_draw=None, on_segment=None, on_beat_end=None, scene_class=Awkward):
    with tempconfig(manim_config(Quality("tiny", 128, 72, frame_rate))):
        renderer = ClipRenderer(should_draw, on_segment)
        scene = with_exact_frame_counts(scene_class)(
            clip=CLIP,
            inputs={},
            on_beat_end=lambda *beat: (renderer.end_segment(), on_beat_end and on_beat_end(*beat)),
            renderer=renderer,
        )
        scene.render()
    return renderer, scene


def record(frame_rate, should_draw=lambda number: True):
    """The recorded segments, by number, with the renderer and the scene."""
    segments = {}
    return segments, *run(frame_rate, should_draw, segments.__setitem__)


@pytest.mark.parametrize("frame_rate", [15, 60])
def test_counting_and_recording_agree_on_whole_frames(frame_rate):
    segments, recorded, scene = record(frame_rate)
    counted, quick = run(frame_rate)
    lengths = [round(seconds * frame_rate) for seconds in (0.6, 1.4, 8.2)]
    assert [segment.frame_count for segment in segments.values()] == lengths
    assert recorded.frame_count == counted.frame_count == sum(lengths)
    assert [(b.start, b.end) for b in scene.beats] == [(b.start, b.end) for b in quick.beats]
    assert [b.end for b in scene.beats] == [2.0, 10.2]


def test_a_wait_belongs_to_the_segment_before_it_unless_a_beat_has_ended():
    class Waiting(LectureScene):
        def construct(self):
            self.beat("one", is_quick=True)
            self.play(Dot().animate.shift(RIGHT), run_time=0.2)
            self.wait(0.2)
            self.wait(0.2)
            self.beat("two", is_quick=True)
            self.wait(1.0)

    segments = {}
    run(15, lambda number: True, segments.__setitem__, scene_class=Waiting)
    assert {number: one.frame_count for number, one in segments.items()} == {0: 9, 1: 15}


def test_a_segment_is_the_same_whether_or_not_earlier_ones_are_recorded():
    quality = Quality("tiny", 128, 72, 15)
    every, renderer, _ = record(15)
    background = renderer.camera.background_digest
    keys = {number: segment.key(quality, background) for number, segment in every.items()}
    for number in every:
        alone, *_ = record(15, lambda asked, number=number: asked == number)
        assert list(alone) == [number]
        assert alone[number].key(quality, background) == keys[number]
    assert len(set(keys.values())) == len(every)


class Following(LectureScene):
    """A dot that an updater keeps at a number, and a wait after it."""

    def construct(self):
        number = ValueTracker(0)
        dot = Dot().add_updater(lambda one: one.set_x(number.get_value()))
        self.add(dot)
        self.beat("move", is_quick=True)
        self.play(number.animate.set_value(3), run_time=0.4)
        self.beat("stand", is_quick=True)
        self.wait(0.4)


@pytest.mark.parametrize("should_draw", [lambda number: number == 1, None])
def test_an_updater_has_run_after_a_segment_that_was_not_drawn(should_draw):
    drawn, skipped = [], []
    for seen, decide in ((drawn, lambda number: True), (skipped, should_draw)):
        run(15, decide, lambda *_: None, partial(note_x, seen), Following)
    assert drawn == skipped == [3.0, 3.0]


def note_x(seen, scene, beat):
    """Note the x of the first mobject on screen."""
    seen.append(float(scene.mobjects[0].get_x()))


def test_a_wait_is_one_frame_that_is_repeated():
    segments, *_ = record(15)
    assert [repeat for _, repeat in segments[2].frames] == [123]


def test_a_scene_ends_early_where_no_more_segments_are_needed():
    def should_draw(number):
        if number == 2:
            raise NoMoreSegments
        return number == 1

    segments, renderer, scene = record(15, should_draw)
    assert list(segments) == [1]
    assert (renderer.ended_early, renderer.segment_count) == (True, 2)


def test_a_still_after_skipping_is_the_last_frame_of_its_beat():
    stills = []
    run(15, on_beat_end=lambda scene, beat: stills.append(scene.renderer.still(scene).copy()))
    segments, renderer, _ = record(15)
    renderer.camera.draw(segments[2].frames[-1][0])
    assert np.array_equal(stills[1], renderer.camera.pixel_array)
    renderer.camera.draw(segments[0].frames[0][0])
    assert not np.array_equal(stills[0], renderer.camera.pixel_array)


def test_nothing_is_written_by_manim_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    record(15)
    assert list(tmp_path.rglob("*")) == []


def test_an_opaque_picture_is_that_of_the_general_way():
    with tempconfig(manim_config(Quality("tiny", 128, 72, 15))):
        renderer = ClipRenderer()
        scene = with_exact_frame_counts(Awkward)(clip=CLIP, inputs={}, renderer=renderer)
        scene.setup()
        scene.add(Dot(radius=1))
        found = renderer.still(scene)
        drawn = renderer.camera.pixel_array
        assert len(np.unique(found)) > 3
        np.testing.assert_array_equal(found, unpremultiply(drawn))
        assert not np.shares_memory(found, drawn)
