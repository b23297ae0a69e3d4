"""Concatenate finished clips into a film by copying packets, without encoding them again.

All clips of a film are encoded with the same settings and without B-frames, so the timestamps of a
packet are only shifted by the duration of the clips before its own. The film has chapters, a text
track that a player can switch on, and its index at the front (faststart).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer
from av.error import FFmpegError

from descent._files.atomic_write import atomic_write
from understanding_gradients.export.clip_part import ClipPart
from understanding_gradients.export.subtitles import Cue, as_srt, as_vtt, cues_of
from understanding_gradients.spec.errors import OperationFailed
from understanding_gradients.spec.timeline import CLIP_FILE, clock_time

MILLISECOND = Fraction(1, 1000)
# What YouTube asks of the chapters in a description.
MIN_CHAPTERS, MIN_CHAPTER_SECONDS = 3, 10
# The description of the MP4 text track is derived from it: plain white text at the bottom.
ASS_HEADER = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, BackColour, Alignment
Style: Default,Arial,16,&Hffffff,&H0,2

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def write_film(clips: Sequence[ClipPart], path: Path, title: str, captions: bool = True) -> None:
    """Concatenate whole clips of one quality into the film at `path`, with the texts beside it.

    These are .chapters.txt, the chapters as video sites read them, and the captions in .srt and
    .vtt. Every file appears whole, when all are written.

    Raises:
        CannotWrite: If there is no room for the film.
        OperationFailed: If the clips cannot be concatenated.
    """
    cues = cues_of(clip.timeline for clip in clips) if captions else []
    needed = sum((clip.entry / CLIP_FILE).stat().st_size for clip in clips)
    texts = [chapter_list(clips)]
    texts += [as_srt(cues), as_vtt(cues)] if captions else []
    # Leaving the stack renames all files, so that they always belong together.
    with ExitStack() as files:
        unfinished = files.enter_context(atomic_write(path, needed))
        try:
            mux_film(clips, cues, unfinished, title)
        except (FFmpegError, ValueError) as error:
            raise OperationFailed(f"Joining the clips into {path} failed: {error}") from error
        for beside, text in zip(files_beside(path, captions), texts, strict=True):
            files.enter_context(atomic_write(beside)).write_text(text, encoding="utf-8")


def files_beside(path: Path, captions: bool) -> list[Path]:
    """Return the paths of the texts that belong to the film at `path`."""
    # Without captions, existing subtitle files may be the user's own.
    suffixes = (".chapters.txt", ".srt", ".vtt") if captions else (".chapters.txt",)
    return [path.with_suffix(suffix) for suffix in suffixes]


def mux_film(clips: Sequence[ClipPart], cues: Sequence[Cue], path: Path, title: str) -> None:
    """Write the film itself."""
    with (
        av.open(clips[0].entry / CLIP_FILE) as first,
        av.open(path, "w", format="mp4", options={"movflags": "+faststart"}) as film,
    ):
        film.metadata["title"] = title
        film.set_chapters(chapters(clips))
        video = film.add_stream_from_template(first.streams.video[0])
        text = add_text_track(film) if cues else None
        waiting = list(cues)
        for clip, start, end in intervals(clips):
            # Text is written just ahead of its frames, so that a player finds both.
            while text is not None and waiting and waiting[0].start < end:
                film.mux(text_packet(waiting.pop(0), text))
            copy_packets(clip, video, film, start)


def intervals(clips: Sequence[ClipPart]) -> Iterator[tuple[ClipPart, Fraction, Fraction]]:
    """Yield each clip with its start and its end in the film, in seconds."""
    start = Fraction(0)
    for clip in clips:
        end = start + Fraction(clip.timeline.frames, clip.timeline.frame_rate)
        yield clip, start, end
        start = end


def chapters(clips: Sequence[ClipPart]) -> list[Any]:
    """Return a chapter for each clip, in milliseconds."""
    return [
        {
            "id": number,
            "start": round(start * 1000),
            "end": round(end * 1000),
            "time_base": MILLISECOND,
            "metadata": {"title": clip.title},
        }
        for number, (clip, start, end) in enumerate(intervals(clips))
    ]


def chapter_list(clips: Sequence[ClipPart]) -> str:
    """Return a line "0:00 Title" for each chapter, for the description of a video.

    Video sites ignore a list with a chapter of less than ten seconds: a short clip is joined to the
    next one, and the last to the one before. The film's own chapters stay one a clip.
    """
    return "".join(
        f"{clock_time(start)} {' · '.join(titles)}\n" for start, titles in site_chapters(clips)
    )


def site_chapters(clips: Sequence[ClipPart]) -> list[tuple[int, list[str]]]:
    """Return the chapters for video sites: the second at which each starts, and its titles."""
    found: list[tuple[int, list[str]]] = []
    *_, (_, _, end) = placed = list(intervals(clips))
    for clip, start, _ in placed:
        # What a site reads are whole seconds.
        if not found or int(start) - found[-1][0] >= MIN_CHAPTER_SECONDS:
            found.append((int(start), []))
        found[-1][1].append(clip.title)
    if len(found) > 1 and int(end) - found[-1][0] < MIN_CHAPTER_SECONDS:
        _, titles = found.pop()
        found[-1][1].extend(titles)
    return found


def too_few_chapters(clips: Sequence[ClipPart]) -> str:
    """Return a sentence about a film whose chapters no video site shows; "" if they are enough."""
    count = len(site_chapters(clips))
    if count >= MIN_CHAPTERS:
        return ""
    return (
        f"Video sites show chapters from {MIN_CHAPTERS} on, of {MIN_CHAPTER_SECONDS} seconds or "
        f"more; the list beside this film has {count}."
    )


def copy_packets(clip: ClipPart, video: Any, film: OutputContainer, start: Fraction) -> None:
    """Copy the packets of a clip to its `start` in the film, in seconds."""
    with av.open(clip.entry / CLIP_FILE) as source:
        stream = source.streams.video[0]
        if stream.codec_context.extradata != video.codec_context.extradata:
            raise ValueError(f"{clip.entry} was encoded with other settings than the first clip.")
        assert stream.time_base is not None
        shift = round(start / stream.time_base)
        for packet in source.demux(stream):
            # The last packet of a demuxer is empty.
            if packet.dts is None or packet.pts is None:
                continue
            packet.pts += shift
            packet.dts += shift
            packet.stream = video
            film.mux(packet)


def add_text_track(film: OutputContainer) -> Any:
    """Add a track of English text, which a player can switch on and off."""
    track = film.add_stream("mov_text")
    track.codec_context.subtitle_header = ASS_HEADER
    track.time_base = MILLISECOND
    track.metadata["language"] = "eng"
    return track


def text_packet(cue: Cue, track: Any) -> av.Packet:
    """Return `cue` as MP4 text: its length in two bytes, then its UTF-8.

    FFmpeg's own encoder would read braces in a caption as styling.
    """
    text = cue.text.encode()
    packet = av.Packet(struct.pack(">H", len(text)) + text)
    packet.stream = track
    packet.time_base = MILLISECOND
    packet.pts = packet.dts = round(cue.start * 1000)
    packet.duration = round((cue.end - cue.start) * 1000)
    return packet
