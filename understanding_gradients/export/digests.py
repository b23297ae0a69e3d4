"""Digests of what an exported file shows, by which a later edit of it is seen.

They leave out the file's comment, and what another program may write differently without changing
the picture: the container of a video, the compression of a PNG.
"""

from __future__ import annotations

import hashlib
import warnings
from io import BytesIO
from typing import Any

DIGEST_LENGTH = 16
MAX_PIXELS = 1 << 25  # of a still that is decoded


def short_digest(content: bytes) -> str:
    """Return the beginning of a SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]


def digest_of_video(content: bytes, container_format: str) -> str:
    """Return the digest of all packets of a video and of their times; "" if it cannot be read."""
    import av

    try:
        with av.open(BytesIO(content), format=container_format) as container:
            view = view_of(container)
        with av.open(BytesIO(content), format=container_format) as container:
            return digest_of_packets(container, view)
    except Exception:
        return ""


def view_of(container: Any) -> bytes:
    """Return how the frames of a video are turned and stretched; nothing if they are not."""
    stream = container.streams.video[0]
    if stream.width * stream.height > MAX_PIXELS:
        raise ValueError("its frames are too large")
    matrix = next(container.decode(stream)).side_data.get("DISPLAYMATRIX")
    ratio = stream.sample_aspect_ratio or 1
    return (b"" if matrix is None else bytes(matrix)) + (b"" if ratio == 1 else str(ratio).encode())


def digest_of_packets(container: Any, view: bytes) -> str:
    """Return the digest of the packets of every stream, and of how its frames are viewed.

    A stream more is another digest.
    """
    found = [hashlib.sha256(stream.type.encode()) for stream in container.streams]
    for packet in container.demux():
        if packet.dts is None:
            continue
        time = round(packet.pts * packet.time_base * 1000)
        found[packet.stream_index].update(f"{time} {packet.is_discard} {packet.size} ".encode())
        found[packet.stream_index].update(bytes(packet))
    return short_digest(b"".join(one.digest() for one in found) + view)


def digest_of_image(content: bytes, image_format: str) -> str:
    """Return the digest of the pixels of a still; "" if it cannot be read."""
    from PIL import Image

    try:
        with warnings.catch_warnings(action="ignore"):
            with Image.open(BytesIO(content), formats=(image_format,)) as image:
                if image.width * image.height > MAX_PIXELS:
                    return ""
                pixels = image.convert("RGBA")
    except Exception:
        return ""
    return short_digest(f"{pixels.size} ".encode() + pixels.tobytes())


def video_streams(content: bytes, container_format: str) -> int:
    """Return how many streams a video has; 0 if it cannot be read."""
    import av

    try:
        with av.open(BytesIO(content), format=container_format) as container:
            return len(container.streams)
    except Exception:
        return 0
