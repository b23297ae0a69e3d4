"""What an SVG says of itself: its title and its comment, and the digest of what it draws."""

from __future__ import annotations

from typing import Any

from understanding_gradients.export.digests import short_digest

NAMESPACE = "{http://www.w3.org/2000/svg}"
MAX_BYTES = 20_000_000  # of one that is read; ours have less than a megabyte


def with_comment(content: bytes, title: str, comment: str) -> bytes:
    """Return an SVG of ours with a title, which screen readers read, and a comment."""
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

    root = etree.fromstring(content)
    for position, (tag, text) in enumerate((("title", title), ("metadata", comment))):
        element = etree.Element(f"{NAMESPACE}{tag}")
        element.text = text
        root.insert(position, element)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def comment_in(content: bytes) -> str:
    """Return the comment in an SVG, or "" if it has none or cannot be read."""
    root = parsed(content)
    return "" if root is None else root.findtext(f"{NAMESPACE}metadata") or ""


def digest_of(content: bytes) -> str:
    """Return the digest of what an SVG draws; "" if it cannot be read."""
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

    root = parsed(content)
    if root is None:
        return ""
    for tag in ("title", "metadata"):
        for element in root.findall(f"{NAMESPACE}{tag}"):
            root.remove(element)
    return short_digest(etree.tostring(root, method="c14n"))


def parsed(content: bytes) -> Any:
    """Return the root of an SVG from anywhere; None if it is too large or cannot be read."""
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return etree.fromstring(content, parser) if len(content) <= MAX_BYTES else None
    except (etree.XMLSyntaxError, ValueError):
        return None
