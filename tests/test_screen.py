import numpy as np
import pytest
from manim import RIGHT, Dot, config, tempconfig

from pipeline.quality import Quality
from pipeline.screen import (
    ClipRenderer,
    forget_personal_settings,
    manim_settings,
    with_whole_frames,
)
from scenes.base import LectureScene
from scenes.registry import Clip

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


def run(frame_rate, take=None, on_beat_end=None):
    with tempconfig(manim_settings(Quality("tiny", 128, 72, frame_rate))):
        renderer = ClipRenderer(take)
        scene = with_whole_frames(Awkward)(
            clip=CLIP, material={}, on_beat_end=on_beat_end, renderer=renderer
        )
        scene.render()
    return renderer, scene


@pytest.mark.parametrize("frame_rate", [15, 60])
def test_counting_and_drawing_agree_on_whole_frames(frame_rate):
    taken = []
    drawn, scene = run(frame_rate, lambda pixels, repeat: taken.append(repeat))
    counted, quick = run(frame_rate)
    assert sum(taken) == drawn.frames == counted.frames == round((0.6 + 1.4 + 8.2) * frame_rate)
    assert [(b.start, b.end) for b in scene.beats] == [(b.start, b.end) for b in quick.beats]
    assert [b.end for b in scene.beats] == [2.0, 10.2]


def test_a_wait_is_handed_over_once_with_its_length():
    taken = []
    run(15, lambda pixels, repeat: taken.append(repeat))
    assert taken == [1] * 30 + [123]


def test_a_still_after_skipping_is_the_last_frame_that_is_drawn():
    stills, frames = [], []
    run(15, on_beat_end=lambda scene, beat: stills.append(scene.renderer.still(scene)))
    run(15, lambda pixels, repeat: frames.append(pixels))
    assert np.array_equal(stills[-1], frames[-1])
    assert not np.array_equal(frames[0], frames[-1])


def test_nothing_is_written_by_manim_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(15, lambda pixels, repeat: None)
    assert list(tmp_path.rglob("*")) == []


def test_personal_settings_are_forgotten():
    with tempconfig({"background_color": "#FF0000", "frame_width": 3.0}):
        forget_personal_settings()
        assert (config.background_color.to_hex(), config.frame_width) == ("#000000", 128 / 9)
