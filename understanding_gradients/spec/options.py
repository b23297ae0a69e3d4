"""The options of a render, each written once.

The command line's options, the changes of the settings, the names of files and the provenance in
exported files all derive from the fields of `RenderOptions`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from descent.palette import THEMES
from understanding_gradients.spec.quality import QUALITIES

DEFAULT_QUALITY = "hd"
UNSAFE_IN_FILE_NAMES = re.compile(r"[^\w.,+-]+")
LONGEST_SUFFIX = 120  # bytes; most file systems allow 255 in a name
DIGEST_LENGTH = 12


class Option(NamedTuple):
    """What the command line and a file name need to know of an option.

    Attributes:
        flags: Such as "-q" and "--quality".
        help: One sentence.
        choices: All values, if they are fixed.
        changes_settings: Whether it replaces the setting of the same name.
        label: What precedes its value in a file name; None if it is in no file name.
    """

    flags: tuple[str, ...]
    help: str
    choices: tuple[str, ...] = ()
    changes_settings: bool = False
    label: str | None = None


def option(default: Any, *flags: str, **facts: Any) -> Any:
    """Return a field of `RenderOptions`."""
    return field(default=default, metadata={"option": Option(flags, **facts)})


@dataclass(frozen=True)
class RenderOptions:
    """The options of a render as they were typed; None where an option was not.

    The order of the fields is that of the parts of a file name.

    Attributes:
        settings: The settings file.
        learning_rate: The rate of the run that a clip shows: a number, or "suggest".
        loss: The name of a loss, or FILE.py:NAME.
        start: The start of the descent, such as "2,1".
        steps: The number of steps that are shown.
        theme: "dark" or "light".
        transparent: Whether the background is transparent.
        quality: A name in `spec.quality.QUALITIES`.
        max_mb: The largest size of a GIF, in megabytes.
    """

    settings: str = option(
        "lecture.toml", "--settings", help="The settings file instead of lecture.toml."
    )
    learning_rate: str | None = option(
        None,
        "--learning-rate",
        help="The learning rate of the run that the clip shows, or suggest.",
        label="learning-rate-",
    )
    loss: str | None = option(
        None,
        "--loss",
        help="The name of a loss, or FILE.py:NAME.",
        changes_settings=True,
        label="loss-",
    )
    start: str | None = option(
        None,
        "--start",
        help="The start of the descent, such as 2,1.",
        changes_settings=True,
        label="start-",
    )
    steps: int | None = option(
        None,
        "--steps",
        help="The number of steps that are shown.",
        changes_settings=True,
        label="steps-",
    )
    theme: str | None = option(
        None,
        "--theme",
        help="The theme of the film.",
        choices=tuple(THEMES),
        changes_settings=True,
        label="",
    )
    transparent: bool = option(
        False, "--transparent", help="Make the background of stills transparent.", label=""
    )
    quality: str = option(
        DEFAULT_QUALITY,
        "-q",
        "--quality",
        help="The frame size and rate.",
        choices=tuple(QUALITIES),
        label="",
    )
    max_mb: float | None = option(None, "--max-mb", help="The largest size of a GIF in megabytes.")

    @property
    def settings_changes(self) -> dict[str, Any]:
        """The settings that were replaced on the command line, as they were typed."""
        return {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if facts_of(one.name).changes_settings and getattr(self, one.name) is not None
        }

    @property
    def file_name_suffix(self) -> str:
        """The end of an exported file's name, which tells it from others of the same clip."""
        words = [
            f"{facts_of(one.name).label}{one.name if value is True else value}"
            for one in fields(self)
            if (value := getattr(self, one.name)) != one.default
            and facts_of(one.name).label is not None
        ]
        suffix = "".join(f"_{UNSAFE_IN_FILE_NAMES.sub('-', word)}" for word in words)
        if len(suffix.encode()) <= LONGEST_SUFFIX:
            return suffix
        # A digest still tells it from others.
        start = suffix.encode()[: LONGEST_SUFFIX - DIGEST_LENGTH - 1].decode(errors="ignore")
        return f"{start}-{hashlib.sha256(suffix.encode()).hexdigest()[:DIGEST_LENGTH]}"

    def without_folders(self) -> RenderOptions:
        """Return the same options with file names only, which reveal no folder of the user's."""
        loss = None if self.loss is None else Path(self.loss).name
        return replace(self, settings=Path(self.settings).name, loss=loss)


_FACTS: dict[str, Option] = {one.name: one.metadata["option"] for one in fields(RenderOptions)}


def facts_of(name: str) -> Option:
    """Return what is known of the option `name`."""
    return _FACTS[name]
