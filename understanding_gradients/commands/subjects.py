"""Which descent each clip tells of: the lecture's own, the neuron's over the rows, a saved one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidValue
from scenes.registry import Clip
from scenes.typesetting.fonts import check_characters
from understanding_gradients.cache.recordings import cache_by_content, find_or_record
from understanding_gradients.cache.store import Store
from understanding_gradients.cache.tempdirs import temporary_folder
from understanding_gradients.lecture.recordings import (
    OF_EACH_PARAMETER,
    OF_THE_LECTURE,
    OF_THE_ROWS,
    RATE_NAMES,
    Recording,
    Run,
)
from understanding_gradients.lecture.settings import SUGGEST, Settings

if TYPE_CHECKING:
    from descent.runs.behavior import Behavior

THREE_RUNS = "three-learning-rates"
ONE_RUN = ("very-small-learning-rate", "just-right-learning-rate", "very-large-learning-rate")
CLIP_OF_BEHAVIOR: dict[Behavior, str] = {
    "slow": ONE_RUN[0],
    "converging": ONE_RUN[1],
    "oscillating": ONE_RUN[2],
    "diverging": ONE_RUN[2],
    "stationary": ONE_RUN[0],
    "bounded": ONE_RUN[2],
    "unbounded": ONE_RUN[2],
    "left the domain": ONE_RUN[2],
}


def shows_start(clip: Clip, settings: Settings) -> bool:
    """Return whether a clip depends on the loss and the start of the lecture's descent."""
    inputs, chosen = set(clip.inputs), settings.descent
    if chosen.is_neurons:
        return not inputs <= OF_THE_ROWS
    if chosen.runs:
        return clip.slug in (*ONE_RUN, THREE_RUNS)
    if chosen.model and inputs & OF_EACH_PARAMETER:
        return False
    return bool(inputs & OF_THE_LECTURE)


def what_is_shown(settings: Settings) -> str:
    """Return what the clips show that the settings' descent concerns."""
    count = len(settings.descent.runs)
    if count:
        return f"{'a saved run' if count == 1 else 'saved runs'}, such as {ONE_RUN[1]}"
    if settings.descent.model:
        return "whole runs, since a network has too many parameters to tell of each"
    return "the lecture's descent"


def without_a_run(settings: Settings, clips: Sequence[Clip]) -> list[str]:
    """Return the clips of runs for which no saved run is named, though others have one."""
    runs = settings.descent.runs
    if not runs:
        return []
    of_runs = {*ONE_RUN, THREE_RUNS}
    own = of_runs if len(runs) > 1 else {clip_of(one) for one in runs}
    return [clip.slug for clip in clips if clip.slug in of_runs - own]


def clip_of(path: str) -> str:
    """Return the clip that suits the saved run in a file."""
    from scenes.wording.titles import run_told
    from understanding_gradients.lecture.saved_runs import saved_run

    return CLIP_OF_BEHAVIOR[run_told(saved_run(path).picture).behavior]


def inputs_of(
    settings: Settings,
    clips: Sequence[Clip],
    store: Store,
    before_recording: Callable[[], None] = lambda: None,
) -> dict[str, dict[str, Path]]:
    """Return the recordings that each clip draws, by its slug, after making those that lack.

    Beside a network or a saved run, the clips that cannot tell of it tell of the neuron.
    """
    if settings.descent.is_neurons or not (settings.descent.model or settings.descent.runs):
        return _recorded(settings, clips, store, before_recording)
    others = [clip for clip in clips if not shows_start(clip, settings)]
    own = [clip for clip in clips if clip not in others]
    inputs = _recorded(of_the_neuron(settings), others, store, before_recording)
    if settings.descent.model:
        return inputs | _recorded(settings, own, store, before_recording)
    return inputs | _saved(settings.descent.runs, own, store)


def _recorded(
    settings: Settings, clips: Sequence[Clip], store: Store, before_recording: Callable[[], None]
) -> dict[str, dict[str, Path]]:
    """Return what the clips draw of a lecture."""
    if not clips:
        return {}
    needed = (name for clip in clips for name in clip.inputs)
    recordings = find_or_record(settings, needed, store, before_recording)
    return {clip.slug: {name: recordings[name] for name in clip.inputs} for clip in clips}


def _saved(paths: Sequence[str], clips: Sequence[Clip], store: Store) -> dict[str, dict[str, Path]]:
    """Return what the clips draw of saved runs."""
    from understanding_gradients.lecture.saved_runs import compared_runs, saved_run
    from understanding_gradients.lecture.standing import standing_of

    if not clips:
        return {}
    if len(paths) == 1:
        picture = saved_run(paths[0]).picture
        return {clip.slug: store_inputs({clip.inputs[0]: picture}, store) for clip in clips}
    runs = compared_runs(paths)
    standing = standing_of({name: one.trajectory for name, one in runs.items()})
    entries = store_inputs({**runs, "standing": standing}, store)
    return {
        clip.slug: {
            name: entry
            for name, entry in entries.items()
            if clip.slug == THREE_RUNS or name in clip.inputs
        }
        for clip in clips
    }


def store_inputs(inputs: Mapping[str, Recording], store: Store) -> dict[str, Path]:
    """Put each recording into the store under a digest of its bytes, and return the entries.

    Raises:
        InvalidValue: If the names of parameters cannot be drawn.
    """
    from understanding_gradients.lecture.recordings import save_recordings

    runs = [one for one in inputs.values() if isinstance(one, Run)]
    names = (name for one in runs for name in one.trajectory.names)
    check_characters(("run.names", name) for name in names)
    with temporary_folder() as folder:
        return cache_by_content(save_recordings(inputs, folder), store)


def _has_sharpness(path: str) -> bool:
    """Return whether a saved run was saved with the sharpness along it."""
    from understanding_gradients.lecture.saved_runs import saved_run

    return len(saved_run(path).picture.sharpness_along) > 0


def of_the_neuron(settings: Settings) -> Settings:
    """Return the settings of a lecture that descends the neuron's loss, at rates that suit it."""
    rates: dict[str, Any] = dict.fromkeys(RATE_NAMES, SUGGEST)
    return settings.replace(model="", run=(), **rates)


def check_runs_of(clips: Sequence[Clip], settings: Settings) -> None:
    """Refuse one saved run for the clip of three."""
    count = len(settings.descent.runs)
    for clip in clips if count else ():
        if clip.slug == THREE_RUNS and count == 1:
            raise InvalidValue("--run", f"be given three times for {THREE_RUNS}", got="one file")


def remarks(settings: Settings, clips: Sequence[Clip], every: Sequence[Clip]) -> Iterator[str]:
    """Yield what a list says of the clips that do not tell of the settings' descent.

    Args:
        settings: Of the lecture.
        clips: The clips in the list.
        every: All clips.
    """
    chosen = settings.descent
    others = [clip.slug for clip in clips if not shows_start(clip, settings)]
    if chosen.model and others:
        yield (
            "Told of the lecture's rows, not of the network, whose parameters are too many to tell "
            f"of each: {', '.join(others)}."
        )
    if chosen.runs and others:
        yield f"Told of the lecture's rows, not of a saved run: {', '.join(others)}."
    if len(chosen.runs) > 1 and any(map(_has_sharpness, chosen.runs)):
        yield "The sharpness along a saved run is shown of a run by itself, not of three together."
    listed = {clip.slug for clip in clips}
    left = [slug for slug in without_a_run(settings, every) if slug not in listed]
    if left:
        yield f"Left out, since no saved run is named for them: {', '.join(left)}."
