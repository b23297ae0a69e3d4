"""A beat lasts until it can have been read, and until its last picture has stood still."""

import pytest
from manim import RIGHT, Dot

from scenes import style
from scenes.lecture_scene import LectureScene, length
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import colored
from tests.lectures import small_frames
from tests.test_renderer import run


def lasting(construct, name="one"):
    """How long the beat `name` of a scene lasts, in seconds, and the scene."""
    scene_class = type("Reading", (LectureScene,), {"construct": construct})
    _, scene = run(15, scene_class=scene_class)
    (beat,) = [beat for beat in scene.beats if beat.name == name]
    return beat.end - beat.start, beat


def move(scene, seconds):
    scene.play(Dot().animate.shift(RIGHT), run_time=seconds)


def test_the_last_picture_stands_still():
    def construct(scene):
        scene.beat("one")
        move(scene, 2.0)

    seconds, _ = lasting(construct)
    assert seconds == pytest.approx(2.0 + style.STILL)


def test_a_hold_is_stillness_too():
    def construct(scene):
        scene.beat("one")
        move(scene, 2.0)
        scene.hold(1.0)

    seconds, _ = lasting(construct)
    assert seconds == pytest.approx(2.0 + style.STILL)


def test_a_quick_beat_ends_with_its_motion():
    def construct(scene):
        scene.beat("one", caption="A subtitle. " * 20, is_quick=True)
        move(scene, 1.2)
        scene.beat("two")

    assert lasting(construct)[0] == pytest.approx(1.2)


@pytest.mark.parametrize("letters", [30, 60, 90])
def test_a_line_stays_until_it_can_have_been_read(letters):
    def construct(scene):
        scene.beat("one")
        move(scene, 2.0)
        scene.say("e" * letters)

    seconds, beat = lasting(construct)
    needed = max(letters / style.CLAIM_SPEED, style.BLINK + style.STILL)
    assert needed <= seconds - 2.0 < needed + style.TIME_STEP
    assert beat.headline == "e" * letters


def test_a_subtitle_stays_until_it_can_have_been_read():
    def construct(scene):
        scene.beat("one", caption="b" * 20)
        move(scene, 2.0)
        scene.say("so", "e" * 170)

    seconds, beat = lasting(construct)
    assert beat.cue == pytest.approx(2.0) and beat.caption == "e" * 170
    assert 10.0 <= seconds - 2.0 < 10.0 + style.TIME_STEP


def test_a_question_leaves_time_for_a_guess():
    def construct(scene):
        scene.beat("one")
        scene.ask("Where?")
        move(scene, 1.0)

    seconds, _ = lasting(construct)
    assert seconds == pytest.approx(style.BLINK + style.GUESS + 1.0 + style.STILL)


def test_every_beat_lasts_whole_frames_at_every_frame_rate():
    def construct(scene):
        scene.beat("one", "e" * 47)
        move(scene, 0.4)

    seconds, _ = lasting(construct)
    assert seconds / style.TIME_STEP == pytest.approx(round(seconds / style.TIME_STEP))


def test_the_length_of_a_line_is_that_of_its_text():
    with small_frames():
        assert length(Label("two words")) == len("two words")
        assert length(Label(colored("loss", "two words") + " more")) == len("two words more")
        assert length(Label("$Theta = 5$ at once")) == len("Θ=5 at once")
