"""Checks of what an exported file says of itself, before anything is rendered from it."""

from __future__ import annotations

import shlex
from dataclasses import replace

from understanding_gradients.decks.status import INSERT, CannotUpdate
from understanding_gradients.export.exporter import check_format_options, exporters
from understanding_gradients.lecture.settings import is_loss_file
from understanding_gradients.spec.options import OPTIONS, RenderOptions, flag


def check_provenance(
    options: RenderOptions, kind: str, today: RenderOptions, are_settings_named: bool
) -> None:
    """Check that a file of format `kind` may be rendered again with the options that it carries.

    `today` has today's settings, and a loss file that may be run, as an exported file carries them.
    """
    check_settings(options, today, are_settings_named)
    for name, option in OPTIONS.items():
        value = getattr(options, name)
        if option.choices and value is not None and value not in option.choices:
            raise CannotUpdate(f"there is no {name} '{value}' now; {INSERT}")
    # Code never runs because a file says so.
    for name in named_again(options):
        value = getattr(options, name)
        if value != getattr(today, name):
            files = value if isinstance(value, tuple) else (value,)
            words = " ".join(f"{flag(name)} {shlex.quote(one)}" for one in files)
            trust = "" if name == "run" else " if you trust that one,"
            raise CannotUpdate(f"its {name} is in a file:{trust} add {words}")
    has_max_mb = "max_mb" in exporters()[kind].options
    relevant = options if has_max_mb else replace(options, max_mb=None)
    check_format_options(kind, relevant)


def named_again(options: RenderOptions) -> list[str]:
    """Return the options that name a file, which a person has to name again."""
    names = [name for name, option in OPTIONS.items() if option.is_named_again]
    given = {name: getattr(options, name) for name in names}
    return [name for name, one in given.items() if one and (name == "run" or is_loss_file(one))]


def check_settings(options: RenderOptions, today: RenderOptions, are_settings_named: bool) -> None:
    """Check that a file was made from today's settings.

    Settings of the same name are the same if their place or their content is. Files of earlier
    versions carry the name alone.
    """
    option = f"--settings {shlex.quote(options.settings)}"
    if options.settings != today.settings:
        raise CannotUpdate(f"made from the settings file {options.settings}: add {option}")
    if are_other_settings(options, today) and not are_settings_named:
        raise CannotUpdate(f"{other_settings(options)}: if today's is meant, add {option}")


def are_other_settings(options: RenderOptions, today: RenderOptions) -> bool:
    """Return whether a file was made from other settings than today's, of the same name."""
    has_digests = bool(options.settings_content or options.settings_place)
    is_same = (
        options.settings_place == today.settings_place
        or options.settings_content == today.settings_content
    )
    return has_digests and not is_same


def other_settings(options: RenderOptions) -> str:
    """Return what is said of a file that was made from other settings of the same name."""
    return f"made from another settings file called {options.settings}"
