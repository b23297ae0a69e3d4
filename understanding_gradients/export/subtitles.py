"""Captions: what is said when, and as SubRip, WebVTT and MP4 text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from understanding_gradients.spec.timeline import Timeline


@dataclass(frozen=True)
class Cue:
    """A caption and its time.

    Attributes:
        start: In seconds.
        end: In seconds.
        text: What is said; one or more lines.
    """

    start: Fraction
    end: Fraction
    text: str


def cues_of(timelines: Iterable[Timeline]) -> list[Cue]:
    """Return a cue for every beat that has a caption, the clips standing one after the other."""
    cues = []
    begins = Fraction(0)
    for timeline in timelines:
        for beat in timeline.beats:
            text = one_block(beat.caption)
            if text and beat.end > beat.start:
                start, end = (Fraction(at, timeline.frame_rate) for at in (beat.start, beat.end))
                cues.append(Cue(begins + start, begins + end, text))
        begins += Fraction(timeline.frames, timeline.frame_rate)
    return cues


def one_block(text: str) -> str:
    """Return `text` without the blank lines that would end a cue early."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def as_srt(cues: Sequence[Cue]) -> str:
    """Return `cues` as a SubRip file."""
    return "\n".join(
        f"{number}\n{clock(cue.start, ',')} --> {clock(cue.end, ',')}\n{cue.text}\n"
        for number, cue in enumerate(cues, start=1)
    )


def as_vtt(cues: Sequence[Cue]) -> str:
    """Return `cues` as a WebVTT file, in which ``&``, ``<`` and ``-->`` are markup."""
    blocks = (
        f"{clock(cue.start, '.')} --> {clock(cue.end, '.')}\n{escaped(cue.text)}\n" for cue in cues
    )
    return "\n".join(["WEBVTT\n", *blocks])


def escaped(text: str) -> str:
    """Return `text` as WebVTT shows it literally."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clock(seconds: Fraction, decimal_mark: str) -> str:
    """Return a time as hours:minutes:seconds with milliseconds."""
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, thousandths = divmod(milliseconds, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{decimal_mark}{thousandths:03d}"
