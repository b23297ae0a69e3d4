"""How long each clip was the last time: enough for an estimate, without counting again.

Counting a clip's frames takes a tenth of the time of drawing them. A changed clip is about as long
as it was before, so only the very first render counts. Nothing but progress depends on this.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from descent._files.atomic_write import atomic_write
from understanding_gradients.spec.job import Job


class Durations:
    """A folder with a file a clip, holding its length in seconds.

    Args:
        folder: Made when the first length is remembered.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def recall(self, job: Job) -> int | None:
        """Return how many frames the clip of `job` had the last time, at its present rate."""
        try:
            seconds = float((self._folder / job.clip.slug).read_text(encoding="ascii"))
            return round(seconds * job.quality.frame_rate)
        except (OSError, ValueError, OverflowError):
            return None

    def remember(self, job: Job, frames: int) -> None:
        """Keep how many frames the clip of `job` has, if that can be written."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with atomic_write(self._folder / job.clip.slug) as unfinished:
                unfinished.write_text(f"{frames / job.quality.frame_rate}\n", encoding="ascii")
