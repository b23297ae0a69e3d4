"""Jobs for clips, and the lecturer's captions for their beats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from scenes.registry import Clip
from understanding_gradients.cache.recordings import find_or_record
from understanding_gradients.cache.store import Store
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.quality import Quality
from understanding_gradients.spec.timeline import Timeline


def jobs_for(
    settings: Settings,
    clips: Sequence[Clip],
    quality: Quality,
    store: Store,
    before_recording: Callable[[], None] = lambda: None,
) -> list[Job]:
    """Return a job for each of `clips`, after recording what they are given.

    Args:
        settings: What is recorded.
        clips: The clips, in order.
        quality: Of all jobs.
        store: Where recordings are kept.
        before_recording: Called if anything must be recorded, which takes seconds.

    Raises:
        InvalidArgument: If the settings ask for what cannot be recorded.
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
    """Yield a sentence for every caption in the settings whose beat does not exist.

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
