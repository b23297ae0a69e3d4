"""Films of networks can be read in every beat, and show what they say."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from descent.text.numbers import fixed
from scenes import clip
from scenes.clips.three_learning_rates import ThreeLearningRates
from scenes.mobjects.descent.answer_picture import AnswerPicture
from scenes.mobjects.descent.length_table import LengthTable
from tests.lectures import played, small_frames
from tests.legibility import violations
from tests.marks import slow_except
from tests.truth.networks import NETWORKS, NetworkFacts
from understanding_gradients.render.renderer import ClipRenderer

pytestmark = [pytest.mark.render, pytest.mark.usefixtures("coarse_landscapes")]
QUICK = ("classifying",)


@cache
def facts_of(name):
    return NetworkFacts(name)


@pytest.mark.parametrize("theme", slow_except(["dark", "light"], "dark"))
@pytest.mark.parametrize("name", slow_except(NETWORKS, *QUICK))
def test_every_beat_can_be_read(name, theme):
    facts, found = facts_of(name), []

    def look(scene, beat):
        found.extend((beat.name, fault) for fault in violations(scene))

    given = {one: facts.inputs[one] for one in clip(facts.slug).inputs if one in facts.inputs}
    with small_frames(theme):
        played(facts.slug, given, ClipRenderer(), on_beat_end=look)
    assert found == []


def test_the_table_shows_lengths_in_all_parameters_and_what_its_plane_shows():
    facts, seen = facts_of("classifying"), {}

    def look(scene, beat):
        seen[beat.name] = scene.table.plain_texts()

    with small_frames():
        scene = played(facts.slug, facts.inputs, ClipRenderer(), on_beat_end=look)
    assert isinstance(scene.table, LengthTable) and not isinstance(scene, ThreeLearningRates)
    (run,) = facts.runs
    step = np.linalg.norm(run.iterates[2] - run.iterates[1])
    shown = seen["step-1"]
    assert shown["gradient"] == [fixed(float(np.linalg.norm(run.gradients[1])))]
    assert (shown["change"], shown["loss"]) == ([fixed(step)], [fixed(run.losses[1])])
    assert shown["parameters"] == ["37"]
    assert seen["step-1"]["shown"] != seen["carried-on"]["shown"]


def test_the_point_and_the_answers_arrive_together():
    facts = facts_of("classifying")
    with small_frames():
        scene = played(facts.slug, facts.inputs, ClipRenderer())
    (picture,) = (one for one in scene.mobjects if isinstance(one, AnswerPicture))
    regions = next(iter(facts.inputs.values())).regions
    assert picture.step == facts.runs[0].steps
    np.testing.assert_array_equal(regions.at(picture.step), regions.answers[-1])
    assert len(picture.points_of_data) == 24
