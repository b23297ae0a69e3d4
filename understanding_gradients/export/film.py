"""Finished clips, one after the other in one film: packets are copied, nothing is encoded again.

All clips of a film come from `encode.h264` with the same settings and without B-frames, so a packet
only moves later by the length of the clips before its own. Chapters, a text track that a
player can switch on, and the index at the front (faststart) come with it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer
from av.error import FFmpegError

from descent._files.atomic_write import atomic_write
from understanding_gradients.export.subtitles import Cue, as_srt, as_vtt, cues_of
from understanding_gradients.spec.timeline import CLIP_FILE, Timeline

MILLISECOND = Fraction(1, 1000)
# What the MP4 text track's description is made from: plain white text at the bottom.
ASS_HEADER = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, BackColour, Alignment
Style: Default,Arial,16,&Hffffff,&H0,2

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass(frozen=True)
class Part:
    """A finished clip in a film.

    Attributes:
        title: Of its chapter.
        entry: The folder with its video and its timeline.
    """

    title: str
    entry: Path

    @property
    def timeline(self) -> Timeline:
        """How the clip is divided."""
        return Timeline.load(self.entry)


def write_film(parts: Sequence[Part], path: Path, title: str, captions: bool = True) -> None:
    """Join `parts` into the film at `path`.

    Beside it go its chapters as video sites list them, .chapters.txt, and captions, .srt and .vtt.

    Args:
        parts: At least one clip, all of one quality.
        path: Of the MP4; it and what goes beside it each appear whole, when all are written.
        title: Of the film.
        captions: Whether it has any.

    Raises:
        CannotWrite: If there is no room for it.
        RuntimeError: If the clips cannot be joined.
    """
    timelines = [part.timeline for part in parts]
    cues = cues_of(timelines) if captions else []
    needed = sum((part.entry / CLIP_FILE).stat().st_size for part in parts)
    texts = [chapter_list(parts, timelines)]
    texts += [as_srt(cues), as_vtt(cues)] if captions else []
    # Each takes its place when all are written, so that what lies together belongs together.
    with ExitStack() as files:
        unfinished = files.enter_context(atomic_write(path, needed))
        try:
            join(parts, timelines, cues, unfinished, title)
        except (FFmpegError, ValueError) as error:
            raise RuntimeError(f"Joining the clips into {path} failed: {error}") from error
        for beside, text in zip(files_beside(path, captions), texts, strict=True):
            files.enter_context(atomic_write(beside)).write_text(text, encoding="utf-8")


def files_beside(path: Path, captions: bool) -> list[Path]:
    """Return where the texts go that belong to the film at `path`."""
    # Without captions, captions that lie there may be someone's own.
    suffixes = (".chapters.txt", ".srt", ".vtt") if captions else (".chapters.txt",)
    return [path.with_suffix(suffix) for suffix in suffixes]


def join(
    parts: Sequence[Part],
    timelines: Sequence[Timeline],
    cues: Sequence[Cue],
    path: Path,
    title: str,
) -> None:
    """Write the film itself."""
    with (
        av.open(parts[0].entry / CLIP_FILE) as first,
        av.open(path, "w", format="mp4", options={"movflags": "+faststart"}) as film,
    ):
        film.metadata["title"] = title
        film.set_chapters(chapters(parts, timelines))
        video = film.add_stream_from_template(first.streams.video[0])
        text = add_text_track(film) if cues else None
        waiting = list(cues)
        begins = Fraction(0)
        for part, timeline in zip(parts, timelines, strict=True):
            ends = begins + Fraction(timeline.frames, timeline.frame_rate)
            # Text goes in just ahead of the pictures it belongs to, so that a player finds both.
            while text is not None and waiting and waiting[0].start < ends:
                film.mux(text_packet(waiting.pop(0), text))
            copy_packets(part, video, film, begins)
            begins = ends


def chapters(parts: Sequence[Part], timelines: Sequence[Timeline]) -> list[Any]:
    """Return a chapter for each part, in milliseconds."""
    found = []
    begins = Fraction(0)
    for number, (part, timeline) in enumerate(zip(parts, timelines, strict=True)):
        ends = begins + Fraction(timeline.frames, timeline.frame_rate)
        found.append(
            {
                "id": number,
                "start": round(begins * 1000),
                "end": round(ends * 1000),
                "time_base": MILLISECOND,
                "metadata": {"title": part.title},
            }
        )
        begins = ends
    return found


def chapter_list(parts: Sequence[Part], timelines: Sequence[Timeline]) -> str:
    """Return a line for each chapter, "0:00 Title", as the description of a video takes it."""
    lines = []
    for chapter in chapters(parts, timelines):
        minutes, seconds = divmod(chapter["start"] // 1000, 60)
        lines.append(f"{minutes}:{seconds:02d} {chapter['metadata']['title']}\n")
    return "".join(lines)


def copy_packets(part: Part, video: Any, film: OutputContainer, begins: Fraction) -> None:
    """Copy the packets of one clip to where it `begins`, in seconds."""
    with av.open(part.entry / CLIP_FILE) as clip:
        stream = clip.streams.video[0]
        if stream.codec_context.extradata != video.codec_context.extradata:
            raise ValueError(f"{part.entry} was encoded with other settings than the first clip.")
        assert stream.time_base is not None
        shift = round(begins / stream.time_base)
        for packet in clip.demux(stream):
            # The last packet that demuxing gives is empty.
            if packet.dts is None or packet.pts is None:
                continue
            packet.pts += shift
            packet.dts += shift
            packet.stream = video
            film.mux(packet)


def add_text_track(film: OutputContainer) -> Any:
    """Add a track of text in English, which a player can switch on and off."""
    track = film.add_stream("mov_text")
    track.codec_context.subtitle_header = ASS_HEADER
    track.time_base = MILLISECOND
    track.metadata["language"] = "eng"
    return track


def text_packet(cue: Cue, track: Any) -> av.Packet:
    """Return `cue` as MP4 text: its length in two bytes, then its UTF-8.

    Packed here, not by FFmpeg's encoder, which would take braces in a caption for styling.
    """
    text = cue.text.encode()
    packet = av.Packet(struct.pack(">H", len(text)) + text)
    packet.stream = track
    packet.time_base = MILLISECOND
    packet.pts = packet.dts = round(cue.start * 1000)
    packet.duration = round((cue.end - cue.start) * 1000)
    return packet
