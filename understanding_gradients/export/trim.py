"""Trim a finished video to some of its frames without encoding them again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from understanding_gradients.export.clip_part import ClipPart
from understanding_gradients.export.comments import COMMENT, comment_in_video
from understanding_gradients.export.digests import digest_of_video, video_streams
from understanding_gradients.export.exporter import Exporter
from understanding_gradients.spec.codecs import VIDEO_FILES


class VideoExporter(Exporter):
    """A video of the clip or of one beat, trimmed from what was rendered.

    Attributes:
        container: FFmpeg's name of the container format.
    """

    container: ClassVar[str]

    def write(self, part: ClipPart, path: Path) -> None:
        """Write a video, twice: its comment has the digest of what was written."""
        video = part.entry / VIDEO_FILES[self.output]
        trim(video, *part.frames, path)
        trim(video, *part.frames, path, part.comment(self.digest_of(path.read_bytes())))

    def comment_in(self, content: bytes) -> str:
        """Return the comment in a video, or "" if it has none or is damaged."""
        return comment_in_video(content, self.container)

    def digest_of(self, content: bytes) -> str:
        """Return the digest of a video's packets."""
        return digest_of_video(content, self.container)

    def is_retouched(self, content: bytes) -> bool:
        """Return whether a video has more than its pictures: a voice, subtitles."""
        return video_streams(content, self.container) != 1


def trim(video: Path, first: int, end: int, path: Path, comment: str = "") -> None:
    """Write the frames `first` to `end` of `video`, `end` excluded, to `path`.

    Args:
        video: A rendered MP4, MOV or WebM, which has one packet per frame.
        first: A keyframe; every beat begins with one.
        end: The frame after the last.
        path: Of the same format as `video`.
        comment: Embedded in the file.
    """
    import av

    with av.open(video) as source, av.open(path, "w", options=muxer_options(path)) as target:
        stream = source.streams.video[0]
        copied: Any = target.add_stream_from_template(stream)
        if comment:
            target.metadata[COMMENT] = comment
        # The template leaves these out; without its tag, ProRes 4444 counts as one without alpha.
        if "alpha_mode" in stream.metadata:
            copied.metadata["alpha_mode"] = stream.metadata["alpha_mode"]
        copied.codec_context.codec_tag = stream.codec_context.codec_tag
        packets = (packet for packet in source.demux(stream) if packet.dts is not None)
        shift = 0
        for number, packet in enumerate(packets):
            if number == first:
                if not packet.is_keyframe:
                    raise RuntimeError(f"{video} must have a keyframe at {first} to be cut there.")
                shift = packet.dts or 0
            if first <= number < end:
                packet.pts, packet.dts = (packet.pts or 0) - shift, (packet.dts or 0) - shift
                packet.stream = copied
                target.mux(packet)


def muxer_options(path: Path) -> dict[str, str]:
    """Return the options of the muxer: the same content gives the same bytes every time.

    An MP4 or MOV has its index at the front. A WebM would otherwise contain a random number.
    """
    is_mp4 = path.suffix in (".mp4", ".mov")
    return {"fflags": "+bitexact"} | ({"movflags": "+faststart"} if is_mp4 else {})
