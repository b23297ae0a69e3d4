"""From the options of a command to checked settings and clips, before any work is done."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from descent.checks.errors import InvalidArgument, InvalidValue
from scenes import registry
from scenes.registry import Clip
from scenes.typesetting.fonts import check_characters
from understanding_gradients.installation import default_settings, is_checkout
from understanding_gradients.lecture.settings import Settings, read_settings
from understanding_gradients.spec.options import RenderOptions


def resolve_request(
    options: RenderOptions, slugs: Sequence[str] = ()
) -> tuple[Settings, list[Clip]]:
    """Return the checked settings and the clips that a command was asked for.

    Args:
        options: As typed.
        slugs: The clips; all that the settings leave in the film if none is named.

    Raises:
        InvalidArgument: If an option or a setting cannot be used.
        OSError: If the settings cannot be read.
    """
    clips = select_clips(slugs, registry.CLIPS)
    settings = settings_for(options, [clip.slug for clip in registry.CLIPS])
    clips = clips if slugs else clips_in_film(clips, settings)
    if options.learning_rate is not None:
        settings = with_learning_rate(settings, parse_rate(options.learning_rate), clips)
    names = {f"data.{name}": getattr(settings.data, name) for name in ("x_name", "y_name")}
    check_characters(names.items())
    return settings, clips


def settings_for(options: RenderOptions, slugs: Sequence[str] | None = None) -> Settings:
    """Return the settings file's content with the changes on the command line.

    A loss file in the settings is looked for beside them, one on the command line in the working
    folder.

    Args:
        options: As typed.
        slugs: Of all clips, by which the settings' own slugs are checked.

    Raises:
        InvalidArgument: If a setting or an option cannot be used.
        OSError: If the file cannot be read.
    """
    settings = read_settings_or_defaults(Path(options.settings), slugs)
    changes = options.settings_changes
    if "start" in changes:
        changes["start"] = parse_numbers(changes["start"])
    with renamed_keys({name: f"--{name}" for name in changes}):
        return settings.replace(**changes) if changes else settings


def read_settings_or_defaults(path: Path, slugs: Sequence[str] | None) -> Settings:
    """Return what is in a settings file; an installed package needs none for the lecture itself."""
    if path == default_settings() and not is_checkout() and not path.exists():
        return Settings()
    return read_settings(path, slugs)


@contextmanager
def renamed_keys(options: Mapping[str, str]) -> Iterator[None]:
    """Let errors about a setting or an argument name the option that was typed for it.

    Args:
        options: The option, such as "--start", by the name of the setting or argument.
    """
    try:
        yield
    except InvalidArgument as error:
        option = options.get(error.key.rpartition(".")[2])
        if option is None:
            raise
        raise error.renamed(option) from error


def select_clips(slugs: Iterable[str], clips: Sequence[Clip]) -> list[Clip]:
    """Return the clips called `slugs`, in the lecture's order; all clips if none is named.

    Raises:
        InvalidValue: If there is no such clip, with similar slugs.
    """
    wanted = set(slugs)
    known = [clip.slug for clip in clips]
    for slug in sorted(wanted - set(known)):
        near = difflib.get_close_matches(slug, known, n=3, cutoff=0.4)
        near = near or [one for one in known if slug in one]
        repair = f"did you mean {' or '.join(near)}?" if near else "`render.py list` shows them."
        raise InvalidValue("A clip", "be one of the lecture's", got=f"'{slug}'", repair=repair)
    return [clip for clip in clips if clip.slug in wanted or not wanted]


def clips_in_film(clips: Iterable[Clip], settings: Settings) -> list[Clip]:
    """Return those of `clips` that the settings do not leave out.

    Raises:
        InvalidValue: If they leave out every one.
    """
    left = [clip for clip in clips if clip.slug not in settings.film.leave_out]
    if not left:
        raise InvalidValue("film.leave_out", "leave a clip in; it leaves out every one")
    return left


def with_learning_rate(settings: Settings, rate: float | str, clips: Iterable[Clip]) -> Settings:
    """Return `settings` with `rate` as the learning rate that each of `clips` shows.

    Raises:
        InvalidValue: If a clip does not show one run, or `rate` is not positive.
    """
    changes: dict[str, Any] = {}
    for clip in clips:
        if clip.rate is None:
            raise InvalidValue(
                "--learning-rate",
                "go with clips that show one run",
                got=clip.slug,
                repair="change [learning_rates] in lecture.toml for it.",
            )
        changes[clip.rate] = rate
    with renamed_keys(dict.fromkeys(changes, "--learning-rate")):
        return settings.replace(**changes)


def parse_numbers(text: str) -> tuple[float, ...]:
    """Return the numbers in a text such as "2,1".

    Raises:
        InvalidValue: If a part is not a number.
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InvalidValue("--start", "be numbers with commas between", got=f"'{text}'") from None


def parse_rate(text: str) -> float | str:
    """Return `text` as a number, or unchanged if it is none; it is validated with the settings."""
    try:
        return float(text)
    except ValueError:
        return text
