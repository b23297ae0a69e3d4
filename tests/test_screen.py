from functools import partial

import numpy as np
import pytest
from manim import RIGHT, Dot, ValueTracker, config, tempconfig

from scenes.lecture_scene import LectureScene
from scenes.registry import Clip
from understanding_gradients.render.renderer import (
    ClipRenderer,
    manim_config,
    reset_manim_config,
    with_exact_frame_counts,
)
from understanding_gradients.spec.quality import Quality

CLIP = Clip("awkward", "Awkward times", "tests:Awkward", (), "–")


class Awkward(LectureScene):
    """Times at which Manim's own count of frames is one too many or one too few."""

    def construct(self):
        self.beat("move")
        dot = Dot()
        self.play(dot.animate.shift(RIGHT), run_time=3 * 0.2)
        self.play(dot.animate.shift(RIGHT), run_time=7 * 0.2)
        self.beat("stand")
        self.wait(8.2)


def run(frame_rate, wanted=None, keep=None, on_beat_end=None, scene_class=Awkward):
    with tempconfig(manim_config(Quality("tiny", 128, 72, frame_rate))):
        renderer = ClipRenderer(wanted, keep)
        scene = with_exact_frame_counts(scene_class)(
            clip=CLIP,
            material={},
            on_beat_end=lambda *beat: (renderer.cut(), on_beat_end and on_beat_end(*beat)),
            renderer=renderer,
        )
        scene.render()
    return renderer, scene


def taken(frame_rate, wanted=lambda number: True):
    """The takes that are wanted, by number, with the renderer and the scene."""
    takes = {}
    return takes, *run(frame_rate, wanted, takes.__setitem__)


@pytest.mark.parametrize("frame_rate", [15, 60])
def test_counting_and_recording_agree_on_whole_frames(frame_rate):
    takes, recorded, scene = taken(frame_rate)
    counted, quick = run(frame_rate)
    lengths = [round(seconds * frame_rate) for seconds in (0.6, 1.4, 8.2)]
    assert [take.frames for take in takes.values()] == lengths
    assert recorded.frames == counted.frames == sum(lengths)
    assert [(b.start, b.end) for b in scene.beats] == [(b.start, b.end) for b in quick.beats]
    assert [b.end for b in scene.beats] == [2.0, 10.2]


def test_a_rest_belongs_to_the_play_before_it_but_not_over_the_end_of_a_beat():
    class Resting(LectureScene):
        def construct(self):
            self.beat("one")
            self.play(Dot().animate.shift(RIGHT), run_time=0.2)
            self.wait(0.4)
            self.wait(0.2)
            self.beat("two")
            self.wait(1.0)

    takes = {}
    with tempconfig(manim_config(Quality("tiny", 128, 72, 15))):
        renderer = ClipRenderer(lambda number: True, takes.__setitem__)
        Resting(CLIP, {}, on_beat_end=lambda *_: renderer.cut(), renderer=renderer).render()
        renderer.cut()
    assert {number: take.frames for number, take in takes.items()} == {0: 12, 1: 15}


def test_a_take_is_the_same_whether_or_not_those_before_it_are_recorded():
    quality = Quality("tiny", 128, 72, 15)
    every, *_ = taken(15)
    for number, take in every.items():
        alone, renderer, _ = taken(15, lambda asked, number=number: asked == number)
        assert list(alone) == [number]
        ground = renderer.camera.ground
        assert alone[number].key(quality, ground) == take.key(quality, ground)
    assert len({take.key(quality, ground) for take in every.values()}) == len(every)


class Following(LectureScene):
    """A dot that an updater keeps where a number is, and a rest after it."""

    def construct(self):
        number = ValueTracker(0)
        dot = Dot().add_updater(lambda one: one.set_x(number.get_value()))
        self.add(dot)
        self.beat("move")
        self.play(number.animate.set_value(3), run_time=0.4)
        self.beat("stand")
        self.wait(0.4)


@pytest.mark.parametrize("wanted", [lambda number: number == 1, None])
def test_what_follows_another_thing_is_where_it_belongs_after_what_was_not_drawn(wanted):
    drawn, skipped = [], []
    for seen, asked in ((drawn, lambda number: True), (skipped, wanted)):
        run(15, asked, lambda *_: None, partial(note_place, seen), Following)
    assert drawn == skipped == [3.0, 3.0]


def note_place(seen, scene, beat):
    """Note where the first thing on screen is, from left to right."""
    seen.append(float(scene.mobjects[0].get_x()))


def test_a_wait_is_one_picture_with_its_length():
    takes, *_ = taken(15)
    assert [repeat for _, repeat in takes[2].pictures] == [123]


def test_a_still_after_skipping_is_the_last_frame_that_is_drawn():
    stills = []
    run(15, on_beat_end=lambda scene, beat: stills.append(scene.renderer.still(scene).copy()))
    takes, renderer, _ = taken(15)
    renderer.camera.draw(takes[2].pictures[-1][0])
    assert np.array_equal(stills[1], renderer.camera.pixel_array)
    renderer.camera.draw(takes[0].pictures[0][0])
    assert not np.array_equal(stills[0], renderer.camera.pixel_array)


def test_nothing_is_written_by_manim_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    taken(15)
    assert list(tmp_path.rglob("*")) == []


def test_personal_settings_are_forgotten():
    with tempconfig({"background_color": "#FF0000", "frame_width": 3.0}):
        reset_manim_config()
        assert (config.background_color.to_hex(), config.frame_width) == ("#000000", 128 / 9)
