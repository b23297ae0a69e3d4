"""Takes that lie in the store, put together to the clip that they are of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from understanding_gradients.cache.keys import clip_key
from understanding_gradients.cache.store import Store
from understanding_gradients.spec.job import CLIP_FILE, Job, Timeline
from understanding_gradients.workers.process import WorkerFailed


def assemble(
    job: Job,
    key: str,
    takes: Mapping[int, tuple[str, int]],
    timelines: Sequence[Timeline],
    store: Store,
) -> Timeline:
    """Join the takes of a clip into its video, keep that, and return how it is divided.

    Args:
        job: Of the clip.
        key: Under which it will be stored.
        takes: The key of each take and how many frames it has, by number.
        timelines: How each process that ran the scene found it divided.
        store: Where the takes are, and the clip will be.

    Raises:
        WorkerFailed: If they do not fit together.
        OSError: If the store cannot be written.
    """
    from av.error import FFmpegError

    from understanding_gradients.encode.packets import PACKETS_FILE, write_clip

    timeline = timelines[0]
    frames = sum(count for _, count in takes.values())
    if frames != timeline.frames:
        raise WorkerFailed(
            f"{job.clip.slug} drew {frames} frames where {timeline.frames} were counted: "
            "its length depends on what is drawn."
        )
    if list(timelines) != [timeline] * len(timelines):
        raise WorkerFailed(f"{job.clip.slug} has other beats every time it is run.")
    found = [store.find(takes[number][0]) for number in sorted(takes)]
    if None in found:
        raise WorkerFailed("a take that was stored cannot be read back; render it again")
    needed = sum((take / PACKETS_FILE).stat().st_size for take in found if take)
    with store.add(key, needed) as folder:
        try:
            write_clip([take for take in found if take], folder / CLIP_FILE, job.quality)
        except (FFmpegError, ValueError, KeyError) as error:
            raise WorkerFailed(f"its takes could not be joined: {error}") from error
        timeline.save(folder)
        check_source(job, key)
    return timeline


def check_source(job: Job, key: str, makes: str = "clip") -> None:
    """Refuse what was made of a source that changed after its key was made.

    Raises:
        WorkerFailed: If it did.
    """
    if clip_key(job, makes) != key:
        raise WorkerFailed("its source changed while it was drawn; render it again")
