"""The jobs that a benchmark measures: clips of the default lecture, at 1080p and 60 frames."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.processes import ROOT
from lecture.settings import read_settings
from pipeline.job import Job
from pipeline.plan import clips_called, jobs_for
from pipeline.quality import QUALITIES
from pipeline.store import Store
from scenes.registry import CLIPS

QUALITY = QUALITIES["hd"]


def jobs(store: Path, slugs: Sequence[str]) -> list[Job]:
    """Return the jobs of the clips called `slugs`; their material is recorded into `store`."""
    settings = read_settings(ROOT / "lecture.toml")
    return jobs_for(settings, clips_called(slugs, CLIPS), QUALITY, Store(store))


if __name__ == "__main__":
    jobs(Path(sys.argv[1]), sys.argv[2:])
