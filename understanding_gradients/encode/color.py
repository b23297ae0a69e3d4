"""RGB pixels to the planes of a BT.709 video frame, only where they changed.

Manim converts with BT.601 and tags nothing, so that HD players show #FF0000 as about #FF1800.
Here the conversion matrix agrees with the tags in the stream.

A chroma sample of 4:2:0 video covers four pixels and is filtered from their neighbours too. A rect
is therefore converted with a margin, which is then discarded: the rest is bit-identical to a
conversion of the whole frame.
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
# Margin around a rect in pixels. The chroma filter reaches two, but swscale uses another filter for
# frames below eight pixels. Even, so that no 2 x 2 block is split.
FILTER_MARGIN = 8
# Creating a converter takes as long as converting a small rect, so small ones are cached.
MAX_CACHED_AREA = 256 * 256
MAX_CACHED_SIZES = 64


def convert(
    pixels: np.ndarray, rect: Rect, planes: list[np.ndarray], pixel_format: str = "yuv420p"
) -> None:
    """Update `planes` from `pixels` inside `rect`.

    Args:
        pixels: Shape (height, width, 4), uint8 RGBA.
        rect: Left, top, right and bottom in pixels; all even.
        planes: Luma, shape (height, width), both chroma planes, half as high and wide, and alpha
            if the format has it; modified in place.
        pixel_format: 4:2:0, with alpha or without.
    """
    left, top, right, bottom = rect
    source = (
        max(0, left - FILTER_MARGIN),
        max(0, top - FILTER_MARGIN),
        min(pixels.shape[1], right + FILTER_MARGIN),
        min(pixels.shape[0], bottom + FILTER_MARGIN),
    )
    converted = planes_of(as_bt709(pixels[to_slices(source)], pixel_format))
    for plane, part, scale in zip(planes, converted, (1, 2, 2, 1), strict=False):
        inner = (
            (left - source[0]) // scale,
            (top - source[1]) // scale,
            (right - source[0]) // scale,
            (bottom - source[1]) // scale,
        )
        target = (left // scale, top // scale, right // scale, bottom // scale)
        plane[to_slices(target)] = part[to_slices(inner)]


def as_bt709(pixels: np.ndarray, pixel_format: str = "yuv420p") -> av.VideoFrame:
    """Return RGBA `pixels` as a BT.709 frame of limited range; a format of "yuva" keeps alpha."""
    height, width, _ = pixels.shape
    is_small = width * height <= MAX_CACHED_AREA
    frame, canvas, reformatter = (cached_converter if is_small else new_converter)(width, height)
    canvas[...] = pixels
    return reformatter.reformat(
        frame,
        format=pixel_format,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        dst_colorspace=Colorspace.ITU709,
        dst_color_primaries=ColorPrimaries.BT709,
        dst_color_trc=ColorTrc.BT709,
        interpolation=ACCURATE,
        threads=1,
    )


def unpremultiply(pixels: np.ndarray) -> np.ndarray:
    """Return RGBA with straight alpha, as files have it, from cairo's premultiplied alpha."""
    colors, alpha = pixels[..., :3].astype(np.uint32), pixels[..., 3:].astype(np.uint32)
    straight = (255 * colors + alpha // 2) // np.maximum(alpha, 1)
    return np.concatenate([np.minimum(straight, 255), alpha], axis=-1).astype(np.uint8)


def new_converter(width: int, height: int) -> tuple[av.VideoFrame, np.ndarray, VideoReformatter]:
    """Return a frame to write into, its pixels as an array, and a converter for its size."""
    frame = av.VideoFrame(width, height, "rgba")
    return frame, pixels_of(frame), VideoReformatter()


cached_converter = lru_cache(maxsize=MAX_CACHED_SIZES)(new_converter)


def tag_as_bt709(target: Any) -> None:
    """Tag a frame or a codec context as BT.709 of limited range."""
    target.colorspace = Colorspace.ITU709
    target.color_primaries = ColorPrimaries.BT709
    target.color_trc = ColorTrc.BT709
    target.color_range = ColorRange.MPEG


def planes_of(frame: av.VideoFrame) -> list[np.ndarray]:
    """Return the planes of a planar `frame` as views of its memory."""
    return [
        np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1)[:, : plane.width]
        for plane in frame.planes
    ]


def pixels_of(frame: av.VideoFrame) -> np.ndarray:
    """Return the pixels of a packed RGBA `frame` as a view, shape (height, width, 4)."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(frame.height, plane.line_size)
    return rows[:, : 4 * frame.width].reshape(frame.height, frame.width, 4, copy=False)
