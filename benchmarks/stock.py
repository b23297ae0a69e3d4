"""Plain Manim on the very scenes: `python -m benchmarks.stock STORE OUT SLUG...`.

Its own renderer, camera, file writer and encoder, with the settings that `manim -qh` has and its
cache off. It is given the recorded material, so that no recording is on its account.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from manim import tempconfig

from benchmarks.lecture import jobs
from scenes.style import use_theme
from understanding_gradients.render.task import load_inputs


def render(store: Path, folder: Path, slugs: list[str]) -> None:
    """Render the clips called `slugs` into `folder`/SLUG.mp4, one after the other."""
    for job in jobs(store, slugs):
        settings = {
            "quality": "high_quality",
            "disable_caching": True,
            "media_dir": str(folder / "media"),
            "output_file": job.clip.slug,
            "progress_bar": "none",
            "verbosity": "WARNING",
        }
        module, name = job.clip.scene.split(":")
        with tempconfig(settings), use_theme(job.theme):
            scene_class = getattr(import_module(module), name)
            scene = scene_class(clip=job.clip, inputs=load_inputs(job))
            scene.render()
        (video,) = (folder / "media").rglob(f"1080p60/{job.clip.slug}.mp4")
        video.replace(folder / f"{job.clip.slug}.mp4")


if __name__ == "__main__":
    render(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
