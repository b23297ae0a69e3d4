"""What a file of ours says of itself: which clip it is, and what was asked for when it was made.

It travels inside the file, as the comment for which videos, GIFs and PNGs have room. So a clip is
known again wherever its owner put it, and whatever the slide around it is called by now.

What comes back from outside may have been written by anybody. It is data: the names and numbers in
it are checked like those of a command line, and no file that it names is ever run.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, get_type_hints

import av
from PIL import Image

from understanding_gradients.spec.options import RenderOptions

MADE_BY = "Understanding Gradients"
# The kinds of `export.files.FORMATS` that can say what they are, by the names files have.
KINDS = {".mp4": "mp4", ".m4v": "mp4", ".webm": "webm", ".gif": "gif", ".png": "png"}
CONTAINERS = {"mp4": "mp4", "webm": "matroska"}
COMMENT = "comment"
# More than any of ours is long; a stranger's comment is not read further.
LONGEST = 65536


@dataclass(frozen=True)
class Provenance:
    """Which file of ours one is.

    Attributes:
        slug: Of the clip.
        beat: The name of the beat; "" for a whole clip.
        key: The store's key of what it was made from.
        caption: What was said during the beat; "" for a whole clip.
        wishes: What was asked for.
    """

    slug: str
    beat: str
    key: str
    caption: str = ""
    wishes: RenderOptions = field(default_factory=RenderOptions)

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"{self.slug}, {self.beat}" if self.beat else self.slug

    def text(self) -> str:
        """Return it as the comment that a file carries, in ASCII."""
        return json.dumps({"made_by": MADE_BY, **asdict(self)}, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> Provenance | None:
        """Return what a comment says, or None if it is none of ours."""
        try:
            stored = json.loads(text[:LONGEST])
        except (ValueError, RecursionError):
            return None
        if not isinstance(stored, dict) or stored.pop("made_by", None) != MADE_BY:
            return None
        wishes = stored.pop("wishes", None)
        names = stored.keys() == {"slug", "beat", "key", "caption"}
        if not names or not all(isinstance(value, str) for value in stored.values()):
            return None
        return cls(**stored, wishes=RenderOptions(**wishes)) if are_options(wishes) else None


def are_options(stored: Any) -> bool:
    """Return whether `stored` has the names and the kinds of values that `RenderOptions` has."""
    kinds = get_type_hints(RenderOptions)
    if not isinstance(stored, dict) or stored.keys() != kinds.keys():
        return False
    return all(isinstance(value, kinds[name]) for name, value in stored.items())


def provenance_of(name: str, content: bytes) -> Provenance | None:
    """Return which file of ours this is, or None if it is none.

    Args:
        name: Its file name, which tells its kind.
        content: All of it.
    """
    kind = KINDS.get(PurePosixPath(name).suffix.lower())
    if kind is None:
        return None
    comment = comment_of_video(content, kind) if kind in CONTAINERS else comment_of_image(content)
    return Provenance.from_text(comment)


def comment_of_video(content: bytes, kind: str) -> str:
    """Return the comment in an MP4 or WebM, or "" if there is none, or it is no such video."""
    # Whatever a stranger's file makes a decoder do, it is none of ours.
    try:
        with av.open(BytesIO(content), format=CONTAINERS[kind]) as container:
            metadata = {key.lower(): value for key, value in container.metadata.items()}
    except Exception:
        return ""
    return metadata.get(COMMENT, "")


def comment_of_image(content: bytes) -> str:
    """Return the comment in a PNG or GIF, or "" if there is none, or it is no such image."""
    try:
        # Only its head is read: comments of ours come before the pixels.
        with warnings.catch_warnings(action="ignore"):
            with Image.open(BytesIO(content), formats=("PNG", "GIF")) as image:
                comment = image.info.get(COMMENT, "")
    except Exception:
        return ""
    return comment.decode("ascii", "replace") if isinstance(comment, bytes) else str(comment)
