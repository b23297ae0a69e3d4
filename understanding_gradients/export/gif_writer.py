"""Animated GIFs, with FFmpeg's palette for the whole clip, and no larger than requested.

Frames are streamed through FFmpeg's filters, once for the palette and once for the file, so that
memory does not grow with the length of the clip. Flat graphics need no dithering, which would
flicker and triple the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import av
from av.filter import Graph

from understanding_gradients.spec.errors import OperationFailed

MEGABYTE = 1_000_000
BLOCK = 255  # bytes of a GIF's data sub-block
MARK = b"!\xfe"  # of a comment


class Size(NamedTuple):
    """The width of a GIF in pixels, and its frames per second, which must divide a hundred."""

    width: int
    frame_rate: int


# From the best down; each is tried until one is small enough. No GIF is larger than its video.
SIZES = (Size(960, 20), Size(800, 20), Size(640, 20), Size(640, 10), Size(480, 10), Size(320, 10))


def write_gif(
    video: Path,
    first: int,
    end: int,
    path: Path,
    max_mb: float | None = None,
    comment: Callable[[bytes], str] | None = None,
) -> Size:
    """Write the frames `first` to `end` of `video`, `end` excluded, as a GIF that repeats.

    Args:
        video: A lossless video: a lossy encoder's noise would flicker in a palette.
        first: The first frame.
        end: The frame after the last.
        path: The GIF.
        max_mb: The largest size of the file, in megabytes; no limit by default.
        comment: Returns the comment to embed, in ASCII, given the GIF without it.

    Raises:
        OperationFailed: If even the smallest of `SIZES` is too large.
    """
    found = []
    for size in SIZES:
        encode_gif(video, first, end, path, size)
        if comment is not None:
            insert_comment(path, comment(path.read_bytes()))
        found.append(path.stat().st_size / MEGABYTE)
        if max_mb is None or found[-1] <= max_mb:
            return size
    path.unlink()
    raise OperationFailed(
        f"--max-mb must be at least {min(found):.2g} for these {end - first} frames; "
        f"got {max_mb:g}: raise it, or choose a single beat."
    )


def encode_gif(video: Path, first: int, end: int, path: Path, size: Size) -> None:
    """Write the GIF of one `size`."""
    palette = next(filtered(scaled(video, first, end, size), "palettegen=reserve_transparent=0"))
    frames = filtered(scaled(video, first, end, size), "paletteuse=dither=none", palette)
    with av.open(path, "w", format="gif", options={"loop": "0"}) as target:
        stream: Any = None
        for frame in frames:
            if stream is None:
                stream = target.add_stream("gif", rate=size.frame_rate)
                stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "pal8"
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))


def scaled(video: Path, first: int, end: int, size: Size) -> Iterator[av.VideoFrame]:
    """Yield the frames that a GIF of `size` shows, the last frame among them."""
    with av.open(video) as container:
        rate = container.streams.video[0].average_rate
        assert rate is not None
        numbers = [
            first + int(step * rate / size.frame_rate)
            for step in range(round((end - first) * size.frame_rate / rate) or 1)
        ]
        numbers[-1] = end - 1
        yield from filtered(
            chosen(container.decode(video=0), numbers, size.frame_rate),
            rf"scale=min({size.width}\,iw):-1:flags=lanczos",
        )


def chosen(
    frames: Iterable[av.VideoFrame], numbers: list[int], frame_rate: int
) -> Iterator[av.VideoFrame]:
    """Yield the frames of these increasing numbers, timed at `frame_rate`."""
    waiting = list(numbers)
    for number, frame in enumerate(frames):
        while waiting and waiting[0] == number:
            frame.pts, frame.time_base = len(numbers) - len(waiting), Fraction(1, frame_rate)
            waiting.pop(0)
            yield frame
        if not waiting:
            return


def filtered(
    frames: Iterable[av.VideoFrame], description: str, palette: av.VideoFrame | None = None
) -> Iterator[av.VideoFrame]:
    """Yield `frames` as an FFmpeg filter returns them, which is described as in ``-filter``.

    A `palette` is the second input of the filter.
    """
    frames = iter(frames)
    first = next(frames)
    inputs = [first]
    if palette is not None:
        palette.pts, palette.time_base = 0, first.time_base
        inputs.append(palette)
    graph = Graph()
    name, _, options = description.partition("=")
    step, sink = graph.add(name, options), graph.add("buffersink")
    sources = [buffer_of(graph, frame) for frame in inputs]
    for number, source in enumerate(sources):
        source.link_to(step, 0, number)
    step.link_to(sink)
    graph.configure()
    for source, still in zip(sources[1:], inputs[1:], strict=True):
        source.push(still)
        source.push(None)
    for frame in chain([first], frames):
        sources[0].push(frame)
        yield from available(sink)
    sources[0].push(None)
    yield from available(sink)


def buffer_of(graph: Graph, frame: av.VideoFrame) -> Any:
    """Return an input of `graph` for frames like `frame`."""
    return graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
    )


def available(sink: Any) -> Iterator[Any]:
    """Yield the frames that a filter has finished."""
    with suppress(BlockingIOError, EOFError):
        while True:
            yield sink.pull()


def insert_comment(path: Path, comment: str) -> None:
    """Put a comment into a GIF in front of its frames; FFmpeg cannot write one."""
    text = comment.encode("ascii")
    blocks = [text[at : at + BLOCK] for at in range(0, len(text), BLOCK)]
    content = path.read_bytes()
    head = head_of(content)
    extension = b"".join(bytes([len(block)]) + block for block in blocks)
    path.write_bytes(content[:head] + MARK + extension + b"\0" + content[head:])


def without_comment(content: bytes) -> bytes:
    """Return a GIF without the comment that `insert_comment` put into it."""
    head = head_of(content)
    if content[head : head + 2] != MARK:
        return content
    end = head + 2
    while end < len(content) and content[end]:
        end += 1 + content[end]
    return content[:head] + content[end + 1 :]


def head_of(content: bytes) -> int:
    """Return how many bytes are before the frames of a GIF: its head, and the palette behind it."""
    return 13 + 3 * 2 ** ((content[10] & 7) + 1) if len(content) > 10 else 0
