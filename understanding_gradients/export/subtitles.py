"""Captions of finished clips, with their times, as SubRip and WebVTT."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from understanding_gradients.spec.timeline import Timeline

WORD_JOINER = "\u2060"
# What may begin a tag, an entity or an escape.
MARKUP = re.compile(r"<|&(?=[A-Za-z#])|\\(?=[Nnh])")
BRACES = str.maketrans(
    {"{": "\N{FULLWIDTH LEFT CURLY BRACKET}", "}": "\N{FULLWIDTH RIGHT CURLY BRACKET}"}
)


@dataclass(frozen=True)
class Cue:
    """A caption of one or more lines, with its start and end in seconds."""

    start: Fraction
    end: Fraction
    text: str


def captioned_timeline(entry: Path, slug: str, captions: Mapping[str, str]) -> Timeline:
    """Return the timeline of a stored clip; `captions`, called "slug.beat", replace its own."""
    timeline = Timeline.load(entry)
    beats = tuple(
        replace(beat, caption=captions.get(f"{slug}.{beat.name}", beat.caption))
        for beat in timeline.beats
    )
    return replace(timeline, beats=beats)


def cues_of(timelines: Iterable[Timeline]) -> list[Cue]:
    """Return a cue for every beat with a caption, for clips that follow one another."""
    cues: list[Cue] = []
    clip_start = Fraction(0)
    for timeline in timelines:
        for beat in timeline.beats:
            text = without_blank_lines(beat.caption)
            if text and beat.end > beat.start:
                first = beat.start if beat.cue is None else beat.cue
                start, end = (Fraction(at, timeline.frame_rate) for at in (first, beat.end))
                cues.append(Cue(clip_start + start, clip_start + end, text))
        clip_start += Fraction(timeline.frames, timeline.frame_rate)
    return cues


def without_blank_lines(text: str) -> str:
    """Return `text` without blank lines, which would end a cue early."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def as_srt(cues: Sequence[Cue]) -> str:
    """Return `cues` as a SubRip file."""
    return "\n".join(
        f"{number}\n{timestamp(cue.start, ',')} --> {timestamp(cue.end, ',')}\n"
        f"{without_markup(cue.text)}\n"
        for number, cue in enumerate(cues, start=1)
    )


def without_markup(text: str) -> str:
    r"""Return `text` so that no reader of SubRip takes a part of it for markup.

    SubRip cannot escape. Readers drop what looks like a tag (``<b and c>``), an entity or a line
    break (``\N``), so an invisible character follows its first one; and all that is between
    braces, which are replaced by wider ones.
    """
    return MARKUP.sub(rf"\g<0>{WORD_JOINER}", text).translate(BRACES)


def as_vtt(cues: Sequence[Cue]) -> str:
    """Return `cues` as a WebVTT file, in which ``&``, ``<`` and ``-->`` are markup."""
    blocks = (
        f"{timestamp(cue.start, '.')} --> {timestamp(cue.end, '.')}\n{escaped(cue.text)}\n"
        for cue in cues
    )
    return "\n".join(["WEBVTT\n", *blocks])


def escaped(text: str) -> str:
    """Return `text` as WebVTT shows it literally."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def timestamp(seconds: Fraction, decimal_mark: str) -> str:
    """Return a time as hours:minutes:seconds with milliseconds."""
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, thousandths = divmod(milliseconds, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{decimal_mark}{thousandths:03d}"
