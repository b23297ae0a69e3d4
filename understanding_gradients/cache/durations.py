"""Remembered clip durations: estimates for progress and for the order of clips.

Counting a clip's frames takes a tenth of the time of drawing them, and a changed clip is about as
long as before, so only the very first render counts. A wrong duration costs time at most: it
decides neither what is drawn nor which worker may draw it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from descent._files.atomic_write import atomic_write, delete_unfinished
from understanding_gradients.spec.job import Job


class Durations:
    """A folder with one file per clip, which holds its duration in seconds.

    Args:
        folder: Created when the first duration is saved.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def expected_frames(self, job: Job) -> int | None:
        """Return how many frames the clip had last time, at the frame rate of `job`."""
        try:
            seconds = float((self._folder / job.clip.slug).read_text(encoding="ascii"))
            return round(seconds * job.quality.frame_rate)
        except (OSError, ValueError, OverflowError):
            return None

    def delete_unfinished(self) -> None:
        """Delete what killed processes left unfinished."""
        delete_unfinished(self._folder)

    def save(self, job: Job, frames: int) -> None:
        """Save the number of frames of a finished clip, if the folder can be written."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with atomic_write(self._folder / job.clip.slug) as unfinished:
                unfinished.write_text(f"{frames / job.quality.frame_rate}\n", encoding="ascii")
