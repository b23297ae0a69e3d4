"""Which descent each clip tells of: the lecture's own, or the neuron's over the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from scenes.registry import Clip
from understanding_gradients.cache.recordings import find_or_record
from understanding_gradients.cache.store import Store
from understanding_gradients.lecture.recordings import (
    OF_EACH_PARAMETER,
    OF_THE_LECTURE,
    OF_THE_ROWS,
    RATE_NAMES,
)
from understanding_gradients.lecture.settings import SUGGEST, Settings


def shows_start(clip: Clip, settings: Settings) -> bool:
    """Return whether a clip depends on the loss and the start of the lecture's descent."""
    inputs = set(clip.inputs)
    if settings.descent.is_neurons:
        return not inputs <= OF_THE_ROWS
    if settings.descent.model and inputs & OF_EACH_PARAMETER:
        return False
    return bool(inputs & OF_THE_LECTURE)


def what_is_shown(settings: Settings) -> str:
    """Return what the clips show that the settings' descent concerns."""
    if settings.descent.model:
        return "whole runs, since a network has too many parameters to tell of each"
    return "the lecture's descent"


def inputs_of(
    settings: Settings,
    clips: Sequence[Clip],
    store: Store,
    before_recording: Callable[[], None] = lambda: None,
) -> dict[str, dict[str, Path]]:
    """Return the recordings that each clip draws, by its slug, after making those that lack.

    Beside a network, a clip that tells of every parameter by itself tells of the neuron.
    """
    groups = [(settings, list(clips))]
    if settings.descent.model:
        others = [clip for clip in clips if not shows_start(clip, settings)]
        own = [clip for clip in clips if clip not in others]
        groups = [(settings, own), (of_the_neuron(settings), others)]
    inputs: dict[str, dict[str, Path]] = {}
    for chosen, group in groups:
        needed = (name for clip in group for name in clip.inputs)
        recordings = find_or_record(chosen, needed, store, before_recording)
        for clip in group:
            inputs[clip.slug] = {name: recordings[name] for name in clip.inputs}
    return inputs


def of_the_neuron(settings: Settings) -> Settings:
    """Return the settings of a lecture that descends the neuron's loss, at rates that suit it."""
    return settings.replace(model="", **dict.fromkeys(RATE_NAMES, SUGGEST))


def remarks(settings: Settings, clips: Sequence[Clip]) -> Iterator[str]:
    """Yield what a list says of the clips that do not tell of the settings' descent."""
    others = [clip.slug for clip in clips if not shows_start(clip, settings)]
    if settings.descent.model and others:
        yield (
            "Told of the lecture's rows, not of the network, whose parameters are too many to tell "
            f"of each: {', '.join(others)}."
        )
