"""What the lecturer asks for: lecture.toml, read and checked once.

Each dataclass here is one table of that file and each field one key, with its default.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from descent.checks.texts import in_a_line
from understanding_gradients.lecture.toml_file import tables_of, text_in
from understanding_gradients.lecture.values import (
    NEURON_LOSS,
    SUGGEST,
    check_signs,
    check_text,
    check_whole,
    checked_rate,
    checked_rows,
    checked_start,
    closest,
    names_of,
    nearest,
)

NEURON_START = (-1.0, 1.6)
ROWS = ((-1.0, -0.6), (0.0, 1.1), (0.5, 1.2), (1.5, 2.9), (2.0, 2.9))
THEMES = ("dark", "light")
PICKED_ROW = 4
MAX_STEPS = 100  # each is a beat; a longer run is for `render.py record`
MAX_NAME = 24
MAX_CAPTION = 1_000  # characters; read aloud, about a minute


@dataclass(frozen=True)
class Data:
    """The rows that the neuron learns from, and the one that is looked at closely."""

    x_name: str = "x"
    y_name: str = "y"
    rows: tuple[tuple[float, float], ...] = ROWS
    picked_row: int = PICKED_ROW

    def __post_init__(self) -> None:
        """Check every value."""
        for key in ("x_name", "y_name"):
            check_text(f"data.{key}", getattr(self, key), MAX_NAME)
        object.__setattr__(self, "rows", checked_rows(self.rows))
        try:
            check_whole("data.picked_row", self.picked_row, len(self.rows))
        except ValueError as error:
            if self.picked_row != PICKED_ROW:
                raise
            raise ValueError(
                f"{str(error).rstrip('.')}, its default: set picked_row = {len(self.rows)} "
                "under [data]."
            ) from None


@dataclass(frozen=True)
class Descent:
    """The loss, where its descent starts, and how many steps are shown."""

    loss: str = NEURON_LOSS
    start: tuple[float, ...] | str = SUGGEST
    steps: int = 6

    def __post_init__(self) -> None:
        """Check every value."""
        names = names_of(self.loss)
        if self.start != SUGGEST:
            object.__setattr__(self, "start", checked_start(self.start, names))
        check_whole("descent.steps", self.steps, MAX_STEPS)


@dataclass(frozen=True)
class LearningRates:
    """The three learning rates; each a positive number, or "suggest"."""

    very_small: float | str = SUGGEST
    just_right: float | str = SUGGEST
    very_large: float | str = SUGGEST

    def __post_init__(self) -> None:
        """Check every value."""
        for key in (f.name for f in fields(self)):
            object.__setattr__(self, key, checked_rate(f"learning_rates.{key}", getattr(self, key)))


@dataclass(frozen=True)
class Film:
    """How the film looks and what is left out of it."""

    theme: str = "dark"
    leave_out: tuple[str, ...] = ()
    captions: bool = True

    def __post_init__(self) -> None:
        """Check every value."""
        if self.theme not in THEMES:
            hint = nearest(self.theme, THEMES)
            raise ValueError(f'film.theme must be "dark" or "light"; got {self.theme!r}{hint}')
        listed = isinstance(self.leave_out, list | tuple)
        if not listed or not all(isinstance(slug, str) for slug in self.leave_out):
            raise TypeError(f"film.leave_out must be a list of clips; got {self.leave_out!r}.")
        object.__setattr__(self, "leave_out", tuple(self.leave_out))
        if not isinstance(self.captions, bool):
            raise TypeError(f"film.captions must be true or false; got {self.captions!r}.")


@dataclass(frozen=True)
class Settings:
    """Everything lecture.toml can say, checked."""

    data: Data = field(default_factory=Data)
    descent: Descent = field(default_factory=Descent)
    learning_rates: LearningRates = field(default_factory=LearningRates)
    film: Film = field(default_factory=Film)
    captions: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the captions; the tables have checked themselves."""
        for place, text in self.captions.items():
            if not isinstance(text, str) or place.count(".") != 1:
                raise ValueError(
                    f'captions must be written "clip.beat" = "text"; got {place!r} = {text!r}.'
                )
            if len(text) > MAX_CAPTION:
                raise ValueError(
                    f'captions."{place}" must have at most {MAX_CAPTION:,} characters; '
                    f"got {len(text):,}."
                )
            check_signs(f'captions."{place}"', text, allowed="\n\t")

    def replace(self, **changes: Any) -> Settings:
        """Return these settings with some keys changed, as the command line does.

        Another loss without another start begins at that loss's own start.

        Args:
            changes: New values by key: ``loss``, ``start``, ``steps``, ``very_small``,
                ``just_right``, ``very_large``, ``theme``, ``captions``, ``rows``, …

        Raises:
            TypeError: If there is no such key, or a value is of the wrong kind.
            ValueError: If a value is out of range.
        """
        if changes.get("loss", self.descent.loss) != self.descent.loss:
            changes.setdefault("start", SUGGEST)
        tables: dict[str, dict[str, Any]] = {}
        for key, value in changes.items():
            if key not in _TABLE_OF:
                raise TypeError(f"a setting must be one of {', '.join(_TABLE_OF)}; got {key!r}.")
            tables.setdefault(_TABLE_OF[key], {})[key] = value
        return replace(
            self, **{name: replace(getattr(self, name), **new) for name, new in tables.items()}
        )

    def check_clips(self, slugs: Sequence[str]) -> None:
        """Check that every clip left out or captioned is one of `slugs`.

        Raises:
            ValueError: If one is not, with the nearest that is.
        """
        named = [("film.leave_out", slug) for slug in self.film.leave_out]
        named += [(f'captions."{place}"', place.split(".")[0]) for place in self.captions]
        for key, slug in named:
            if slug not in slugs:
                raise ValueError(f"{key} must name a clip; got {slug!r}{nearest(slug, slugs)}")


