"""Measure what the command line takes per frame, in this checkout and in others.

    .venv/bin/python -m benchmarks.checkouts ../before ../earlier [-o checkouts.json] [--rounds N]
        [--row draft ...] [--clip SLUG]

Every command begins with an empty store and ends when its file is written. Every round measures
each row with every checkout in turn, and the next round in the opposite order, so that a machine
whose speed drifts favours none. Clips grow from version to version: what is compared is time per
frame of the file. Compare ratios: seconds depend on the machine.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import av
import click

from benchmarks.lecture import ROUNDS, output
from benchmarks.processes import ROOT, Cost, cost_of, machine, median_of

CLIP = "very-large-learning-rate"
OURS, STOCK = "ours", "plain Manim"
# The arguments of each row; CLIP stands for the clip, FOLDER for an empty folder.
ROWS = {
    "draft": ("clip", "CLIP", "-q", "draft", "-o", "FOLDER"),
    "hd": ("clip", "CLIP", "-q", "hd", "-o", "FOLDER"),
    "webm": ("clip", "CLIP", "-q", "hd", "--format", "webm", "-o", "FOLDER"),
    "lecture": ("lecture", "-q", "hd", "-o", "FOLDER/lecture.mp4"),
}
# The row that plain Manim is measured beside.
AGAINST_STOCK = "hd"


def frames_in(folder: Path) -> int:
    """Return the number of frames of the one video in a folder."""
    (path,) = (path for path in folder.iterdir() if path.suffix in (".mp4", ".webm"))
    with av.open(path) as video:
        return sum(bool(packet.size) for packet in video.demux(video=0))


def measured(cost: Cost, frames: int) -> dict[str, float]:
    """Return a cost, also in milliseconds per frame."""
    per_frame = {"ms": 1e3 * cost.seconds / frames, "cpu_ms": 1e3 * cost.cpu_seconds / frames}
    return asdict(cost) | per_frame | {"frames": frames}


def row_in(checkout: Path, row: str, slug: str) -> dict[str, float]:
    """Measure a row with a checkout."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name) / "videos"
        folder.mkdir()
        words = [
            slug if word == "CLIP" else word.replace("FOLDER", str(folder)) for word in ROWS[row]
        ]
        environment = {"UNDERSTANDING_GRADIENTS_MEDIA": str(Path(name) / "media")}
        return measured(cost_of(["render.py", *words], environment, checkout), frames_in(folder))


def stock(slug: str) -> dict[str, float]:
    """Measure plain Manim with this checkout's clip, whose recording is not measured."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        inputs, folder = Path(name) / "inputs", Path(name) / "videos"
        folder.mkdir()
        cost_of(["-m", "benchmarks.lecture", str(inputs), slug])
        cost = cost_of(["-m", "benchmarks.stock", str(inputs), str(folder), slug, "-q", "hd"])
        return measured(cost, frames_in(folder))


def measure(
    checkouts: Mapping[str, Path], rows: Sequence[str], slug: str, rounds: int
) -> dict[str, dict[str, list[dict[str, float]]]]:
    """Return the costs by row and checkout, one of each round."""
    costs: dict[str, dict[str, list[dict[str, float]]]] = {row: {} for row in rows}
    for number in range(rounds):
        for row in rows:
            names = [*checkouts, *([STOCK] if row == AGAINST_STOCK else [])]
            for name in names[:: -1 if number % 2 else 1]:
                click.echo(f"round {number + 1}: {row}, {name}", err=True)
                found = stock(slug) if name == STOCK else row_in(checkouts[name], row, slug)
                costs[row].setdefault(name, []).append(found)
    return costs


def table(costs: Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]]) -> str:
    """Return medians per frame, and their ratio to this checkout's, as text."""
    lines = [
        f"{'':34}{'seconds':>9}{'frames':>8}{'ms/frame':>10}{'CPU ms':>8}{'MB':>6}"
        f"{'ours/it':>9}{'CPU':>6}"
    ]
    for row, found in costs.items():
        ours = found[OURS]
        for name, each in found.items():
            ratio = median_of(ours, "ms") / median_of(each, "ms")
            cpu = median_of(ours, "cpu_ms") / median_of(each, "cpu_ms")
            lines.append(
                f"{row:9}{name:25.25}{median_of(each):9.1f}{median_of(each, 'frames'):8.0f}"
                f"{median_of(each, 'ms'):10.2f}{median_of(each, 'cpu_ms'):8.2f}"
                f"{median_of(each, 'peak_mb'):6.0f}{ratio:9.2f}{cpu:6.2f}"
            )
    return "\n".join(lines)


@click.command()
@click.argument(
    "others",
    nargs=-1,
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
)
@click.option(
    "--row", "rows", type=click.Choice(list(ROWS)), multiple=True, help="All if not given."
)
@click.option("--clip", "slug", default=CLIP, show_default=True)
@ROUNDS
@output("checkouts.json")
def main(
    others: tuple[Path, ...], rows: tuple[str, ...], slug: str, rounds: int, output: Path
) -> None:
    """Measure this checkout and the OTHERS, such as worktrees of earlier versions."""
    checkouts = {OURS: ROOT} | {path.name: path for path in others}
    costs = measure(checkouts, rows or list(ROWS), slug, rounds)
    found: dict[str, Any] = {"machine": machine(), "clip": slug, "rows": costs}
    output.write_text(json.dumps(found, indent=1), encoding="utf-8")
    click.echo(table(costs))


if __name__ == "__main__":
    main()
