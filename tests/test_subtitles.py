import re
from fractions import Fraction
from html import unescape
from io import BytesIO

import av
import pytest

from understanding_gradients.export.subtitles import (
    Cue,
    as_srt,
    as_vtt,
    captioned_timeline,
    cues_of,
    timestamp,
)
from understanding_gradients.spec.timeline import Beat, Timeline


def timeline(*captions: str) -> Timeline:
    """A clip of one-second beats."""
    beats = tuple(Beat(f"b{n}", text, 15 * n, 15 * n + 15) for n, text in enumerate(captions))
    return Timeline(15, 15 * len(captions), beats)


def test_cues_follow_the_beats_of_clips_that_follow_one_another():
    cues = cues_of([timeline("one", "two"), timeline("three")])
    assert [(cue.start, cue.end, cue.text) for cue in cues] == [
        (0, 1, "one"),
        (1, 2, "two"),
        (2, 3, "three"),
    ]


def test_a_beat_without_a_caption_has_no_cue_but_takes_its_time():
    assert cues_of([timeline("", "two")]) == [Cue(Fraction(1), Fraction(2), "two")]


def test_a_caption_loses_blank_lines_which_would_end_its_cue():
    (cue,) = cues_of([timeline("  one\n\n two ")])
    assert cue.text == "one\ntwo"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (Fraction(0), "00:00:00.000"),
        (Fraction(59_9996, 10_000), "00:01:00.000"),
        (Fraction(3600 + 62) + Fraction(1, 3), "01:01:02.333"),
    ],
)
def test_a_time_is_shown_in_rounded_milliseconds(seconds, shown):
    assert timestamp(seconds, ".") == shown


def test_subrip_numbers_its_cues_and_uses_a_comma():
    text = as_srt([Cue(Fraction(0), Fraction(1), "one"), Cue(Fraction(1), Fraction(3, 2), "two")])
    assert text == (
        "1\n00:00:00,000 --> 00:00:01,000\none\n\n2\n00:00:01,000 --> 00:00:01,500\ntwo\n"
    )


CAPTIONS = (
    "a<b and c>d",
    "a < b > c, </i> and <font color=red>",
    "It {stands} & <waits>: {y:i}.",
    "&lt; is R&D, x&y",
    r"{\an8}top, \N and \h",
    "<1>, <!--, a<!b>c",
)


def shown(text):
    """What a person reads: braces of any width, and nothing of what is invisible."""
    braces = str.maketrans(
        "\N{FULLWIDTH LEFT CURLY BRACKET}\N{FULLWIDTH RIGHT CURLY BRACKET}", "{}"
    )
    return text.translate(braces).replace("\N{WORD JOINER}", "")


@pytest.mark.parametrize("caption", CAPTIONS)
def test_no_reader_of_subrip_takes_a_caption_for_markup(caption):
    text = as_srt([Cue(Fraction(0), Fraction(1), caption)])
    with av.open(BytesIO(text.encode()), format="srt") as file:
        (line,) = [line for packet in file.demux(subtitles=0) for line in packet.decode()]
    assert shown(line.dialogue.decode()) == caption
    # The tags that other readers know, and drop.
    assert not re.search(r"</?[A-Za-z][^>]*>|\{[^}]*\}|&[a-z]+;", text.partition("\n")[2])


@pytest.mark.parametrize("caption", CAPTIONS)
def test_webvtt_shows_every_character_of_a_caption(caption):
    text = as_vtt([Cue(Fraction(0), Fraction(1), caption)])
    assert unescape(text.splitlines()[-1]) == caption
    assert not re.search(r"<|&(?!amp;|lt;|gt;)", text.splitlines()[-1])


def test_webvtt_escapes_markup():
    text = as_vtt([Cue(Fraction(0), Fraction(1), "a < b & c --> d")])
    assert text == "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\na &lt; b &amp; c --&gt; d\n"


def test_the_lecturers_captions_replace_those_of_their_clip_and_beat_alone(tmp_path):
    captions = {"clip.b1": "mine", "other.b0": "another clip", "clip.gone": "no beat"}
    timeline("one", "two").save(tmp_path)
    found = captioned_timeline(tmp_path, "clip", captions)
    assert [beat.caption for beat in found.beats] == ["one", "mine"]
    assert [(beat.start, beat.end) for beat in found.beats] == [(0, 15), (15, 30)]
