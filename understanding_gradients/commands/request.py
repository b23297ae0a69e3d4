"""Resolve what a user asks for into settings, clips and jobs, and check it before any work."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from descent.checks.errors import InvalidArgument, InvalidValue
from scenes import registry
from scenes.registry import Clip
from scenes.typesetting.fonts import check_characters
from understanding_gradients.cache.store import Store
from understanding_gradients.commands.subjects import (
    check_runs_of,
    inputs_of,
    shows_start,
    what_is_shown,
    without_a_run,
)
from understanding_gradients.installation import program
from understanding_gradients.lecture.recordings import OF_THE_STEPS
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.lecture.settings_file import settings_in
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.options import OPTIONS, RenderOptions, flag, is_given
from understanding_gradients.spec.quality import Quality
from understanding_gradients.spec.timeline import Timeline

DESCENDED = ("run", "loss", "model", "start")  # the options that say what is descended


def resolve_request(
    options: RenderOptions, slugs: Sequence[str] = ()
) -> tuple[Settings, list[Clip]]:
    """Return the settings with the options that override them, and the clips.

    Args:
        options: As typed. A loss file is looked for in the working folder; one that the settings
            name, in their own folder.
        slugs: The clips that are named; if none is, those of the film.
    """
    check_together(options)
    clips = select_clips(slugs, registry.CLIPS)
    settings = settings_in(options.settings, [clip.slug for clip in registry.CLIPS])
    overrides = options.overrides()
    if options.start is not None:
        overrides["start"] = parse_start(options.start)
    with named_by_options(flags_for(options)):
        settings = settings.replace(**overrides) if overrides else settings
    check_beside_runs(options, settings)
    clips = clips if slugs else in_film(clips, settings)
    if options.learning_rate is not None:
        settings = with_learning_rate(settings, parse_rate(options.learning_rate), clips)
    names = {f"data.{name}": getattr(settings.data, name) for name in ("x_name", "y_name")}
    check_characters(names.items())
    return settings, clips


def resolve_typed(options: RenderOptions, slugs: Sequence[str] = ()) -> tuple[Settings, list[Clip]]:
    """Return what `resolve_request` does, for options that stand on the command line.

    Raises:
        InvalidValue: If a run, a loss, a model, a start or a number of steps was typed, and a
            named clip does not show it.
    """
    settings, clips = resolve_request(options, slugs)
    for name, (shows, what) in WHO_SHOWS.items():
        is_typed = bool(slugs) and is_given(getattr(options, name))
        for clip in (clip for clip in clips if is_typed and not shows(clip, settings)):
            raise InvalidValue(
                flag(name),
                f"go with clips that show {what(settings)}; {clip.slug} does not",
                repair=f"draw it without {flag(name)}.",
            )
    if slugs:
        check_runs_of(clips, settings)
    return settings, clips


def check_together(options: RenderOptions) -> None:
    """Check that no option was typed with one that it does not go with."""
    for name, option in OPTIONS.items():
        for other in option.without if is_given(getattr(options, name)) else ():
            if is_given(getattr(options, other)):
                raise InvalidValue(
                    flag(name), f"go without {flag(other)}", repair="leave one of the two out."
                )


def shows_steps(clip: Clip, _: Settings) -> bool:
    """Return whether a clip depends on the number of steps of the lecture's descent."""
    return bool(set(clip.inputs) & OF_THE_STEPS)


# Options that say what is recorded: which clips show it, and what it is.
WHO_SHOWS: dict[str, tuple[Callable[[Clip, Settings], bool], Callable[[Settings], str]]] = {
    **dict.fromkeys(DESCENDED, (shows_start, what_is_shown)),
    "steps": (shows_steps, lambda _: "steps of the lecture's descent"),
}


def flags_for(options: RenderOptions) -> dict[str, str]:
    """Return the option for each setting that was typed, or that a typed loss asks for."""
    names = set(options.overrides())
    # The settings' start suits no other loss.
    return {name: flag(name) for name in (names | {"start"} if "loss" in names else names)}


