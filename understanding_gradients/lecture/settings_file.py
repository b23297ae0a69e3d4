"""Read lecture.toml: its tables and keys are known, and every value suits its key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from descent.checks.errors import InvalidArgument, InvalidValue
from descent.checks.texts import nearest, suggestion
from understanding_gradients.installation import default_settings, is_checkout
from understanding_gradients.lecture.descended import beside_file, check_descended
from understanding_gradients.lecture.messages import InvalidSetting, line_of
from understanding_gradients.lecture.settings import TABLE_OF, TABLES, Settings
from understanding_gradients.lecture.toml_file import read_text, tables_in


def read_settings(path: str | Path, clips: Sequence[str] | None = None) -> Settings:
    """Return the settings in the file at `path`; what it leaves out has its default.

    Args:
        path: Of lecture.toml, or of another file in its place.
        clips: As for `Settings.check_clips`; clips are not checked if not given.

    Raises:
        FileNotFoundError: If there is no such file.
        InvalidSetting: If it is not TOML, has an unknown table or key, or a value is wrong.
    """
    path = Path(path)
    return settings_of(read_text(path), path, clips)


def settings_of(text: str, path: Path, clips: Sequence[str] | None = None) -> Settings:
    """Return the settings in the text of the file at `path`, which is not read.

    Args:
        text: What the file holds, or will hold once it is saved.
        path: Where it lies: its folder is that of the files that it names.
        clips: As for `Settings.check_clips`; clips are not checked if not given.

    Raises:
        InvalidSetting: If the text has an unknown table or key, or a value is wrong.
        InvalidValue: If it is not TOML.
    """
    tables = tables_in(path, text)
    try:
        check_keys(tables)
        check_descended(tables.get("descent", {}))
        captions = flat_captions(tables.pop("captions", {}))
        parts: dict[str, Any] = {
            name: TABLES[name](**beside_file(path, values)) for name, values in tables.items()
        }
        settings = Settings(**parts, captions=captions)
        if clips is not None:
            settings.check_clips(clips)
        return settings
    except InvalidArgument as error:
        raise InvalidSetting(path, line_of(text, error.key), error) from error


def settings_in(path: str | Path, clips: Sequence[str] | None = None) -> Settings:
    """Return the settings in a file; an installed package needs no lecture.toml for its lecture.

    Args and errors are those of `read_settings`.
    """
    path = Path(path)
    if path == default_settings() and not is_checkout() and not path.exists():
        return Settings()
    return read_settings(path, clips)


def check_keys(tables: dict[str, Any]) -> None:
    """Check that every table is known and that every key is under its own table."""
    for table, values in tables.items():
        if table != "captions" and table not in TABLES:
            is_table = isinstance(values, dict)
            raise unknown(table, "table", [*TABLES, "captions"]) if is_table else misplaced(table)
        if not isinstance(values, dict):
            raise InvalidValue(table, "be a table", repair=f"write [{table}].")
        known = values if table == "captions" else TABLES[table].__struct_fields__
        for key in values:
            if key not in known:
                place = f"{table}.{key}"
                raise misplaced(place) if key in TABLE_OF else unknown(place, "key", known)


def unknown(place: str, kind: str, known: Iterable[str]) -> InvalidValue:
    """Return the error about an unknown table or key; the nearest known one is suggested."""
    hint = suggestion(place.rpartition(".")[2], known) or f"use one of {', '.join(known)}."
    return InvalidValue(place, f"be a known {kind}", repair=hint)


def misplaced(place: str) -> InvalidValue:
    """Return the error about a key that is under another table than its own, or under none."""
    key = place.rpartition(".")[2]
    if key in TABLE_OF:
        return InvalidValue(place, f"be under [{TABLE_OF[key]}]")
    near = nearest(key, TABLE_OF)
    hint = f"did you mean {near} under [{TABLE_OF[near]}]?" if near else ""
    return InvalidValue(place, "be a known key under its table", repair=hint)


def flat_captions(table: dict[str, Any]) -> dict[str, Any]:
    """Return {"clip.beat": text}, also where clip.beat has no quotes and makes tables."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{beat}": text for beat, text in value.items()}
        else:
            flat[key] = value
    return flat
