"""Measure how fast the lecture is rendered: against plain Manim, x264 alone, or another checkout.

    .venv/bin/python -m benchmarks.render [-o render.json] [--rounds N] [SLUG ...]
    .venv/bin/python -m benchmarks.render very-large-learning-rate --against ../before

Every round measures each variant once, in turn, so that a machine whose speed drifts favours none.
Without SLUGs the whole lecture is measured, then the three clips of learning rates; plain Manim
takes a quarter of an hour for these. Compare ratios: seconds depend on the machine.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from benchmarks.lecture import QUALITY, ROUNDS, SLUGS, output
from benchmarks.processes import ROOT, Cost, cost_of, machine, median_of
from scenes.registry import CLIPS
from understanding_gradients.spec.timeline import CLIP_FILE, Timeline
from understanding_gradients.workers.pool import cores

THREE = ("very-small-learning-rate", "very-large-learning-rate", "just-right-learning-rate")
FILMS = {"the lecture": [clip.slug for clip in CLIPS], "three learning rates": list(THREE)}
CHANGED = ("very_large", 0.6)
VARIANTS = ("cold", "warm", "one_worker", "changed", "draft")


class Checkout:
    """One round of rendering by a checkout of the project.

    Args:
        folder: An empty folder for its files.
        slugs: The clips.
        quality: The name of their quality.
        jobs: The number of workers.
        root: The checkout's folder.
    """

    def __init__(
        self, folder: Path, slugs: Sequence[str], quality: str, jobs: int, root: Path = ROOT
    ) -> None:
        self.slugs, self.quality, self.jobs, self.root = list(slugs), quality, jobs, root
        self.media, self.single = folder / "media", folder / "single"
        self.videos = folder / "videos"
        self.settings = folder / "changed.toml"

    def cold(self) -> Cost:
        """Render with an empty store: recording, typesetting, drawing."""
        shutil.rmtree(self.media, ignore_errors=True)
        return self._clips(self.media, self.jobs, "-o", str(self.videos))

    def warm(self) -> Cost:
        """Render again, with everything in the store."""
        return self._clips(self.media, self.jobs, "-o", str(self.videos))

    def one_worker(self) -> Cost:
        """Render with an empty store and one worker."""
        shutil.rmtree(self.single, ignore_errors=True)
        return self._clips(self.single, 1, "-o", str(self.videos))

    def changed(self) -> Cost:
        """Render after one learning rate was changed."""
        text = (self.root / "lecture.toml").read_text(encoding="utf-8")
        name, rate = CHANGED
        text, count = re.subn(rf"(?m)^{name} = .*$", f"{name} = {rate}", text)
        if count != 1:
            raise RuntimeError(f"lecture.toml must set {name} once; it does so {count} times.")
        self.settings.write_text(text, encoding="utf-8")
        return self._clips(self.media, self.jobs, "--settings", str(self.settings))

    def draft(self) -> Cost:
        """Render one clip as a draft, with an empty store."""
        with tempfile.TemporaryDirectory() as folder:
            return self.render(Path(folder), "clip", self.one, "-q", "draft")

    def memory(self, quality: str) -> Cost:
        """Render a clip whose inputs are recorded, so that its worker is the largest process."""
        return self.render(self.media, "clip", self.one, "-q", quality, "--theme", "light")

    @property
    def one(self) -> str:
        """The clip that is measured by itself."""
        return THREE[1] if THREE[1] in self.slugs else self.slugs[0]

    def stored(self) -> dict[str, int]:
        """Return the number of clips in the store, and of their frames."""
        entries = [path.parent for path in (self.media / "store").rglob(CLIP_FILE)]
        frames = sum(Timeline.load(entry).frames for entry in entries)
        return {"clips": len(entries), "frames": frames}

    def render(self, media: Path, *arguments: str) -> Cost:
        """Run the command line with its files in `media`."""
        environment = {"UNDERSTANDING_GRADIENTS_MEDIA": str(media)}
        return cost_of(["render.py", *arguments], environment, self.root)

    def _clips(self, media: Path, jobs: int, *more: str) -> Cost:
        options = ("-q", self.quality, "--jobs", str(jobs))
        return self.render(media, "clip", *self.slugs, *options, *more)


class Bench(Checkout):
    """One round of rendering by this checkout and by plain Manim."""

    def __init__(self, folder: Path, slugs: Sequence[str], quality: str, jobs: int) -> None:
        super().__init__(folder, slugs, quality, jobs)
        self.folder, self.inputs, self.stock_videos = folder, folder / "inputs", folder / "stock"
        # Recorded beforehand, so that it is not measured.
        cost_of(["-m", "benchmarks.lecture", str(self.inputs), *self.slugs])

    def stock(self) -> Cost:
        """Render with plain Manim."""
        return cost_of(["-m", "benchmarks.stock", *self._arguments(self.stock_videos)])

    def floor(self) -> dict[str, float]:
        """Encode the same frames with x264 alone; seconds of one core."""
        path = self.folder / "floor.json"
        cost_of(["-m", "benchmarks.floor", *self._arguments(path)])
        return json.loads(path.read_text(encoding="utf-8"))

    def fidelity(self) -> dict[str, Any]:
        """Return PSNR and SSIM of the learning-rate clips, or of all if these are not rendered."""
        path = self.folder / "fidelity.json"
        slugs = [slug for slug in THREE if slug in self.slugs] or self.slugs
        folders = (f"stock={self.stock_videos}:601", f"ours={self.videos}:709")
        videos = [word for folder in folders for word in ("--video", folder)]
        cost_of(["-m", "benchmarks.fidelity", *self._arguments(path, slugs), *videos])
        return json.loads(path.read_text(encoding="utf-8"))

    def sizes(self) -> dict[str, int]:
        """Return the size of all videos in bytes."""
        folders = {"stock": self.stock_videos, "ours": self.videos}
        return {
            name: sum(path.stat().st_size for path in folder.glob("*.mp4"))
            for name, folder in folders.items()
        }

    def _arguments(self, path: Path, slugs: Sequence[str] = ()) -> list[str]:
        return [str(self.inputs), str(path), *(slugs or self.slugs), "-q", self.quality]


def measure(slugs: Sequence[str], quality: str, jobs: int, rounds: int) -> dict[str, Any]:
    """Measure this checkout and plain Manim in `rounds` rounds."""
    costs: dict[str, list[Any]] = {}
    found: dict[str, Any] = {}
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            bench = Bench(Path(folder), slugs, quality, jobs)
            for variant in ("stock", *VARIANTS):
                click.echo(f"round {number + 1}: {variant}", err=True)
                before = bench.stored()
                costs.setdefault(variant, []).append(asdict(getattr(bench, variant)()))
                after = bench.stored()
                found[f"drawn_{variant}"] = {what: after[what] - before[what] for what in after}
            click.echo(f"round {number + 1}: floor", err=True)
            costs.setdefault("floor", []).append(bench.floor())
            if number == rounds - 1:
                click.echo("memory and fidelity", err=True)
                sizes = ("hd", "4k") if quality == "hd" else (quality,)
                found["peak_mb"] = {size: bench.memory(size).peak_mb for size in sizes}
                found |= {"fidelity": bench.fidelity(), "bytes": bench.sizes()}
    return found | {"costs": costs, "clips": list(slugs), "quality": quality, "jobs": jobs}


def table(found: dict[str, Any]) -> str:
    """Return the main figures as text."""
    costs, jobs = found["costs"], found["jobs"]
    floor = median_of(costs["floor"]) / jobs
    cold, stock = median_of(costs["cold"]), median_of(costs["stock"])
    one, frames = median_of(costs["one_worker"]), costs["floor"][0]["frames"]
    lines = [
        f"{len(found['clips'])} clips, {frames} frames in {found['quality']}, {jobs} workers",
        "",
        f"{'':28}{'seconds':>10}{'CPU s':>10}",
    ]
    for variant in ("stock", *VARIANTS):
        seconds, cpu = median_of(costs[variant]), median_of(costs[variant], "cpu_seconds")
        lines.append(f"{variant.replace('_', ' '):28}{seconds:10.1f}{cpu:10.1f}")
    lines.append(f"{'floor (x264 alone)':28}{floor:10.1f}{median_of(costs['floor']):10.1f}")
    changed, size = found["drawn_changed"], found["bytes"]
    memory = ", ".join(f"{peak:.0f} MB in {size}" for size, peak in found["peak_mb"].items())
    lines += [
        "",
        f"stock / ours, cold       {stock / cold:6.1f}",
        f"ours, cold / floor       {cold / floor:6.2f}",
        f"one worker / {jobs} workers   {one / cold:6.2f}",
        f"one rate changed draws   {changed['clips']:6} clips, {changed['frames']} frames",
        f"bytes, ours / stock      {size['ours'] / size['stock']:6.2f}",
        f"peak memory of a worker: {memory}",
    ]
    for name, value in found["fidelity"].items():
        lines.append(f"{name:8}PSNR {value['psnr']:.1f} dB, SSIM {value['ssim']:.4f}")
    return "\n".join(lines)


def measure_against(
    slugs: Sequence[str],
    quality: str,
    jobs: int,
    rounds: int,
    other: Path,
    variants: Sequence[str] = VARIANTS,
) -> dict[str, Any]:
    """Measure this checkout and the one at `other` in `rounds` rounds, variant by variant."""
    costs: dict[str, dict[str, list[Any]]] = {variant: {} for variant in variants}
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            checkouts = {
                name: Checkout(Path(folder) / name, slugs, quality, jobs, root)
                for name, root in (("ours", ROOT), ("other", other))
            }
            for variant in variants:
                # Neither is always the first.
                for name in sorted(checkouts, reverse=bool(number % 2)):
                    click.echo(f"round {number + 1}: {variant}, {name}", err=True)
                    checkout = checkouts[name]
                    checkout.media.parent.mkdir(exist_ok=True)
                    cost = asdict(getattr(checkout, variant)())
                    costs[variant].setdefault(name, []).append(cost)
    return {"costs": costs, "clips": list(slugs), "quality": quality, "jobs": jobs}


def ratios(found: dict[str, Any]) -> str:
    """Return this checkout's medians, the other's, and their ratio as text."""
    lines = [f"{'':14}{'ours, s':>10}{'other, s':>10}{'ratio':>8}{'CPU ratio':>11}"]
    for variant, costs in found["costs"].items():
        ours, other = median_of(costs["ours"]), median_of(costs["other"])
        cpu = median_of(costs["ours"], "cpu_seconds") / median_of(costs["other"], "cpu_seconds")
        name = variant.replace("_", " ")
        lines.append(f"{name:14}{ours:10.1f}{other:10.1f}{ours / other:8.2f}{cpu:11.2f}")
    return "\n".join(lines)


@click.command()
@SLUGS
@ROUNDS
@QUALITY
@click.option("--jobs", type=click.IntRange(1), default=cores, help="Workers; one per core.")
@click.option(
    "--against",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    help="Another checkout of the project to compare with, in place of plain Manim.",
)
@click.option(
    "--only",
    type=click.Choice(VARIANTS),
    multiple=True,
    help="With --against: a variant to measure; all by default.",
)
@output("render.json")
def main(
    slugs: tuple[str, ...],
    rounds: int,
    quality: str,
    jobs: int,
    against: Path | None,
    only: tuple[str, ...],
    output: Path,
) -> None:
    """Measure the whole lecture, or the clips called SLUGS."""
    films = {" ".join(slugs): slugs} if slugs else FILMS
    found: dict[str, Any] = {"machine": machine()}
    for name, wanted in films.items():
        if against is None:
            found[name] = measure(wanted, quality, jobs, rounds)
            text = table(found[name])
        else:
            found[name] = measure_against(wanted, quality, jobs, rounds, against, only or VARIANTS)
            text = ratios(found[name])
        output.write_text(json.dumps(found, indent=1), encoding="utf-8")
        click.echo(f"{name}\n{text}\n")


if __name__ == "__main__":
    main()
