"""Provenance: which clip an exported file shows, and with which options it was made.

It is embedded in the file as a comment, for which videos, GIFs and PNGs have room. So a file is
recognised wherever its owner put it, and whatever the slide around it says.

A comment may come from anywhere. It is data: the names and numbers in it are checked like those of
a command line, and no file that it names is ever run.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from understanding_gradients.export.exporter import exporters
from understanding_gradients.installation import PROJECT
from understanding_gradients.spec.options import OPTIONS, RenderOptions

# Format 1 has no number, and its options are called "wishes".
FORMAT = 2
MAX_COMMENT = 65536  # characters; ours are shorter
DIGEST_LENGTH = 16


@dataclass(frozen=True)
class Provenance:
    """What an exported file says about itself; of a whole clip, beat and caption are empty.

    `key` is the store's key of what it was made from.
    """

    slug: str
    beat: str = ""
    key: str = ""
    caption: str = ""
    options: RenderOptions = field(default_factory=RenderOptions)

    @property
    def name(self) -> str:
        """What it shows, for a person."""
        return f"{self.slug}, {self.beat}" if self.beat else self.slug

    def text(self) -> str:
        """Return it as a comment, in ASCII."""
        return json.dumps({"made_by": PROJECT, "format": FORMAT, **asdict(self)}, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> Provenance | None:
        """Return the provenance in a comment, or None if this project did not write it.

        Unknown keys are ignored and missing ones have their defaults, so that files of earlier and
        later versions are recognised.
        """
        import msgspec

        try:
            comment = msgspec.json.decode(text[:MAX_COMMENT], type=Comment)
        except (ValueError, RecursionError):
            return None
        if comment.made_by != PROJECT:
            return None
        options = comment.wishes or comment.options
        return cls(comment.slug, comment.beat, comment.key, comment.caption, options)


@dataclass(frozen=True)
class Comment(Provenance):
    """A comment of any version: what `Provenance.text` writes, or wrote."""

    made_by: str = ""
    wishes: RenderOptions | None = None


def provenance_of(name: str, content: bytes) -> Provenance | None:
    """Return the provenance in a file's content, or None if this project wrote none into it."""
    exporter = exporters().get(format_of(name))
    return None if exporter is None else Provenance.from_text(exporter.comment_in(content))


def format_of(name: str) -> str:
    """Return the format of a file that may carry provenance; "" if its suffix is of none."""
    suffix = PurePosixPath(name).suffix.lower()
    return next((kind for kind, one in exporters().items() if suffix in one.suffixes), "")


def recorded_options(options: RenderOptions) -> RenderOptions:
    """Return the options as an exported file carries them.

    Of a path it carries the name of the file alone; of the settings also digests of their content
    and of their place, so that settings with the same name are told apart.
    """
    settings = Path(options.settings)
    # Without a file the settings are the packaged defaults.
    content = settings.read_bytes() if settings.exists() else b""
    names: dict[str, Any] = {
        name: Path(value).name
        for name, one in OPTIONS.items()
        if one.is_path and (value := getattr(options, name)) is not None
    }
    return replace(
        options,
        **names,
        settings_content=short_digest(content),
        settings_place=short_digest(str(settings.resolve()).encode()),
    )


def short_digest(content: bytes) -> str:
    """Return the beginning of a SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]