_TABLES = {"data": Data, "descent": Descent, "learning_rates": LearningRates, "film": Film}
_TABLE_OF = {f.name: table for table, cls in _TABLES.items() for f in fields(cls)}


def read_settings(path: str | Path, clips: Sequence[str] | None = None) -> Settings:
    """Return what the file at `path` says, defaults where it is silent.

    Args:
        path: Of lecture.toml, or what is read instead.
        clips: As for `Settings.check_clips`; what it says of clips is not checked if not given.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not TOML, has an unknown table or key (the line and the nearest known
            one are told), or a value is wrong.
    """
    path = Path(path)
    text = text_in(path)
    tables = tables_of(path, text)
    try:
        _check_keys(path, text, tables)
        return _settings(path, text, tables, clips)
    except (TypeError, ValueError) as error:
        raise ValueError(in_a_line(str(error))) from error


def _check_keys(path: Path, text: str, tables: dict[str, Any]) -> None:
    known = [*_TABLES, "captions"]
    for table, content in tables.items():
        if table not in known and isinstance(content, dict):
            raise ValueError(_unknown(path, text, "", table, known))
        if table not in known:
            raise ValueError(_misplaced(path, text, "", table))
        if not isinstance(content, dict):
            raise ValueError(
                f"{path}{_line(text, '', table)}: {table} must be a table; write [{table}]."
            )
        if table == "captions":
            continue
        for key in content:
            allowed = [f.name for f in fields(_TABLES[table])]
            if key in _TABLE_OF and key not in allowed:
                raise ValueError(_misplaced(path, text, table, key))
            if key not in allowed:
                raise ValueError(_unknown(path, text, table, key, allowed))


def _settings(
    path: Path, text: str, tables: dict[str, Any], clips: Sequence[str] | None
) -> Settings:
    parts: dict[str, Any] = {"captions": _flat_captions(tables.get("captions", {}))}
    try:
        for table, cls in _TABLES.items():
            parts[table] = cls(**_from_folder(path.parent, tables.get(table, {})))
        settings = Settings(**parts)
        if clips is not None:
            settings.check_clips(clips)
        return settings
    except (TypeError, ValueError) as error:
        key = re.match(r"(\w+)\.\"?([\w.-]+)", str(error))
        line = _line(text, *key.groups()) if key else ""
        raise ValueError(f"{path}{line}: {error}") from error


def _from_folder(folder: Path, table: dict[str, Any]) -> dict[str, Any]:
    """Return `table` with the path of a loss file taken from the settings' own folder."""
    loss = table.get("loss")
    if not isinstance(loss, str) or ":" not in loss:
        return table
    return {**table, "loss": str(folder.absolute() / loss)}


def _flat_captions(table: dict[str, Any]) -> dict[str, Any]:
    """Return {"clip.beat": text}, also where the quotes around clip.beat were forgotten."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{beat}": text for beat, text in value.items()}
        else:
            flat[key] = value
    return flat


def _unknown(path: Path, text: str, table: str, key: str, known: Sequence[str]) -> str:
    place, kind = (f"[{table}] {key}", "key") if table else (f"[{key}]", "table")
    near = closest(key, known)
    hint = f"did you mean {near}?" if near else f"use one of {', '.join(known)}."
    return f"{path}{_line(text, table, key)}: {place} must be a known {kind}; it is none: {hint}"


def _misplaced(path: Path, text: str, table: str, key: str) -> str:
    """Return a sentence about a key that is in another table than its own, or in none."""
    line = _line(text, table, key)
    if key in _TABLE_OF:
        return f"{path}{line}: {key} belongs under [{_TABLE_OF[key]}]."
    near = closest(key, _TABLE_OF)
    hint = f": did you mean {near} under [{_TABLE_OF[near]}]?" if near else "."
    return f"{path}{line}: {key} must be a known key under its table; it is none{hint}"


def _line(text: str, table: str, key: str) -> str:
    """Return ", line 3" for the line that sets `key` in `table`, or nothing if none is found."""
    here = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+([^\]]+)\]", line)
        here = header.group(1).strip().strip("\"'") if header else here
        set_key = re.match(r"\s*[\"']?([\w.-]+)[\"']?\s*=", line)
        found = here if header else f"{here}.{set_key.group(1)}" if set_key else ""
        if found.strip(".") == f"{table}.{key}".strip("."):
            return f", line {number}"
    return ""
