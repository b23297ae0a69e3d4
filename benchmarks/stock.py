"""Render the same scenes with plain Manim: its renderer, camera, file writer and encoder.

    .venv/bin/python -m benchmarks.stock STORE FOLDER SLUG...

Manim's settings are those of `manim -qh`, without its cache. The recorded inputs are read from
STORE, so that their recording is not measured.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click
from manim import tempconfig

from benchmarks.lecture import QUALITY, SLUGS, STORE, jobs
from scenes.style import use_theme
from understanding_gradients.render.task import load_inputs
from understanding_gradients.spec.job import Job


def render(job: Job, folder: Path) -> None:
    """Render the clip of `job` as `folder`/SLUG.mp4."""
    slug, quality = job.clip.slug, job.quality
    settings = {
        "pixel_width": quality.width,
        "pixel_height": quality.height,
        "frame_rate": quality.frame_rate,
        "disable_caching": True,
        "media_dir": str(folder / "media"),
        "output_file": slug,
        "progress_bar": "none",
        "verbosity": "WARNING",
    }
    module, name = job.clip.scene.split(":")
    with tempconfig(settings), use_theme(job.theme):
        getattr(import_module(module), name)(clip=job.clip, inputs=load_inputs(job)).render()
    size = f"{quality.height}p{quality.frame_rate}"
    (video,) = (folder / "media").rglob(f"{size}/{slug}.mp4")
    video.replace(folder / f"{slug}.mp4")


@click.command()
@STORE
@click.argument("folder", type=click.Path(path_type=Path))
@SLUGS
@QUALITY
def main(store: Path, folder: Path, slugs: tuple[str, ...], quality: str) -> None:
    """Render the clips called SLUGS into FOLDER, one after the other."""
    for job in jobs(store, slugs, quality):
        render(job, folder)


if __name__ == "__main__":
    main()
