"""Checks of what an exported file says of itself, before anything is rendered from it."""

from __future__ import annotations

import shlex
from dataclasses import replace

from understanding_gradients.decks.status import INSERT, CannotUpdate
from understanding_gradients.export.exporter import check_format_options, exporters
from understanding_gradients.lecture.settings import is_loss_file
from understanding_gradients.spec.options import OPTIONS, RenderOptions


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
    if is_loss_file(options.loss) and options.loss != today.loss:
        raise CannotUpdate(
            "its loss is in a file: if you trust that one, add --loss "
            f"{shlex.quote(str(options.loss))}"
        )
    has_max_mb = "max_mb" in exporters()[kind].options
    relevant = options if has_max_mb else replace(options, max_mb=None)
    check_format_options(kind, relevant)


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
