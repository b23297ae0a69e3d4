"""Divide the segments of a clip among tasks."""

from __future__ import annotations

from collections.abc import Mapping

# Every task plays the scene up to its last segment: more tasks would cost more than the waiting.
TASKS_PER_PROCESS = 3
# From this number of new clips per process on, each clip is drawn by one task.
MANY_CLIPS = 3


def batches(frames: Mapping[int, int], size: float) -> list[list[int]]:
    """Divide segments, by the frames of each, into batches of neighbours of about `size` frames.

    Every segment is in one batch, and the batches are in order.
    """
    total = sum(frames.values())
    count = max(1, min(len(frames), round(total / max(size, 1.0))))
    found: list[list[int]] = [[] for _ in range(count)]
    before = 0
    for number in sorted(frames):
        # All frames are divided into equal lengths; a segment belongs where its middle is.
        middle = before + frames[number] / 2
        found[min(count - 1, int(middle * count / max(total, 1)))].append(number)
        before += frames[number]
    return [batch for batch in found if batch]
