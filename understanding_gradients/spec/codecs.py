"""The codecs of videos that are encoded in a single pass; data only, which loads no encoder."""

from __future__ import annotations

from dataclasses import dataclass

from understanding_gradients.spec.job import Output
from understanding_gradients.spec.timeline import CLIP_FILE


@dataclass(frozen=True)
class Codec:
    """How a video is encoded in a single pass, with FFmpeg's names of encoder and pixel format."""

    file_name: str
    encoder: str
    pixel_format: str
    options: dict[str, str]

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
            "crf": "20",
            "b": "0",
            "auto-alt-ref": "0",
            "lag-in-frames": "0",
            "threads": "1",
        },
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
    ),
    # The source of GIFs: lossless RGB keeps the palette exact.
    Output.LOSSLESS: Codec(
        "clip.mkv", "libx264rgb", "rgb24", {"preset": "ultrafast", "qp": "0", "threads": "1"}
    ),
}
VIDEO_FILES = {Output.CLIP: CLIP_FILE} | {
    output: codec.file_name for output, codec in CODECS.items()
}
