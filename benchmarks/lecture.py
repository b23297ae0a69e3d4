"""The jobs that a benchmark measures: clips of the default lecture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks.processes import ROOT
from scenes.registry import CLIPS
from understanding_gradients.cache.store import Store
from understanding_gradients.commands.request import jobs_for, select_clips
from understanding_gradients.lecture.settings_file import read_settings
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.quality import QUALITIES

SLUGS = click.argument("slugs", nargs=-1)
STORE = click.argument("store", type=click.Path(path_type=Path))
QUALITY = click.option("-q", "--quality", type=click.Choice(list(QUALITIES)), default="hd")
ROUNDS = click.option("--rounds", type=click.IntRange(1), default=1, show_default=True)


def output(default: str) -> Callable[[Any], Any]:
    """Return the option of the file for the figures."""
    return click.option("-o", "--output", type=click.Path(path_type=Path), default=default)


def jobs(store: Path, slugs: Sequence[str], quality: str) -> list[Job]:
    """Return the jobs of the clips called `slugs`, after recording their inputs into `store`."""
    settings = read_settings(ROOT / "lecture.toml")
    return jobs_for(settings, select_clips(slugs, CLIPS), QUALITIES[quality], Store(store))


@click.command()
@STORE
@SLUGS
def main(store: Path, slugs: tuple[str, ...]) -> None:
    """Record the inputs of the clips called SLUGS into STORE."""
    jobs(store, slugs, "hd")


if __name__ == "__main__":
    main()
