"""RGB pixels to the planes of a BT.709 video frame, only where they changed.

Manim converts with BT.601 and tags nothing, so that HD players show #FF0000 as about #FF1800.
Here the matrix that converts and the tags that tell a player how to convert back are the same.

A colour sample of 4:2:0 video covers four pixels and is filtered from some more around them. So a
box is converted with a margin, of which the result is thrown away: what remains is, to the bit,
what converting the whole frame gives there.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import av
import numpy as np
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)

from understanding_gradients.encode.regions import Rect, to_slices

ACCURATE = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP
# How far around a box is converted with it, in pixels: the filter for colour reaches two, but
# swscale filters frames of less than eight pixels otherwise. Even: four pixels stay together.
REACH = 8
# To set up a converter takes as long as to convert a small box, and little memory for it.
SMALL = 256 * 256
SIZES_KEPT = 64


def convert(pixels: np.ndarray, box: Rect, planes: list[np.ndarray]) -> None:
    """Bring `planes` up to date with `pixels` inside `box`.

    Args:
        pixels: Shape (height, width, 4), uint8 RGBA, opaque.
        box: Left, top, right and bottom, in pixels; all even.
        planes: Luma, shape (height, width), and the two colour differences, each half as high and
            wide; written to.
    """
    left, top, right, bottom = box
    around = (
        max(0, left - REACH),
        max(0, top - REACH),
        min(pixels.shape[1], right + REACH),
        min(pixels.shape[0], bottom + REACH),
    )
    converted = planes_of(as_bt709(pixels[to_slices(around)]))
    for plane, part, scale in zip(planes, converted, (1, 2, 2), strict=True):
        inside = (
            (left - around[0]) // scale,
            (top - around[1]) // scale,
            (right - around[0]) // scale,
            (bottom - around[1]) // scale,
        )
        whole = (left // scale, top // scale, right // scale, bottom // scale)
        plane[to_slices(whole)] = part[to_slices(inside)]


def as_bt709(pixels: np.ndarray, planes: str = "yuv420p") -> av.VideoFrame:
    """Return `pixels` as a BT.709 frame of limited range.

    Args:
        pixels: Shape (height, width, 4), uint8 RGBA.
        planes: "yuv420p", or "yuva420p" to keep their opacity.
    """
    height, width, _ = pixels.shape
    find = small_converter if width * height <= SMALL else converter
    frame, canvas, reformatter = find(width, height)
    canvas[...] = pixels
    return reformatter.reformat(
        frame,
        format=planes,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        dst_colorspace=Colorspace.ITU709,
        dst_color_primaries=ColorPrimaries.BT709,
        dst_color_trc=ColorTrc.BT709,
        interpolation=ACCURATE,
        threads=1,
    )


def unpremultiply(pixels: np.ndarray) -> np.ndarray:
    """Return pixels as files have them, from pixels as cairo has them: times their opacity."""
    colours, opacity = pixels[..., :3].astype(np.uint32), pixels[..., 3:].astype(np.uint32)
    undone = (255 * colours + opacity // 2) // np.maximum(opacity, 1)
    return np.concatenate([np.minimum(undone, 255), opacity], axis=-1).astype(np.uint8)


def converter(width: int, height: int) -> tuple[av.VideoFrame, np.ndarray, VideoReformatter]:
    """Return a frame to write into, its pixels, and what converts frames of its size."""
    frame = av.VideoFrame(width, height, "rgba")
    return frame, pixels_of(frame), VideoReformatter()


small_converter = lru_cache(maxsize=SIZES_KEPT)(converter)


def tag_as_bt709(tagged: Any) -> None:
    """Write into a frame, or into a codec context, that its pixels are BT.709, limited range."""
    tagged.colorspace = Colorspace.ITU709
    tagged.color_primaries = ColorPrimaries.BT709
    tagged.color_trc = ColorTrc.BT709
    tagged.color_range = ColorRange.MPEG


def planes_of(frame: av.VideoFrame) -> list[np.ndarray]:
    """Return the planes of a planar `frame` as arrays over its memory."""
    return [
        np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1)[:, : plane.width]
        for plane in frame.planes
    ]


def pixels_of(frame: av.VideoFrame) -> np.ndarray:
    """Return the pixels of a packed RGBA `frame` as an array (height, width, 4) over its memory."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(frame.height, plane.line_size)
    return rows[:, : 4 * frame.width].reshape(frame.height, frame.width, 4, copy=False)
