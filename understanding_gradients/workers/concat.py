"""Concatenate the stored segments of a clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from understanding_gradients.cache.keys import clip_key
from understanding_gradients.cache.store import Store
from understanding_gradients.spec.job import Job, Output
from understanding_gradients.spec.timeline import CLIP_FILE, Timeline, length_differs
from understanding_gradients.workers.process import WorkerFailed


def concat_segments(
    job: Job,
    key: str,
    segments: Mapping[int, tuple[str, int]],
    timelines: Sequence[Timeline],
    store: Store,
) -> Timeline:
    """Concatenate the segments of a clip, store the video under `key`, and return its timeline.

    Args:
        job: The clip's job.
        key: The clip's key in the store.
        segments: The key and the number of frames of each segment, its hold included, by number.
        timelines: The timeline of each process that played the scene to its end.
        store: Holds the segments, and receives the clip.
    """
    from av.error import FFmpegError

    from understanding_gradients.encode.packets import PACKETS_FILE, mux_segments

    timeline = timelines[0]
    frames = sum(count for _, count in segments.values())
    if frames != timeline.frames:
        raise WorkerFailed(length_differs(job.clip.slug, frames, timeline.frames))
    if list(timelines) != [timeline] * len(timelines):
        raise WorkerFailed(f"{job.clip.slug} has other beats every time it is run.")
    ordered = [segments[number] for number in sorted(segments)]
    found = [(store.find(segment), count) for segment, count in ordered]
    held = [(folder, count) for folder, count in found if folder is not None]
    if len(held) < len(found):
        raise WorkerFailed("a segment that was stored cannot be read back; render it again")
    needed = sum((folder / PACKETS_FILE).stat().st_size for folder, _ in held)
    with store.add(key, needed) as entry:
        try:
            mux_segments(held, entry / CLIP_FILE, job.quality)
        except (FFmpegError, ValueError, KeyError) as error:
            raise WorkerFailed(f"its segments could not be concatenated: {error}") from error
        timeline.save(entry)
        check_source(job, key)
    return timeline


def check_source(job: Job, key: str, output: Output = Output.CLIP) -> None:
    """Check that the source is still the one that `key` was made of."""
    if clip_key(job, output) != key:
        raise WorkerFailed("its source changed while it was drawn; render it again")
