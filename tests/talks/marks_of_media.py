"""Films and pictures as other programs write them again, with or without our mark."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo


def muxed_again(
    film: bytes,
    keep: Callable[[int], bool] = lambda number: True,
    *,
    voice: bool = False,
    mark: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda said: said,
) -> bytes:
    """Return a film whose packets were copied into a new file, as FFmpeg's ``-c copy`` does."""
    made = BytesIO()
    with av.open(BytesIO(film)) as source, av.open(made, "w", format="mp4") as target:
        said = mark(json.loads(source.metadata["comment"]))
        if said is not None:
            target.metadata["comment"] = json.dumps(said)
        stream: Any = target.add_stream_from_template(source.streams.video[0])
        track: Any = target.add_stream("aac", rate=44100) if voice else None
        for number, packet in enumerate(source.demux(source.streams.video[0])):
            if packet.dts is not None and keep(number):
                packet.stream = stream
                target.mux(packet)
        if track is not None:
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            sound.rate = 44100
            for packet in [*track.encode(sound), *track.encode(None)]:
                target.mux(packet)
    return made.getvalue()


def turned(film: bytes, degrees: int = 90, hflip: bool = False) -> bytes:
    """Return a film that players turn or mirror: its packets are the same, its matrix is not."""
    made = BytesIO()
    with av.open(BytesIO(film)) as source, av.open(made, "w", format="mp4") as target:
        target.metadata["comment"] = source.metadata["comment"]
        stream: Any = target.add_stream_from_template(source.streams.video[0])
        stream.set_display_rotation(degrees, hflip=hflip)
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return made.getvalue()


def view(film: bytes) -> bytes:
    """Return the matrix by which players show a film; nothing if it has none."""
    with av.open(BytesIO(film)) as container:
        matrix = next(container.decode(video=0)).side_data.get("DISPLAYMATRIX")
    return b"" if matrix is None else bytes(matrix)


def encoded_again(film: bytes) -> bytes:
    """Return a film whose frames were encoded again, as PowerPoint's "Compress Media" does."""
    made = BytesIO()
    with av.open(BytesIO(film)) as source, av.open(made, "w", format="mp4") as target:
        stream: Any = target.add_stream("libx264", rate=source.streams.video[0].average_rate)
        picture = source.streams.video[0]
        stream.width, stream.height, stream.pix_fmt = picture.width, picture.height, "yuv420p"
        for frame in source.decode(picture):
            target.mux(stream.encode(frame.reformat(format="yuv420p")))
        target.mux(stream.encode(None))
    return made.getvalue()


def image(content: bytes) -> Any:
    """Return a picture, decoded."""
    return Image.open(BytesIO(content)).convert("RGB")


def frame(film: bytes, position: int) -> Any:
    """Return a frame of a film."""
    with av.open(BytesIO(film)) as container:
        return [one.to_image() for one in container.decode(video=0)][position]


def saved(picture: Any, kind: str = "png", comment: str = "") -> bytes:
    """Return a picture as a file."""
    made, text = BytesIO(), PngInfo()
    if comment:
        text.add_text("comment", comment)
    picture.save(made, kind, **({"pnginfo": text} if kind == "png" else {}))
    return made.getvalue()


def comment_of(content: bytes) -> str:
    """Return what a picture says of itself."""
    return Image.open(BytesIO(content)).info.get("comment", "")


def drawn_upon(content: bytes) -> Any:
    """Return a picture with an arrow that somebody drew upon it."""
    picture = image(content)
    ImageDraw.Draw(picture).line((20, 20, 200, 120), fill="red", width=9)
    return picture


def own_picture(size: tuple[int, int] = (320, 180)) -> Any:
    """Return a picture of somebody's own."""
    picture = Image.new("RGB", size, "navy")
    ImageDraw.Draw(picture).ellipse((90, 20, 230, 160), fill="gold")
    return picture


def are_alike(content: bytes, other: Any) -> bool:
    """Return whether a file shows the same as a picture, however it is encoded."""
    try:
        pictures = image(content), other
    except UnidentifiedImageError:
        return False
    a, b = (np.asarray(each.convert("L").resize((50, 28)), float) for each in pictures)
    return float(np.abs(a - b).max()) < 40
