"""Everything that is said can be read, is new, and follows what shows it."""

from __future__ import annotations

import re
from itertools import groupby

import pytest

from scenes import style
from tests.film.watching import is_true, similarity, watched_lecture
from tests.lectures import LECTURES
from tests.marks import slow_except

MOST_ALIKE = 0.6
STILL = 1.5
QUICKEST = 1.2
LEAST_CHAPTER = 10.0
E_NOTATION = re.compile(r"\de[−+-]?\d")


@pytest.fixture(scope="module", params=slow_except(LECTURES, "default"))
def film(request):
    return watched_lecture(request.param)


def test_every_still_can_be_read(film):
    assert [(clip.slug, fault) for clip in film for fault in clip.faults] == []


def test_every_line_is_a_question_or_true(film):
    assert [(c.slug, line.text) for c in film for line in c.lines if not is_true(line.text)] == []


def test_a_claim_stands_long_enough(film):
    assert [
        (clip.slug, line.beat, line.plain, round(line.characters / line.seconds, 1))
        for clip in film
        for line in clip.lines
        if line.is_claim and line.characters > style.CLAIM_SPEED * line.seconds + 1e-6
    ] == []


def test_a_subtitle_stands_long_enough_and_is_new(film):
    beats = [(clip, beat) for clip in film for beat in clip.beats if beat.name not in clip.quick]
    fast = [
        (clip.slug, beat.name, beat.caption)
        for clip, beat in beats
        if len(beat.caption) > style.CUE_SPEED * (beat.end - beat.cue) + 1e-6
    ]
    captions = [beat.caption for _, beat in beats if beat.caption]
    repeated = [one for one, other in zip(captions, captions[1:], strict=False) if one == other]
    assert (fast, repeated) == ([], [])


def test_a_subtitle_is_not_the_line_under_the_title(film):
    assert [
        (clip.slug, beat.name, line.plain, beat.caption)
        for clip in film
        for beat in clip.beats
        for line in clip.lines
        if line.beat == beat.name and similarity(line.plain, beat.caption) >= MOST_ALIKE
    ] == []


def test_no_claim_is_repeated_at_once(film):
    assert [
        (clip.slug, after.beat, after.plain)
        for clip in film
        for before, after in zip(clip.lines, clip.lines[1:], strict=False)
        if before.text == after.text and after.is_claim
    ] == []


def test_the_last_picture_of_a_beat_stands_still(film):
    short = []
    for clip in film:
        for beat in clip.beats:
            last = max([end for _, end in clip.motions_of(beat)], default=beat.start)
            least = QUICKEST if beat.name in clip.quick else STILL
            since = beat.start if beat.name in clip.quick else last
            if beat.end - since < least - 1e-6:
                short.append((clip.slug, beat.name, round(beat.end - since, 2)))
    assert short == []


def test_the_outcome_of_a_step_is_said_after_its_motion(film):
    early = []
    for clip in film:
        for beat in clip.beats:
            if not re.search(r"step-\d+$", beat.name):
                continue
            motions = clip.motions_of(beat)
            claims = [line for line in clip.lines if line.beat == beat.name and line.is_claim]
            early += [
                (clip.slug, beat.name, line.plain)
                for line in claims
                if motions and line.start < motions[-1][1]
            ]
    assert early == []


def test_no_number_is_written_as_a_programmer_would(film):
    assert [
        (clip.slug, beat, text)
        for clip in film
        for beat, texts in clip.texts.items()
        for text in texts
        if E_NOTATION.search(text) or re.search(r"\b100 %", text)
    ] == []


def test_the_default_film_asks_and_takes_its_time():
    film = watched_lecture("default")
    seconds = [clip.beats[-1].end for clip in film]
    assert sum(seconds) <= 600 and min(seconds) >= LEAST_CHAPTER
    guesses = [
        line
        for clip in film
        for line in clip.lines
        if not line.is_claim and "?" in line.plain and line.seconds >= style.GUESS
    ]
    assert len(guesses) >= 4


def test_every_loss_of_the_default_film_says_what_it_is_taken_over():
    every = "all 5 rows"
    others = {
        "title": [],
        "loss-of-one-row": ["row 4"],
        "zero-loss": ["row 4", every],
        "gradient-of-a-network": ["network"],
        "automatic-differentiation": ["row 4", every],
    }
    kinds = {"row 4", every, "network"}
    shown = {}
    for clip in watched_lecture("default"):
        chips = [sorted({*texts} & kinds) for texts in clip.texts.values()]
        shown[clip.slug] = [one for one, _ in groupby(filter(None, chips))]
    assert shown == {slug: [[one] for one in others.get(slug, [every])] for slug in shown}


def test_a_loss_keeps_its_chip_as_long_as_its_number_is_on_screen():
    kinds, missing = {"row 4", "all 5 rows", "network"}, []
    for clip in watched_lecture("default"):
        for beat, texts in clip.texts.items():
            is_shown = any(re.match(r"(loss )?(Θ|\$Theta\$)( =.*)?$|Loss$", text) for text in texts)
            if is_shown and not kinds & {*texts}:
                missing.append((clip.slug, beat))
    assert missing == []
