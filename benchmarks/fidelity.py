"""Measure how close finished videos are to the drawn frames: PSNR and SSIM.

    .venv/bin/python -m benchmarks.fidelity STORE OUTPUT.json --video NAME=FOLDER:709 SLUG...

The videos FOLDER/SLUG.mp4, whose color matrix is 709 or 601, are compared with frames drawn again,
every fifteenth that is not repeated. (While a scene waits, Manim draws static mobjects twice, one
over the other, which makes edges a little stronger; repeated frames are left out for that reason.)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import click
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from scipy.ndimage import gaussian_filter

from benchmarks.lecture import QUALITY, SLUGS, STORE, jobs
from understanding_gradients.render.config import render_config
from understanding_gradients.render.renderer import ClipRenderer
from understanding_gradients.render.segment import Segment
from understanding_gradients.render.task import load_inputs, play_scene
from understanding_gradients.spec.job import Job

EVERY = 15
MATRICES = {"709": Colorspace.ITU709, "601": Colorspace.ITU601}
LUMA = np.array([0.2126, 0.7152, 0.0722])


def drawn_frames(job: Job) -> dict[int, np.ndarray]:
    """Return some frames that are not repeated, RGB, by number."""
    found: dict[int, np.ndarray] = {}
    position = 0

    def keep_frames(number: int, segment: Segment) -> None:
        nonlocal position
        for frame, repeat in segment.frames:
            if repeat == 1 and position % EVERY == 0:
                renderer.camera.draw(frame)
                found[position] = renderer.camera.pixel_array[..., :3].copy()
            position += repeat

    with render_config(job.quality, job.theme):
        renderer = ClipRenderer(lambda number: True, keep_frames)
        play_scene(job, load_inputs(job), renderer)
    return found


def decoded_frames(video: Path, matrix: str, frame_rate: int) -> Iterator[np.ndarray]:
    """Yield every fifteenth frame of `video`, RGB, converted with its own color matrix."""
    with av.open(video) as container:
        for frame in container.decode(video=0):
            if (frame.pts or 0) * (frame.time_base or 0) * frame_rate % EVERY == 0:
                yield frame.reformat(
                    format="rgb24",
                    src_colorspace=MATRICES[matrix],
                    src_color_range=ColorRange.MPEG,
                    dst_color_range=ColorRange.JPEG,
                ).to_ndarray()


def squared_error(one: np.ndarray, other: np.ndarray) -> float:
    """Return the mean squared difference of two frames."""
    return float(np.mean((one.astype(np.float32) - other) ** 2))


def similarity(one: np.ndarray, other: np.ndarray) -> float:
    """Return the SSIM of the luma of two frames, with a Gaussian window of 1.5 pixels.

    Source: Wang, Bovik, Sheikh and Simoncelli (2004), "Image quality assessment".
    """
    x, y = one @ LUMA, other @ LUMA

    def mean(values: np.ndarray) -> Any:
        return gaussian_filter(values, 1.5, truncate=3.5)

    mean_x, mean_y = mean(x), mean(y)
    var_x, var_y = mean(x * x) - mean_x**2, mean(y * y) - mean_y**2
    covariance = mean(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    numerator = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    return float(np.mean(numerator / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))))


def compare(
    all_jobs: Sequence[Job], videos: dict[str, tuple[Path, str]]
) -> dict[str, dict[str, float]]:
    """Return PSNR in decibels and SSIM of each of the `videos`, over all clips together."""
    errors: dict[str, list[tuple[float, float]]] = {name: [] for name in videos}
    for job in all_jobs:
        drawn = drawn_frames(job)
        for name, (folder, matrix) in videos.items():
            # A draft's name ends in "_draft".
            slug = job.clip.slug
            (path,) = [*folder.glob(f"{slug}.mp4"), *folder.glob(f"{slug}_*.mp4")]
            for number, frame in enumerate(decoded_frames(path, matrix, job.quality.frame_rate)):
                if number * EVERY in drawn:
                    one = drawn[number * EVERY]
                    errors[name].append((squared_error(one, frame), similarity(one, frame)))
    return {
        name: {
            "psnr": float(10 * np.log10(255**2 / np.mean([error for error, _ in found]))),
            "ssim": float(np.mean([ssim for _, ssim in found])),
            "frames": len(found),
        }
        for name, found in errors.items()
    }


@click.command()
@STORE
@click.argument("path", metavar="OUTPUT.json", type=click.Path(path_type=Path))
@SLUGS
@QUALITY
@click.option("--video", "videos", multiple=True, metavar="NAME=FOLDER:709|601")
def main(
    store: Path, path: Path, slugs: tuple[str, ...], quality: str, videos: tuple[str, ...]
) -> None:
    """Compare the clips called SLUGS, whose inputs are in STORE."""
    folders = {}
    for video in videos:
        name, _, place = video.partition("=")
        folder, _, matrix = place.rpartition(":")
        folders[name] = (Path(folder), matrix)
    found = compare(jobs(store, slugs, quality), folders)
    path.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
