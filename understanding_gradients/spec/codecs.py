"""The codecs of transparent and of lossless videos; data only, which loads no encoder."""

from __future__ import annotations

from dataclasses import dataclass

from understanding_gradients.spec.job import Output
from understanding_gradients.spec.timeline import CLIP_FILE


@dataclass(frozen=True)
class Codec:
    """How a video is encoded, with FFmpeg's names of encoder and pixel format.

    Attributes:
        file_name: Of the video in the store.
        encoder: Has a packet for each frame at once.
        pixel_format: Of the video.
        options: Of the encoder.
        is_intra: Whether each packet is a whole picture, which can be repeated.
        repeat: A packet that shows the picture before it again; empty if there is none.
    """

    file_name: str
    encoder: str
    pixel_format: str
    options: dict[str, str]
    is_intra: bool = False
    repeat: bytes = b""

    @property
    def is_rgb(self) -> bool:
        """Whether it keeps red, green and blue as they are; others are BT.709."""
        return self.pixel_format == "rgb24"


CODECS = {
    # For browsers and slides: VP9 has an alpha channel.
    Output.WEBM: Codec(
        "clip.webm",
        "libvpx-vp9",
        "yuva420p",
        {
            "deadline": "realtime",
            "cpu-used": "7",
            # For drawn pictures: faster, smaller and closer.
            "tune-content": "screen",
            "crf": "20",
            "b": "0",
            "auto-alt-ref": "0",
            "lag-in-frames": "0",
            "threads": "1",
        },
        # "Show an existing frame", the first of those that a decoder keeps (VP9, section 6.2).
        repeat=b"\x88",
    ),
    # For programs that edit video: each frame of ProRes 4444 is a keyframe, of 10 bits. A constant
    # quantiser, of 4 in units of 118, takes a fifth of the time of a constant rate.
    Output.PRORES: Codec(
        "clip.mov",
        "prores_ks",
        "yuva444p10le",
        {
            "profile": "4444",
            "vendor": "apl0",
            "alpha_bits": "16",
            "flags": "+qscale",
            "global_quality": "472",
            "threads": "1",
        },
        is_intra=True,
    ),
    # The source of GIFs: lossless RGB keeps the palette exact.
    Output.LOSSLESS: Codec(
        "clip.mkv",
        "libx264rgb",
        "rgb24",
        # At a variable frame rate, x264 would keep a frame back.
        {"preset": "ultrafast", "qp": "0", "threads": "1", "x264-params": "force-cfr=1"},
    ),
}
VIDEO_FILES = {Output.CLIP: CLIP_FILE} | {
    output: codec.file_name for output, codec in CODECS.items()
}
