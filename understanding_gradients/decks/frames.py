"""Which frame of a film a picture shows, however both are encoded."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from understanding_gradients.export.digests import MAX_PIXELS

SMALLEST, LARGEST = 16, 160  # pixels of the width in which pictures are compared
MAX_DECODED = 10_000_000_000  # pixels of all frames of a film
# Differences from 0 to 255 that encoding makes, of 92 stills and films of the lecture at most 7 in
# gray and 0.9 in color; from one beat to the next it is 64 at least.
GRAY_ANYWHERE, COLOR_ON_AVERAGE = 25, 6
GRAY = (0.299, 0.587, 0.114)
# The formats of posters; others would start programs or read other files.
PICTURES = ("BMP", "GIF", "JPEG", "PNG", "WEBP")


class CannotCompare(Exception):
    """A film or a picture that cannot be decoded, or only with too much work."""


def frame_shown(film: bytes | None, image: bytes | None, container_format: str) -> int | None:
    """Return the position of the frame of `film` that `image` shows; None if it shows none.

    The last frame is -1. Of frames that look the same it is the last, else the first.

    Raises:
        CannotCompare: If either cannot be decoded.
    """
    # A film or a picture may come from anywhere, and any decoder may fail.
    try:
        opened = opened_image(image or b"")
        size = compared_size(opened)
        picture = small(opened, size)
        first, last = ends(frames_of(film or b"", container_format))
        for position, frame in ((-1, last), (0, first)):
            if are_alike(picture, small(frame.to_image(), size)):
                return position
        for position, frame in enumerate(frames_of(film or b"", container_format)):
            if are_alike(picture, small(frame.to_image(), size)):
                return position
    except Exception as error:
        raise CannotCompare from error
    return None


def ends(frames: Iterable[Any]) -> tuple[Any, Any]:
    """Return the first and the last of some frames."""
    first = last = None
    for frame in frames:
        first, last = first or frame, frame
    return first, last


def opened_image(content: bytes) -> Any:
    """Return a picture that is not too large to be decoded."""
    from PIL import Image

    with warnings.catch_warnings(action="ignore"):
        image = Image.open(BytesIO(content), formats=PICTURES)
        if image.width * image.height > MAX_PIXELS:
            raise ValueError("it is too large")
        return image.convert("RGB")


def compared_size(image: Any) -> tuple[int, int]:
    """Return the size in which an image is compared: what scaling it did to its edges is gone."""
    width = max(SMALLEST, min(LARGEST, image.width // 4))
    return width, width * 9 // 16


def small(image: Any, size: tuple[int, int]) -> Any:
    """Return an image of this size as an array of colors."""
    from PIL import Image

    return np.asarray(image.resize(size, Image.Resampling.BOX), float)


def are_alike(one: Any, other: Any) -> bool:
    """Return whether two small images differ only as encoders make them differ."""
    gray = np.abs((one - other) @ GRAY)
    return gray.max() <= GRAY_ANYWHERE and np.abs(one - other).mean() <= COLOR_ON_AVERAGE


def frames_of(film: bytes, container_format: str) -> Iterator[Any]:
    """Yield the frames of a film, unless it is too long to be decoded."""
    import av

    with av.open(BytesIO(film), "r", format=container_format) as container:
        stream = container.streams.video[0]
        pixels = stream.width * stream.height
        if pixels > MAX_PIXELS:
            raise ValueError("it is too large")
        stream.thread_type = "AUTO"
        for number, frame in enumerate(container.decode(stream)):
            if pixels * number > MAX_DECODED:
                raise ValueError("it is too long")
            yield frame


def write_frame(film: Path, container_format: str, position: int, path: Path) -> None:
    """Write a frame of `film` as a PNG; -1 is the last one."""
    shown = None
    for number, frame in enumerate(frames_of(film.read_bytes(), container_format)):
        shown = frame
        if number == position:
            break
    if shown is not None:
        shown.to_image().save(path)


def milliseconds_of(film: bytes, container_format: str) -> float | None:
    """Return how long a film lasts; None if it cannot be read."""
    import av

    try:
        with av.open(BytesIO(film), "r", format=container_format) as container:
            stream = container.streams.video[0]
            if stream.duration is not None and stream.time_base is not None:
                return float(1000 * stream.duration * stream.time_base)
            return None if container.duration is None else container.duration / 1000
    except Exception:
        return None
