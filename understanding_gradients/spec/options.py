"""The options of a render, declared once.

The command line's options, the overridden settings, the suffix of a file name and the provenance in
an exported file are all derived from the fields of `RenderOptions`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, fields
from typing import Any

from understanding_gradients.spec.quality import QUALITIES

DEFAULT_QUALITY = "hd"
MAX_SUFFIX_BYTES = 120  # most file systems have room for 255 in a file name
# Characters that some file system or shell does not take.
UNSAFE = re.compile(r"[^\w.,+-]+")


@dataclass(frozen=True)
class Option:
    """How one render option is written, and what it changes.

    Attributes:
        help: Its help on the command line; "" for a field that has no option.
        choices: The allowed values; any value if empty.
        flags: Further names of the option, such as "-q".
        setting: The key of lecture.toml that it overrides, such as "descent.steps".
        suffix: How it is written in a file name: "name-value" or "value"; "" for an option that
            cannot change a frame.
        is_path: Whether it names a file; provenance then holds the file's name without its folder.
        is_named_again: Whether a file that it names is opened for a clip in a presentation only if
            it is named again.
        without: The options that it does not go with.
    """

    help: str = ""
    choices: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    setting: str = ""
    suffix: str = ""
    is_path: bool = False
    is_named_again: bool = False
    without: tuple[str, ...] = ()


def option(default: Any, help_text: str = "", **more: Any) -> Any:
    """Return a field of `RenderOptions`."""
    return field(default=default, metadata={"option": Option(help_text, **more)})


@dataclass(frozen=True, kw_only=True)
class RenderOptions:
    """The options that a command was given; everything else is as the settings have it.

    The order of the fields is the order of the parts of a file-name suffix.
    """

    settings: str = option(
        "lecture.toml", "The settings file to read instead of lecture.toml.", is_path=True
    )
    learning_rate: str | None = option(
        None,
        'The learning rate of the run that the clip shows: a positive number, or "suggest".',
        suffix="name-value",
    )
    loss: str | None = option(
        None,
        "The name of a loss, or FILE.py:NAME.",
        setting="descent.loss",
        suffix="name-value",
        is_path=True,
        is_named_again=True,
    )
    model: str | None = option(
        None,
        "FILE.py:NAME, a function that returns (module, inputs, targets, criterion): the network "
        "that is descended.",
        setting="descent.model",
        suffix="name-value",
        is_path=True,
        is_named_again=True,
        without=("loss", "start"),
    )
    run: tuple[str, ...] = option(
        (),
        "The file of a saved run, which is drawn without running any code; three-learning-rates "
        "takes three.",
        setting="descent.run",
        suffix="name-value",
        is_path=True,
        is_named_again=True,
        without=("loss", "model", "start", "steps", "learning_rate"),
    )
    start: str | None = option(
        None, "Where the descent starts, such as 2,1.", setting="descent.start", suffix="name-value"
    )
    steps: int | None = option(
        None, "How many steps are shown.", setting="descent.steps", suffix="name-value"
    )
    theme: str | None = option(
        None,
        "The theme of the film.",
        choices=("dark", "light"),
        setting="film.theme",
        suffix="value",
    )
    transparent: bool = option(False, "Leave the background out of stills.", suffix="value")
    quality: str = option(
        DEFAULT_QUALITY,
        "Frame size and frame rate.",
        choices=tuple(QUALITIES),
        flags=("-q",),
        suffix="value",
    )
    max_mb: float | None = option(None, "The largest size of a GIF, in megabytes.")
    settings_content: str = option("")
    settings_place: str = option("")

    @property
    def suffix(self) -> str:
        """The suffix of a file name, by which clips with other options have other names."""
        suffix = "".join(f"_{UNSAFE.sub('-', part)}" for part in self._suffix_parts())
        if len(suffix.encode()) <= MAX_SUFFIX_BYTES:
            return suffix
        # Too long for a file name; the digest still distinguishes it from others.
        short = suffix.encode()[: MAX_SUFFIX_BYTES - 13].decode(errors="ignore")
        return f"{short}-{hashlib.sha256(suffix.encode()).hexdigest()[:12]}"

    def overrides(self) -> dict[str, Any]:
        """Return the typed values that override settings, by option name."""
        values = {name: getattr(self, name) for name, one in OPTIONS.items() if one.setting}
        return {name: value for name, value in values.items() if is_given(value)}

    def words(self) -> list[str]:
        """Return the words of a command line by which a clip or a film gets these options."""
        words: list[str] = []
        for one in fields(self):
            value, known = getattr(self, one.name), OPTIONS[one.name]
            is_of_all = bool(known.help) and one.name not in ("transparent", "max_mb")
            if is_of_all and value != one.default:
                for each in value if isinstance(value, tuple) else (value,):
                    words += [flag(one.name), str(each)]
        return words

    def _suffix_parts(self) -> list[str]:
        parts: list[str] = []
        for one in fields(self):
            value, form = getattr(self, one.name), OPTIONS[one.name].suffix
            if not form or value == one.default:
                continue
            name = one.name.replace("_", "-")
            text = "-".join(value) if isinstance(value, tuple) else str(value)
            text = name if value is True else text
            parts.append(f"{name}-{text}" if form == "name-value" else text)
        return [part for part in parts if part]


OPTIONS: dict[str, Option] = {one.name: one.metadata["option"] for one in fields(RenderOptions)}


def is_given(value: Any) -> bool:
    """Return whether an option that is "not given" by default has a value."""
    return value not in (None, ())


def flag(name: str) -> str:
    """Return the command line's name of an option, such as "--learning-rate"."""
    return f"--{name.replace('_', '-')}"
