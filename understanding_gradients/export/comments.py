"""The comments that videos, GIFs and PNGs carry; a broken file has none."""

from __future__ import annotations

import warnings
from io import BytesIO

COMMENT = "comment"


def comment_in_video(content: bytes, container_format: str) -> str:
    """Return the comment in a video of this format, or "" if it has none or cannot be read."""
    import av

    # The file may come from anywhere, and any decoder error means that it is not ours.
    try:
        with av.open(BytesIO(content), format=container_format) as container:
            metadata = {key.lower(): value for key, value in container.metadata.items()}
    except Exception:
        return ""
    return metadata.get(COMMENT, "")


def comment_in_image(content: bytes, image_format: str) -> str:
    """Return the comment in a PNG or GIF, or "" if it has none or cannot be read."""
    from PIL import Image

    try:
        # Opening reads only the head of the file: our comments precede the pixels.
        with warnings.catch_warnings(action="ignore"):
            with Image.open(BytesIO(content), formats=(image_format,)) as image:
                comment = image.info.get(COMMENT, "")
    except Exception:
        return ""
    return comment.decode("ascii", "replace") if isinstance(comment, bytes) else str(comment)
