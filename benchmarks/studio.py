"""Measure how long the studio takes from a changed learning rate to its pictures.

    .venv/bin/python -m benchmarks.studio ../earlier [-o studio.json] [--rounds N] [--clip SLUG]

In every round the command line of each checkout draws the clip as a draft into an empty store, and
the studio of this one, which is open all the time, is given a rate that it has not seen. Compare
ratios: seconds depend on the machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import click
import httpx

from benchmarks.checkouts import CLIP, row_in
from benchmarks.lecture import ROUNDS, output
from benchmarks.processes import ROOT, machine
from understanding_gradients.installation import MEDIA_VARIABLE

KEYS = {"very-small-learning-rate": "very_small", "just-right-learning-rate": "just_right"}
FIGURES = {"still": "the still looked at", "stills": "all stills", "film": "the draft"}


class Page:
    """What a page hears of a clip, and when.

    Args:
        client: Of the studio.
        slug: The clip.
    """

    def __init__(self, client: httpx.Client, slug: str) -> None:
        self._client, self._slug = client, slug
        self._changed = threading.Condition()
        self._heard: dict[str, Any] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def wait_for(self, figure: str, revision: int) -> None:
        """Wait until a figure of `FIGURES` is shown at a revision of the document."""
        with self._changed:
            self._changed.wait_for(lambda: is_shown(self._heard, figure, revision))

    def last_beat(self) -> str:
        """Return the name of the clip's last beat."""
        return self._heard["timeline"]["beats"][-1]["name"]

    def _listen(self) -> None:
        with self._client.stream("GET", "events", timeout=None) as stream:
            for line in stream.iter_lines():
                field, _, value = line.partition(": ")
                clip = json.loads(value) if field == "data" else None
                if isinstance(clip, dict) and clip.get("slug") == self._slug:
                    with self._changed:
                        self._heard = clip
                        self._changed.notify_all()


def is_shown(clip: dict[str, Any], figure: str, revision: int) -> bool:
    """Return whether a page that heard of `clip` shows a figure of `FIGURES` at a revision."""
    if not clip.get("timeline"):
        return False
    if figure == "film":
        return bool(clip["film"]) and clip["film_revision"] == revision
    names = [beat["name"] for beat in clip["timeline"]["beats"]]
    wanted = names if figure == "stills" else names[-1:]
    return all(clip["still_revisions"].get(name) == revision for name in wanted)


@contextmanager
def studio(folder: Path) -> Generator[httpx.Client]:
    """Yield a client of a studio on the lecture of this checkout."""
    settings = folder / "lecture.toml"
    settings.write_bytes((ROOT / "lecture.toml").read_bytes())
    words = ["studio", "--no-browser", "--port=0", f"--settings={settings}"]
    process = subprocess.Popen(
        [sys.executable, ROOT / "render.py", *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, MEDIA_VARIABLE: str(folder / "media")},
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        origin = str(httpx.URL(address).join("/")).rstrip("/")
        with httpx.Client(base_url=address, headers={"Origin": origin}, timeout=60) as client:
            yield client
    finally:
        process.terminate()
        process.wait()


def changed(client: httpx.Client, page: Page, slug: str, rate: float) -> dict[str, float]:
    """Return the seconds from a changed rate to each figure."""
    start = time.perf_counter()
    values = {f"learning_rates.{KEYS.get(slug, 'very_large')}": rate}
    answer = client.post("edit", json={"values": values, "gesture": ""}).raise_for_status()
    found = {}
    for figure in FIGURES:
        page.wait_for(figure, answer.json()["revision"])
        found[figure] = time.perf_counter() - start
    return found


@click.command()
@click.argument(
    "others",
    nargs=-1,
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
)
@click.option("--clip", "slug", default=CLIP, show_default=True)
@ROUNDS
@output("studio.json")
def main(others: tuple[Path, ...], slug: str, rounds: int, output: Path) -> None:
    """Measure the studio of this checkout beside the command line of it and of OTHERS."""
    checkouts = {"ours": ROOT} | {path.name: path for path in others}
    shown: list[dict[str, float]] = []
    drawn: dict[str, list[float]] = {name: [] for name in checkouts}
    with tempfile.TemporaryDirectory() as name, studio(Path(name)) as client:
        page = Page(client, slug)
        client.post("look", json={"page": "benchmark", "clip": slug}).raise_for_status()
        page.wait_for("film", 1)
        look = {"page": "benchmark", "clip": slug, "beat": page.last_beat()}
        client.post("look", json=look).raise_for_status()
        for number in range(rounds):
            click.echo(f"round {number + 1}", err=True)
            shown.append(changed(client, page, slug, 0.31 + 0.01 * number))
            for one, path in checkouts.items():
                drawn[one].append(row_in(path, "draft", slug)["seconds"])
    found = {"machine": machine(), "clip": slug, "studio": shown, "draft": drawn}
    output.write_text(json.dumps(found, indent=1), encoding="utf-8")
    click.echo(table(shown, drawn))


def table(shown: list[dict[str, float]], drawn: dict[str, list[float]]) -> str:
    """Return the medians, and their ratios to the command line of each checkout, as text."""
    heads = "".join(f"{f'/ {name}':>14.14}" for name in drawn)
    lines = [f"{'':24}{'seconds':>9}{heads}"]
    for figure, words in FIGURES.items():
        seconds = median(one[figure] for one in shown)
        ratios = "".join(f"{seconds / median(times):14.3f}" for times in drawn.values())
        lines.append(f"{words:24}{seconds:9.2f}{ratios}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
