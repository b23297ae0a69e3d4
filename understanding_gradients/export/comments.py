"""The comments that videos, GIFs, PNGs and SVGs carry; a broken file has none."""

from __future__ import annotations

import warnings
from io import BytesIO

COMMENT = "comment"
SVG = "{http://www.w3.org/2000/svg}"


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


def comment_in_svg(content: bytes) -> str:
    """Return the comment in an SVG, or "" if it has none or cannot be read."""
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return etree.fromstring(content, parser).findtext(f"{SVG}metadata") or ""
    except (etree.XMLSyntaxError, ValueError):
        return ""


def svg_with_comment(content: bytes, title: str, comment: str) -> bytes:
    """Return an SVG with a title, which screen readers read, and a comment."""
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

    root = etree.fromstring(content)
    for position, (tag, text) in enumerate((("title", title), ("metadata", comment))):
        element = etree.Element(f"{SVG}{tag}")
        element.text = text
        root.insert(position, element)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
