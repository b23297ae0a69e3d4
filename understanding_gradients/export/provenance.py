"""Provenance: which clip an exported file shows, and with which options it was made.

It is embedded in the file as a comment, for which videos, GIFs and PNGs have room. So a file is
recognised wherever its owner put it, and whatever the slide around it says.

A comment may come from anywhere. It is data: the names and numbers in it are checked like those of
a command line, and no file that it names is ever run.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path, PurePosixPath
from typing import Any

from understanding_gradients.export.digests import short_digest
from understanding_gradients.export.exporter import exporters
from understanding_gradients.installation import PROJECT
from understanding_gradients.spec.options import OPTIONS, RenderOptions, is_given

# Format 1 has no number, and its options are called "wishes".
FORMAT = 2
# The bytes by which a format is known, and where they are.
SIGNS = {
    "gif": (0, b"GIF8"),
    "mov": (4, b"ftypqt"),
    "mp4": (4, b"ftyp"),
    "png": (0, b"\x89PNG"),
    "webm": (0, b"\x1aE\xdf\xa3"),
}
MAX_COMMENT = 65536  # characters; ours are shorter


@dataclass(frozen=True)
class Provenance:
    """What an exported file says about itself; of a whole clip, beat and caption are empty.

    Attributes:
        slug: The clip.
        beat: The beat that it shows.
        key: The store's key of what it was made from.
        caption: The caption of the beat.
        options: What it was made with.
        digest: Of what it showed when it was made; "" in files of earlier versions.
        beats: The names of all beats that the clip had; () in files of earlier versions.
        problem: Why the comment cannot be used; no part of it.
    """

    slug: str
    beat: str = ""
    key: str = ""
    caption: str = ""
    options: RenderOptions = field(default_factory=RenderOptions)
    digest: str = ""
    beats: tuple[str, ...] = ()
    problem: str = ""

    @property
    def name(self) -> str:
        """What it shows, for a person."""
        return f"{self.slug}, {self.beat}" if self.beat else self.slug

    def text(self) -> str:
        """Return it as a comment, in ASCII."""
        content = asdict(self)
        del content["problem"]
        return json.dumps({"made_by": PROJECT, "format": FORMAT, **content}, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> Provenance | None:
        """Return the provenance in a comment, or None if this project did not write it.

        Unknown keys are ignored and missing ones have their defaults, so that files of earlier and
        later versions are recognised. A value of a wrong type is its `problem`.
        """
        import msgspec

        try:
            content = msgspec.json.decode(text[:MAX_COMMENT])
        except (ValueError, RecursionError):
            return None
        if not isinstance(content, dict) or content.get("made_by") != PROJECT:
            return None
        try:
            comment = msgspec.convert(content, Comment)
        except (ValueError, RecursionError) as error:
            slug = content.get("slug")
            return cls(slug if isinstance(slug, str) else "a clip", problem=plain(error))
        return cls(
            **{one.name: getattr(comment, one.name) for one in fields(cls)}
            | {"options": comment.wishes or comment.options, "problem": ""}
        )


@dataclass(frozen=True)
class Comment(Provenance):
    """A comment of any version: what `Provenance.text` writes, or wrote."""

    made_by: str = ""
    wishes: RenderOptions | None = None


def plain(error: Exception) -> str:
    """Return what is wrong with a value in a comment, and where."""
    reason, _, place = str(error).rstrip("`").partition(" - at `$.")
    return f"what it says of its {place or 'content'} cannot be read: {reason}"


def provenance_of(name: str, content: bytes) -> Provenance | None:
    """Return the provenance in a file's content, or None if this project wrote none into it."""
    return provenance_in(format_of(name), content)


def provenance_in(kind: str, content: bytes) -> Provenance | None:
    """Return the provenance in the content of a file of format `kind`."""
    exporter = exporters().get(kind)
    return None if exporter is None else Provenance.from_text(exporter.comment_in(content))


def format_of(name: str) -> str:
    """Return the format of a file that may carry provenance; "" if its suffix is of none."""
    suffix = PurePosixPath(name).suffix.lower()
    return next((kind for kind, one in exporters().items() if suffix in one.suffixes), "")


def format_in(content: bytes) -> str:
    """Return the format that the beginning of a file says; "" if it is of none."""
    return next(
        (kind for kind, (at, sign) in SIGNS.items() if content[at : at + len(sign)] == sign), ""
    )


def recorded_options(options: RenderOptions) -> RenderOptions:
    """Return the options as an exported file carries them.

    Of a path it carries the name of the file alone; of the settings also digests of their content
    and of their place, so that settings with the same name are told apart.
    """
    settings = Path(options.settings)
    # Without a file the settings are the packaged defaults.
    content = settings.read_bytes() if settings.exists() else b""
    names: dict[str, Any] = {
        name: tuple(Path(one).name for one in value) if name == "run" else Path(value).name
        for name, option in OPTIONS.items()
        if option.is_path and is_given(value := getattr(options, name))
    }
    return replace(
        options,
        **names,
        settings_content=short_digest(content),
        settings_place=short_digest(str(settings.resolve()).encode()),
    )
