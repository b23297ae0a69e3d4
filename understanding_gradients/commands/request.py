"""From what a lecturer asks for to the jobs that make it; all is checked before any is done."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scenes import registry
from scenes.registry import Clip
from understanding_gradients.cache.recordings import find_or_record
from understanding_gradients.cache.store import Store
from understanding_gradients.export.provenance import RequestedOptions
from understanding_gradients.lecture.settings import Settings, read_settings
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.quality import Quality
from understanding_gradients.spec.timeline import Timeline


def asked(
    settings_path: Path,
    slugs: Sequence[str] = (),
    learning_rate: str | None = None,
    start: str | None = None,
    **changes: Any,
) -> tuple[Settings, list[Clip]]:
    """Return the checked settings and the clips that a command was asked for.

    Args:
        settings_path: Of lecture.toml, or what is read instead.
        slugs: As for `select_clips`; all that are in the film if none is named.
        learning_rate: Of the run that the clips show, as typed.
        start: Where the descent starts, as typed.
        **changes: As for `settings_from`.

    Raises:
        OSError: If the settings cannot be read.
        TypeError: If a value is of the wrong kind.
        ValueError: If anything asked for cannot be.
    """
    clips = select_clips(slugs, registry.CLIPS)
    changes["start"] = None if start is None else numbers(start)
    settings = settings_from(settings_path, [clip.slug for clip in registry.CLIPS], **changes)
    clips = clips if slugs else filmed(clips, settings)
    if learning_rate is not None:
        settings = with_learning_rate(settings, parse_rate(learning_rate), clips)
    return settings, clips


def requested_options(
    settings_path: Path, loss: str | None = None, **wishes: Any
) -> RequestedOptions:
    """Return what a file carries of the options with which it was asked for.

    Of files it has the names only: where they lie is nobody else's affair.
    """
    return RequestedOptions(settings=settings_path.name, loss=loss and Path(loss).name, **wishes)


def filmed(clips: Iterable[Clip], settings: Settings) -> list[Clip]:
    """Return those of `clips` that the settings leave in the film.

    Raises:
        ValueError: If that is none.
    """
    left = [clip for clip in clips if clip.slug not in settings.film.leave_out]
    if not left:
        raise ValueError("film.leave_out must leave a clip in; it leaves out every one.")
    return left


def settings_from(path: Path, slugs: Sequence[str], **changes: Any) -> Settings:
    """Return the settings in the file at `path`, with the `changes` that are not None.

    Args:
        path: Of lecture.toml. A loss file named in it is looked for beside it, one among the
            changes in the working folder.
        slugs: Of all clips.
        **changes: As for `Settings.replace`.

    Raises:
        FileNotFoundError: If there is no such file.
        TypeError: If a value is of the wrong kind.
        ValueError: If it has an unknown key or clip, or a value is out of range.
    """
    settings = read_settings(path, slugs)
    given = {key: value for key, value in changes.items() if value is not None}
    with naming({key: f"--{key}" for key in given}):
        return settings.replace(**given) if given else settings


@contextmanager
def naming(options: Mapping[str, str]) -> Iterator[None]:
    """Let what is wrong with a setting or an argument be said of the option that was typed for it.

    Args:
        options: What is typed, by the name of the setting or argument.

    Raises:
        ValueError: If what goes on inside raises one, or a TypeError, about any of them.
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        name, _, rest = str(error).partition(" ")
        option = options.get(name.rpartition(".")[2])
        if option is None:
            raise
        raise ValueError(f"{option} {rest}") from error


def select_clips(slugs: Iterable[str], clips: Sequence[Clip]) -> list[Clip]:
    """Return the clips called `slugs`, each once, in the lecture's order; all if none is named.

    Raises:
        ValueError: If there is no such clip, with those whose names are near.
    """
    wanted = set(slugs)
    known = [clip.slug for clip in clips]
    for slug in sorted(wanted - set(known)):
        near = difflib.get_close_matches(slug, known, n=3, cutoff=0.4)
        near = near or [one for one in known if slug in one]
        hint = f"did you mean {' or '.join(near)}?" if near else "`render.py list` shows them."
        raise ValueError(f"A clip must be one of the lecture's; got '{slug}': {hint}")
    return [clip for clip in clips if clip.slug in wanted or not wanted]


def with_learning_rate(settings: Settings, rate: float | str, clips: Iterable[Clip]) -> Settings:
    """Return `settings` with the learning rate that each of `clips` shows set to `rate`.

    Raises:
        ValueError: If a clip shows no learning rate of its own, or `rate` is not positive.
    """
    changes = {}
    for clip in clips:
        if clip.rate is None:
            raise ValueError(
                f"--learning-rate must go with clips that show one run; {clip.slug} does not: "
                "change [learning_rates] in lecture.toml for it."
            )
        changes[clip.rate] = rate
    with naming(dict.fromkeys(changes, "--learning-rate")):
        return settings.replace(**changes)


def jobs_for(
    settings: Settings,
    clips: Sequence[Clip],
    quality: Quality,
    store: Store,
    before_recording: Callable[[], None] = lambda: None,
) -> list[Job]:
    """Return a job for each of `clips`, after recording the material that they need.

    Args:
        settings: Decide what is recorded.
        clips: What the jobs are for.
        quality: Of all of them.
        store: Where recorded material is kept.
        before_recording: Called if anything has to be recorded, which takes seconds.

    Raises:
        TypeError: If the lecture's loss is no function or gives no tensor.
        ValueError: If the settings ask for what cannot be recorded.
    """
    needed = (name for clip in clips for name in clip.inputs)
    recordings = find_or_record(settings, needed, store, before_recording)
    return [
        Job(
            clip=clip,
            quality=quality,
            theme=settings.film.theme,
            inputs={name: recordings[name] for name in clip.inputs},
            captions=captions_for(clip, settings),
        )
        for clip in clips
    ]


def captions_for(clip: Clip, settings: Settings) -> dict[str, str]:
    """Return the lecturer's captions of `clip`, by beat."""
    return {
        place.removeprefix(f"{clip.slug}."): text
        for place, text in settings.captions.items()
        if place.startswith(f"{clip.slug}.")
    }


def unused_captions(settings: Settings, entries: Mapping[str, Path]) -> Iterator[str]:
    """Yield a sentence for every caption of the lecturer's that belongs to no beat.

    Args:
        settings: With the captions.
        entries: The folder of each finished clip, by slug.
    """
    for slug, entry in entries.items():
        beats = [beat.name for beat in Timeline.load(entry).beats]
        for place in settings.captions:
            clip, _, beat = place.partition(".")
            if clip == slug and beat not in beats:
                yield f'captions."{place}" names no beat; {slug} has {", ".join(beats)}.'


def numbers(text: str) -> tuple[float, ...]:
    """Return the numbers in a text such as "2,1".

    Raises:
        ValueError: If there is anything else in it.
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"--start must be numbers with commas between; got '{text}'.") from None


def parse_rate(text: str) -> float | str:
    """Return `text` as the number it is, or as it stands, for whoever checks it to refuse."""
    try:
        return float(text)
    except ValueError:
        return text
