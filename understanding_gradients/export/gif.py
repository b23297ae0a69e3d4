"""An animated GIF of a clip: a palette of its own, and no larger than asked for.

A GIF counts time in hundredths of a second, so that only some frame rates run evenly. Flat
graphics need no dithering, which would flicker and triple the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from PIL import Image

COLOURS = 256
# So many are those of the largest areas; and so many are looked at.
LARGE = 96
MOST_COLOURS = 4096
# Frames that the palette is made from.
SAMPLES = 24
MEGABYTE = 1_000_000
# Red, green and blue in one number.
PLACES = np.array([256**2, 256, 1])


class Size(NamedTuple):
    """How large a GIF is.

    Attributes:
        width: In pixels.
        frame_rate: Frames a second; 100 of them are a whole number of hundredths.
    """

    width: int
    frame_rate: int


# From the best down; each is tried until one is small enough. No GIF is larger than its video.
SIZES = (Size(960, 20), Size(800, 20), Size(640, 20), Size(640, 10), Size(480, 10), Size(320, 10))


def write_gif(
    video: Path,
    first: int,
    end: int,
    path: Path,
    largest: float | None = None,
    comment: str = "",
) -> Size:
    """Write the frames `first` to `end` of `video`, `end` excluded, as a GIF that repeats.

    Args:
        video: A clip, encoded without loss: what a film's encoder adds would flicker here.
        first: The first frame.
        end: The frame after the last.
        path: Of the GIF.
        largest: How many megabytes it may have; no limit if not given.
        comment: What the file says of itself.

    Returns:
        The largest of `SIZES` that is small enough.

    Raises:
        RuntimeError: If none is.
    """
    found = []
    for size in SIZES:
        content = encoded(video, first, end, size, comment)
        found.append(len(content) / MEGABYTE)
        if largest is None or found[-1] <= largest:
            path.write_bytes(content)
            return size
    raise RuntimeError(
        f"--max-mb must be at least {min(found):.2g} for these {end - first} frames; "
        f"got {largest:g}: raise it, or choose a single beat."
    )


def encoded(video: Path, first: int, end: int, size: Size, comment: str = "") -> bytes:
    """Return the GIF of one `size`."""
    frames = list(resized(video, first, end, size))
    palette = palette_of(frames[:: -(-len(frames) // SAMPLES)])
    flat = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    content = BytesIO()
    flat[0].save(
        content,
        format="GIF",
        save_all=True,
        append_images=flat[1:],
        duration=1000 // size.frame_rate,
        loop=0,
        optimize=False,
        comment=comment.encode("ascii"),
    )
    return content.getvalue()


def resized(video: Path, first: int, end: int, size: Size) -> Iterator[Image.Image]:
    """Yield the frames that a GIF of `size` shows, and the last one for certain."""
    with av.open(video) as container:
        rate = container.streams.video[0].average_rate
        assert rate is not None
        steps = range(round((end - first) * size.frame_rate / rate) or 1)
        wanted = [first + int(step * rate / size.frame_rate) for step in steps]
        wanted[-1] = end - 1
        for number, frame in enumerate(container.decode(video=0)):
            while wanted and number == wanted[0]:
                wanted.pop(0)
                yield narrowed(frame.to_image(), size.width)
            if not wanted:
                return


def narrowed(image: Image.Image, width: int) -> Image.Image:
    """Return `image` at most so wide."""
    if image.width <= width:
        return image
    height = round(image.height * width / image.width)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def palette_of(frames: Sequence[Image.Image]) -> Image.Image:
    """Return an image with the palette that suits all `frames`.

    The colours of large areas are in it as they are. Of the others each counts once, however much
    of it there is: an accent that means something is a few strokes.
    """
    packed = np.concatenate([np.asarray(frame).reshape(-1, 3) @ PLACES for frame in frames])
    colours, counts = np.unique(packed, return_counts=True)
    by_area = colours[np.argsort(-counts, kind="stable")]
    large, small = by_area[:LARGE], by_area[LARGE:][: MOST_COLOURS - LARGE]
    found = unpacked(large).tobytes()
    if len(small):
        rest = Image.fromarray(unpacked(small)[None])
        others = rest.quantize(COLOURS - LARGE, Image.Quantize.MAXCOVERAGE).getpalette() or []
        found += bytes(others[: 3 * (COLOURS - LARGE)])
    palette = Image.new("P", (1, 1))
    palette.putpalette(found)
    return palette


def unpacked(colours: np.ndarray) -> np.ndarray:
    """Return red, green and blue, uint8, shape (colours, 3), of colours that are one number."""
    return (colours[:, None] // PLACES % 256).astype(np.uint8)
