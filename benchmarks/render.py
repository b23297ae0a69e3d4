"""How fast the lecture is rendered, against plain Manim and against the encoder alone.

    .venv/bin/python -m benchmarks.render [-o render.json] [--rounds N] [SLUG ...]

In every round each way is measured once, in turn, so that a machine which grows slower or faster
meanwhile does not decide. Without SLUGs it is the whole lecture, and then the three clips of
learning rates; plain Manim takes a quarter of an hour for these. Ratios are what to believe;
seconds belong to the machine.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.processes import ROOT, Cost, cost_of
from scenes.registry import CLIPS
from understanding_gradients.spec.timeline import CLIP_FILE, Timeline
from understanding_gradients.workers.pool import cores

THREE = ("very-small-learning-rate", "very-large-learning-rate", "just-right-learning-rate")
FILMS = {"the lecture": [clip.slug for clip in CLIPS], "three learning rates": list(THREE)}
CHANGED = ("very_large", 0.6)


class Bench:
    """One round of measurements, in a folder that is empty at first."""

    def __init__(self, folder: Path, slugs: Sequence[str], jobs: int) -> None:
        self.slugs, self.jobs = list(slugs), jobs
        self.material = folder / "material"
        self.stock_folder, self.ours_folder = folder / "stock", folder / "ours"
        self.media, self.alone = folder / "media", folder / "alone"
        self.floor_file, self.fidelity_file = folder / "floor.json", folder / "fidelity.json"
        self.settings = folder / "changed.toml"

    def stock(self) -> Cost:
        """(a) Plain Manim, given the material."""
        return cost_of(
            ["-m", "benchmarks.stock", str(self.material), str(self.stock_folder), *self.slugs]
        )

    def cold(self) -> Cost:
        """(b) Ours, with nothing in the store: recording, typesetting, drawing."""
        shutil.rmtree(self.media, ignore_errors=True)
        return self._ours(self.media, self.jobs)

    def one_worker(self) -> Cost:
        """Ours cold, but one worker."""
        shutil.rmtree(self.alone, ignore_errors=True)
        return self._ours(self.alone, 1)

    def warm(self) -> Cost:
        """(c) The same again."""
        return self._ours(self.media, self.jobs)

    def changed(self) -> Cost:
        """(d) After one learning rate was changed."""
        text = (ROOT / "lecture.toml").read_text(encoding="utf-8")
        name, rate = CHANGED
        text, found = re.subn(rf"(?m)^{name} = .*$", f"{name} = {rate}", text)
        if found != 1:
            raise RuntimeError(f"lecture.toml must set {name} once; it does so {found} times.")
        self.settings.write_text(text, encoding="utf-8")
        return self._ours(self.media, self.jobs, "--settings", str(self.settings))

    def floor(self) -> dict[str, float]:
        """(e) x264 alone, our settings, on the same frames: seconds of one core."""
        cost_of(["-m", "benchmarks.floor", str(self.material), str(self.floor_file), *self.slugs])
        return json.loads(self.floor_file.read_text(encoding="utf-8"))

    def draft(self) -> Cost:
        """One clip as a draft, with nothing in the store."""
        with tempfile.TemporaryDirectory() as folder:
            return self._render(Path(folder), "clip", THREE[1], "-q", "draft")

    def memory(self, quality: str) -> Cost:
        """A clip that is drawn but not recorded, so that its worker is the largest process."""
        return self._render(self.media, "clip", THREE[1], "-q", quality, "--theme", "light")

    def fidelity(self) -> dict[str, Any]:
        """PSNR and SSIM of the three learning-rate clips, or of all if these were not rendered."""
        slugs = [slug for slug in THREE if slug in self.slugs] or self.slugs
        places = (f"stock={self.stock_folder}:601", f"ours={self.ours_folder}:709")
        cost_of(
            ["-m", "benchmarks.fidelity", str(self.material), str(self.fidelity_file)]
            + [*slugs, "--", *places]
        )
        return json.loads(self.fidelity_file.read_text(encoding="utf-8"))

    def drawn(self) -> dict[str, int]:
        """How many clips were drawn so far for `media`, and how many frames they have."""
        entries = [path.parent for path in (self.media / "store").rglob(CLIP_FILE)]
        frames = sum(Timeline.load(entry).frames for entry in entries)
        return {"clips": len(entries), "frames": frames}

    def sizes(self) -> dict[str, int]:
        """Bytes of all clips."""
        return {
            name: sum((folder / f"{slug}.mp4").stat().st_size for slug in self.slugs)
            for name, folder in (("stock", self.stock_folder), ("ours", self.ours_folder))
        }

    def _ours(self, media: Path, jobs: int, *more: str) -> Cost:
        output = ("-o", str(self.ours_folder)) if not more else ()
        return self._render(media, "clip", *self.slugs, "--jobs", str(jobs), *output, *more)

    def _render(self, media: Path, *arguments: str) -> Cost:
        environment = {"UNDERSTANDING_GRADIENTS_MEDIA": str(media)}
        return cost_of(["render.py", *arguments], environment)


def measure(slugs: Sequence[str], jobs: int, rounds: int) -> dict[str, Any]:
    """Measure `slugs` in `rounds` rounds, and return all that was found."""
    costs: dict[str, list[Any]] = {}
    found: dict[str, Any] = {}
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            bench = Bench(Path(folder), slugs, jobs)
            # Recorded beforehand: plain Manim and the floor are not charged for it.
            cost_of(["-m", "benchmarks.lecture", str(bench.material), *slugs])
            for way in ("stock", "cold", "warm", "one_worker", "changed", "draft"):
                click.echo(f"round {number + 1}: {way}", err=True)
                before = bench.drawn()
                costs.setdefault(way, []).append(asdict(getattr(bench, way)()))
                if way in ("warm", "changed"):
                    after = bench.drawn()
                    found[f"drawn_{way}"] = {what: after[what] - before[what] for what in after}
            click.echo(f"round {number + 1}: floor", err=True)
            costs.setdefault("floor", []).append(bench.floor())
            if number == rounds - 1:
                click.echo("memory and fidelity", err=True)
                found["peak_mb"] = {size: bench.memory(size).peak_mb for size in ("hd", "4k")}
                found |= {"fidelity": bench.fidelity(), "bytes": bench.sizes()}
    return found | {"costs": costs, "clips": list(slugs), "jobs": jobs}


def middle(found: dict[str, Any], way: str, what: str = "seconds") -> float:
    """Return the median over all rounds."""
    return median(cost[what] for cost in found["costs"][way])


def table(found: dict[str, Any]) -> str:
    """Return the figures that matter, for a person."""
    floor = middle(found, "floor") / found["jobs"]
    cold, stock = middle(found, "cold"), middle(found, "stock")
    one, frames = middle(found, "one_worker"), found["costs"]["floor"][0]["frames"]
    lines = [
        f"{len(found['clips'])} clips, {frames} frames at 1080p60, {found['jobs']} workers",
        "",
        f"{'':28}{'seconds':>10}{'CPU s':>10}",
    ]
    for way in ("stock", "cold", "one_worker", "warm", "changed", "draft"):
        seconds, cpu = middle(found, way), middle(found, way, "cpu_seconds")
        lines.append(f"{way.replace('_', ' '):28}{seconds:10.1f}{cpu:10.1f}")
    changed = found["drawn_changed"]
    lines.append(f"{'floor (x264 alone)':28}{floor:10.1f}{middle(found, 'floor'):10.1f}")
    peak, quality, size = found["peak_mb"], found["fidelity"], found["bytes"]
    lines += [
        "",
        f"stock / ours, cold       {stock / cold:6.1f}",
        f"ours, cold / floor       {cold / floor:6.2f}",
        f"one worker / {found['jobs']} workers   {one / cold:6.2f}",
        f"one rate changed draws   {changed['clips']:6} clips, {changed['frames']} frames",
        f"bytes, ours / stock      {size['ours'] / size['stock']:6.2f}",
        f"peak memory of a worker  {peak['hd']:6.0f} MB at 1080p, {peak['4k']:.0f} MB at 4K",
    ]
    for name, value in quality.items():
        lines.append(f"{name:8}PSNR {value['psnr']:.1f} dB, SSIM {value['ssim']:.4f}")
    return "\n".join(lines)


@click.command()
@click.argument("slugs", nargs=-1)
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True)
@click.option("--jobs", type=click.IntRange(1), default=cores, help="Workers; one a core.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default="render.json")
def main(slugs: tuple[str, ...], rounds: int, jobs: int, output: Path) -> None:
    """Measure the whole lecture, or the clips called SLUGS."""
    films = {" ".join(slugs): slugs} if slugs else FILMS
    found: dict[str, Any] = {
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": cores(),
            "python": platform.python_version(),
        }
    }
    for name, wanted in films.items():
        found[name] = measure(wanted, jobs, rounds)
        output.write_text(json.dumps(found, indent=1), encoding="utf-8")
        click.echo(f"{name}\n{table(found[name])}\n")


if __name__ == "__main__":
    main()
