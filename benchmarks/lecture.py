"""The jobs that a benchmark measures: clips of the default lecture, at 1080p and 60 frames."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.processes import ROOT
from scenes.registry import CLIPS
from understanding_gradients.cache.store import Store
from understanding_gradients.commands.jobs import jobs_for
from understanding_gradients.commands.request import select_clips
from understanding_gradients.lecture.settings import read_settings
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.quality import QUALITIES

QUALITY = QUALITIES["hd"]


def jobs(store: Path, slugs: Sequence[str]) -> list[Job]:
    """Return the jobs of the clips called `slugs`; their material is recorded into `store`."""
    settings = read_settings(ROOT / "lecture.toml")
    return jobs_for(settings, select_clips(slugs, CLIPS), QUALITY, Store(store))


if __name__ == "__main__":
    jobs(Path(sys.argv[1]), sys.argv[2:])