def check_beside_runs(options: RenderOptions, settings: Settings) -> None:
    """Check that nothing was typed that a saved run in the settings brings along."""
    typed = [name for name in ("steps", "learning_rate") if is_given(getattr(options, name))]
    if settings.descent.runs and typed:
        repair = "leave it out, or type another --loss."
        raise InvalidValue(flag(typed[0]), "go without a saved run", repair=repair)


@contextmanager
def named_by_options(flags: Mapping[str, str]) -> Iterator[None]:
    """Let an error about a setting or an argument name the option that set it.

    `flags` has the option by the name of the setting or argument, without its table.
    """
    try:
        yield
    except InvalidArgument as error:
        option = flags.get(error.key.rpartition(".")[2])
        if option is None:
            raise
        raise error.renamed(option) from error


def in_film(clips: Iterable[Clip], settings: Settings) -> list[Clip]:
    """Return those of `clips` that the settings leave in the film, and give something to tell."""
    left = [clip for clip in clips if clip.slug not in settings.film.leave_out]
    without = without_a_run(settings, left)
    left = [clip for clip in left if clip.slug not in without]
    if not left:
        raise InvalidValue("film.leave_out", "leave a clip in; it leaves out every one")
    return left


def select_clips(slugs: Iterable[str], clips: Sequence[Clip]) -> list[Clip]:
    """Return the clips of these slugs, each once, in the lecture's order; all if none is named."""
    wanted = set(slugs)
    known = [clip.slug for clip in clips]
    for slug in sorted(wanted - set(known)):
        near = difflib.get_close_matches(slug, known, n=3, cutoff=0.4)
        near = near or [one for one in known if slug in one]
        hint = f"`{program()} list` shows them."
        if near:
            hint = f"did you mean {' or '.join(near)}?"
        raise InvalidValue("A clip", "be one of the lecture's", slug, got=f"'{slug}'", repair=hint)
    return [clip for clip in clips if clip.slug in wanted or not wanted]


def with_learning_rate(settings: Settings, rate: float | str, clips: Iterable[Clip]) -> Settings:
    """Return `settings` with the learning rate that each of `clips` shows set to `rate`.

    Raises:
        InvalidValue: If a clip shows no learning rate of its own, or `rate` is not positive.
    """
    option = flag("learning_rate")
    changes: dict[str, Any] = {}
    for clip in clips:
        if clip.rate is None:
            raise InvalidValue(
                option,
                f"go with clips that show one run; {clip.slug} does not",
                repair="change [learning_rates] in lecture.toml for it.",
            )
        changes[clip.rate] = rate
    with named_by_options(dict.fromkeys(changes, option)):
        return settings.replace(**changes)


def jobs_for(
    settings: Settings,
    clips: Sequence[Clip],
    quality: Quality,
    store: Store,
    before_recording: Callable[[], None] = lambda: None,
    *,
    transparent: bool = False,
) -> list[Job]:
    """Return a job for each of `clips`, after making the recordings that they need.

    `before_recording` is called before anything is recorded, which takes seconds.
    """
    inputs = inputs_of(settings, clips, store, before_recording)
    return [
        Job(
            clip=clip,
            quality=quality,
            theme=settings.film.theme,
            inputs=inputs[clip.slug],
            transparent=transparent,
        )
        for clip in clips
    ]


def unused_captions(captions: Mapping[str, str], entries: Mapping[str, Path]) -> Iterator[str]:
    """Yield a sentence for every caption, by "slug.beat", that belongs to no beat of `entries`."""
    for slug, entry in entries.items():
        beats = [beat.name for beat in Timeline.load(entry).beats]
        for place in captions:
            clip, _, beat = place.partition(".")
            if clip == slug and beat not in beats:
                yield f'captions."{place}" names no beat; {slug} has {", ".join(beats)}.'


def parse_start(text: str) -> tuple[float, ...]:
    """Return the numbers in a text such as "2,1"."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InvalidValue(
            "--start", "be numbers with commas between", text, got=f"'{text}'"
        ) from None


def parse_rate(text: str) -> float | str:
    """Return `text` as a number if it is one, else unchanged, for the settings to refuse."""
    try:
        return float(text)
    except ValueError:
        return text
