"""Which takes of a clip are drawn by one task."""

from __future__ import annotations

from collections.abc import Mapping

# Tasks for each process that draws, so that none waits long for the last. Every one of them runs
# the scene up to its own last take: many would cost more than the waiting.
TASKS_A_PROCESS = 3
# New clips for each process from which on every clip is drawn whole, by one task.
PLENTY = 3


def chunks(takes: Mapping[int, int], size: float) -> list[list[int]]:
    """Cut takes into runs of neighbours with about `size` frames each.

    Args:
        takes: How many frames each has, by number.
        size: Frames that a task may as well draw at once.

    Returns:
        The numbers of each run, in order; every take is in one of them.
    """
    total = sum(takes.values())
    count = max(1, min(len(takes), round(total / max(size, 1.0))))
    found: list[list[int]] = [[] for _ in range(count)]
    before = 0
    for number in sorted(takes):
        # A take belongs where its middle lies, if all frames were cut into equal lengths.
        middle = before + takes[number] / 2
        found[min(count - 1, int(middle * count / max(total, 1)))].append(number)
        before += takes[number]
    return [run for run in found if run]
