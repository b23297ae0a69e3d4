"""From the options of a command to checked settings and clips."""

from __future__ import annotations

import pytest

from descent.checks.errors import InvalidArgument, InvalidValue
from scenes.registry import CLIPS
from understanding_gradients.commands.request import (
    renamed_keys,
    resolve_request,
    select_clips,
    settings_for,
    with_learning_rate,
)
from understanding_gradients.installation import ROOT
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.spec.options import RenderOptions

SLUGS = [clip.slug for clip in CLIPS]
LECTURE = str(ROOT / "lecture.toml")


def test_clips_come_in_the_lectures_order_and_once():
    found = select_clips(["zero-loss", "title", "zero-loss"], CLIPS)
    assert [clip.slug for clip in found] == ["title", "zero-loss"]
    assert select_clips([], CLIPS) == list(CLIPS)


@pytest.mark.parametrize(
    ("slug", "meant"), [("one", "loss-of-one-row"), ("upadte-ruel", "update-rule")]
)
def test_a_part_of_a_name_and_a_misspelt_one_are_understood(slug, meant):
    with pytest.raises(ValueError, match=rf"got '{slug}': did you mean .*{meant}"):
        select_clips([slug], CLIPS)


def test_a_name_like_no_other_leads_to_the_list():
    with pytest.raises(ValueError, match="`render.py list` shows them"):
        select_clips(["zzzzzz"], CLIPS)


def test_the_rate_of_each_clip_is_the_one_that_changes():
    clips = select_clips(["very-small-learning-rate", "very-large-learning-rate"], CLIPS)
    rates = with_learning_rate(Settings(), 0.25, clips).learning_rates
    assert (rates.very_small, rates.just_right, rates.very_large) == (0.25, "suggest", 0.25)


def test_the_lectures_own_settings_are_accepted():
    settings = settings_for(RenderOptions(settings=LECTURE), SLUGS)
    assert settings.film.theme in ("dark", "light")


def test_an_option_that_was_typed_replaces_the_setting():
    options = RenderOptions(LECTURE, loss="bowl", start="2,1", steps=3, theme="light")
    settings = settings_for(options)
    assert (settings.descent.loss, settings.descent.start) == ("bowl", (2.0, 1.0))
    assert (settings.descent.steps, settings.film.theme) == (3, "light")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (RenderOptions(LECTURE, steps=0), r"^--steps must be .*; got 0\."),
        (RenderOptions(LECTURE, loss="bowl", start="1"), "^--start must have 2 numbers"),
        (RenderOptions(LECTURE, start="a,b"), "^--start must be numbers with commas between; got"),
        (RenderOptions(LECTURE, loss="bwl"), "^--loss must be .*; got 'bwl': did you mean bowl"),
    ],
    ids=["steps", "count", "text", "loss"],
)
def test_an_error_names_the_option_that_was_typed(options, sentence):
    with pytest.raises(InvalidArgument, match=sentence):
        settings_for(options)


def test_a_wrong_rate_is_an_error_about_the_option():
    with pytest.raises(InvalidValue, match=r"^--learning-rate must be a positive number.*; got -1"):
        with_learning_rate(Settings(), -1.0, select_clips(["title"], CLIPS))


def test_errors_about_other_keys_keep_their_key():
    with pytest.raises(InvalidValue, match=r"^data\.rows must"):
        with renamed_keys({"start": "--start"}):
            raise InvalidValue("data.rows", "be rows")


def test_a_name_of_the_data_that_the_fonts_lack_is_refused_before_any_work(tmp_path):
    path = tmp_path / "lecture.toml"
    path.write_text('[data]\ny_name = "价格"\n', encoding="utf-8")
    with pytest.raises(InvalidValue, match=r"^data\.y_name must consist of characters .* got '价'"):
        resolve_request(RenderOptions(str(path)))
