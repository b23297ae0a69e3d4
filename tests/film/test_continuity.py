"""One clip takes up the stage of another, no stage is empty for long, and a rate has one colour."""

from __future__ import annotations

import pytest

from scenes import CLIPS
from tests.film.stages import RATES, alike
from tests.film.watching import RATE, watched_lecture
from tests.lectures import LECTURES
from tests.marks import slow_except

LONGEST = 0.25  # seconds of a stage without a picture
# One clip takes up the other's picture as it is.
TAKEN_UP = {
    "loss-of-one-row": "zero-loss",
    "gradient-at-an-instant": "update-rule",
}
# The map, its axes and the frames of the numbers stay; another run begins on them.
SAME_STAGE = {
    "very-small-learning-rate": "very-large-learning-rate",
    "just-right-learning-rate": "three-learning-rates",
}
OF_RATES = [clip.slug for clip in CLIPS[9:14]]


def stages(lecture):
    return {clip.slug: clip.stages for clip in watched_lecture(lecture)}


@pytest.fixture(scope="module", params=slow_except(LECTURES, "default"))
def film(request):
    return stages(request.param)


def test_a_stage_is_never_empty_for_long(film):
    assert [
        (slug, start, seconds)
        for slug, seen in film.items()
        for start, seconds in seen.gaps(RATE)
        if seconds > LONGEST
    ] == []


def test_the_first_frame_of_every_clip_shows_a_picture(film):
    assert [slug for slug, seen in film.items() if seen.empty[0]] == []


@pytest.mark.parametrize(("before", "after"), TAKEN_UP.items())
def test_a_clip_begins_with_the_picture_that_it_takes_up(before, after, film):
    assert alike(film[before], film[after]) > 0.99


@pytest.mark.parametrize(("before", "after"), SAME_STAGE.items())
def test_the_stage_of_one_run_is_that_of_the_next(before, after):
    film = stages("default")
    assert alike(film[before], film[after]) >= 0.8


def test_pictures_without_a_common_stage_are_told_apart():
    film = stages("default")
    assert alike(film["title"], film["loss-of-one-row"]) < 0.3


def test_every_rate_keeps_its_colour(film):
    drawn = {one for slug in OF_RATES for one in film[slug].colors}
    assert {(name, what) for name, what, color, right in drawn if color != right} == set()
    assert {(name, kind) for name, kind, *_ in drawn} >= {
        (name, kind) for name in RATES for kind in ("IteratePath", "LossHistory", "Runner")
    }
