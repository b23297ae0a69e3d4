"""The opening card: its path stays within the margins, and its words are true of any run."""

from __future__ import annotations

import numpy as np
import pytest
from manim import Scene, config, tempconfig

from scenes import style
from scenes.lecture_scene import LectureScene
from scenes.mobjects.opening import OpeningPicture, end_card
from scenes.wording import recap as wording
from tests.lectures import DEFAULT, LECTURES, played, small_frames
from tests.marks import slow_except
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.render.renderer import ClipRenderer

NOISE = np.random.default_rng(0).normal(size=40)
XS = np.linspace(-2, 2, 40)
FORTY = tuple((float(x), float(1.3 * x + 0.8 + 0.4 * e)) for x, e in zip(XS, NOISE, strict=True))
HOUSES = ((45, 148), (60, 190), (72, 231), (85, 265), (98, 310), (110, 322), (130, 399))
CHOSEN = {
    "default": DEFAULT,
    "forty-rows": DEFAULT.replace(rows=FORTY, steps=12),
    "houses": DEFAULT.replace(rows=HOUSES, picked_row=5, start=(0.0, 0.0)),
    "himmelblau": DEFAULT.replace(loss="himmelblau", start=(0.0, 0.0)),
    "saddle": DEFAULT.replace(loss="saddle", start="suggest"),
    "long": DEFAULT.replace(steps=60),
    **{name: LECTURES[name] for name in ("one-step", "one-parameter", "diverging", "far-start")},
}


@pytest.fixture(scope="module", params=slow_except(CHOSEN, "default", "forty-rows", "one-step"))
def run(request):
    return record_lecture(CHOSEN[request.param], ["just_right"])["just_right"]


@pytest.fixture(scope="module")
def scene(run):
    with small_frames():
        return played("title", {"just_right": run})


def test_the_path_stays_within_the_margins_and_clear_of_the_words(run):
    with small_frames():
        picture = OpeningPicture(run)
        picture.finish()
    places = np.array([picture.path.place(t) for t in range(picture.steps + 1)])
    assert places[:, 0].min() >= 1.0 and places[:, 0].max() <= style.RIGHT
    assert places[:, 1].min() >= style.BOTTOM and places[:, 1].max() <= style.TOP


@pytest.mark.render
def test_no_line_of_the_loss_is_seen_under_the_words(run):
    with style.use_theme("light"), tempconfig({"pixel_width": 960, "pixel_height": 540}):
        stage = Scene(renderer=ClipRenderer())
        stage.camera.background_color = style.palette().background
        stage.camera.init_background()
        ground = stage.renderer.still(stage).astype(int)
        stage.add(OpeningPicture(run))
        apart = np.abs(stage.renderer.still(stage) - ground).max(axis=2)
        words = end_card(*wording.end_lines(run))
    last = max(float(line.get_right()[0]) for line in words)
    column = round((last / config.frame_width + 0.5) * 960)
    assert apart[:, :column].max() <= 3
    assert apart.max() > 30


def test_the_chapter_is_long_enough_for_a_list_of_chapters(scene: LectureScene):
    assert scene.beats[-1].end >= 10


def test_the_question_is_short_and_comes_first(scene: LectureScene):
    first = scene.beats[0]
    assert first.headline.endswith("?")
    assert first.end - first.start <= 6


def test_what_is_said_of_the_steps_comes_after_them(run, scene: LectureScene):
    said = scene.beats[1].headline
    steps = run.trajectory.steps
    assert said.startswith("1 step " if steps == 1 else f"{steps} steps")
    assert ("took it" if steps == 1 else "took them") in said


def test_a_run_that_diverges_is_not_passed_off_as_a_descent():
    inputs = record_lecture(LECTURES["diverging-at-once"], ["just_right"])
    with small_frames():
        scene = played("title", inputs)
    assert scene.beats[1].headline == "Diverged at step 1"
    assert scene.beats[-1].end >= 10
