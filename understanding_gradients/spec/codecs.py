"""How clips are encoded that are not put together from takes: as data, which loads nothing."""

from __future__ import annotations

from dataclasses import dataclass

from understanding_gradients.spec.job import CLIP_FILE


@dataclass(frozen=True)
class Codec:
    """How a whole clip is encoded.

    Attributes:
        file: What it is called in its entry.
        name: FFmpeg's name of the encoder.
        pixels: FFmpeg's name of what it is fed.
        options: Its options.
    """

    file: str
    name: str
    pixels: str
    options: dict[str, str]


CODECS = {
    # What browsers and slides show with the slide behind it.
    "webm": Codec(
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
    # What pictures of few colours are made from: no colour may be blurred on the way.
    "lossless": Codec(
        "clip.mkv", "libx264rgb", "rgb24", {"preset": "ultrafast", "qp": "0", "threads": "1"}
    ),
}
FILES = {"clip": CLIP_FILE} | {kind: codec.file for kind, codec in CODECS.items()}
