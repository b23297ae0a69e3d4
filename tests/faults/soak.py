"""A soak test: hundreds of clips with random losses, starts, rates, steps and rows, all drawn.

    .venv/bin/python -m tests.faults.soak [--clips 200] [--seed 0] [-o soak.json]

Every frame of each clip is drawn at low resolution. A fault is an exception other than a refusal of
the settings, or a still that violates a layout rule. Memory is recorded.
"""

from __future__ import annotations

import gc
import json
import random
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import click
import psutil
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from descent import LOSSES
from scenes import CLIPS, clip
from tests.lectures import DEFAULT, played, small_frames
from tests.legibility import violations
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.lecture.settings import NEURON_LOSS
from understanding_gradients.render.renderer import ClipRenderer
from understanding_gradients.render.segment import Segment

PLAIN = st.floats(-1e3, 1e3)
# Of any magnitude, as data in other units.
SCALED = st.tuples(st.floats(-1, 1), st.integers(-12, 6)).map(lambda two: two[0] * 10.0 ** two[1])
NUMBERS = st.one_of(PLAIN, SCALED).map(lambda value: float(f"{value:.4g}"))
RATES = st.one_of(st.just("suggest"), st.floats(-6, 4).map(lambda power: float(f"{10**power:.3g}")))
WARM_UP = 20  # clips, after which all caches are filled once
MEGABYTE = 1 << 20


@st.composite
def lectures(draw: Any) -> tuple[str, dict[str, Any]]:
    """Draw a clip and changes of the settings, which may be refused."""
    loss = draw(st.sampled_from([NEURON_LOSS, *sorted(LOSSES)]))
    count = 1 if loss == "parabola" else 2
    starts = st.one_of(st.just("suggest"), st.tuples(*[NUMBERS] * count))
    rows = draw(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=8))
    changes = {
        "loss": loss,
        "start": draw(starts),
        "steps": draw(st.integers(1, 12)),
        "theme": draw(st.sampled_from(["dark", "light"])),
        "rows": draw(st.sampled_from([DEFAULT.data.rows, tuple(rows)])),
        "picked_row": 1,
    }
    changes |= {name: draw(RATES) for name in ("very_small", "just_right", "very_large")}
    return draw(st.sampled_from([one.slug for one in CLIPS])), changes


def drawn(slug: str, changes: dict[str, Any]) -> list[str]:
    """Draw a clip, and return the violations of layout rules.

    Raises:
        ValueError: If the settings are refused.
    """
    lecture = DEFAULT.replace(**changes)
    inputs = record_lecture(lecture, clip(slug).inputs)
    found: list[str] = []

    def paint(number: int, segment: Segment) -> None:
        for frame, _ in segment.frames:
            renderer.camera.draw(frame)

    def check(scene: Any, beat: Any) -> None:
        renderer.end_segment()
        found.extend(f"{beat.name}: {sentence}" for sentence in violations(scene))

    with small_frames(lecture.film.theme):
        renderer = ClipRenderer(lambda number: True, paint)
        played(slug, inputs, renderer, on_beat_end=check)
    return found


class Soak:
    """Draws clips and counts their outcomes.

    Args:
        clips: How many are drawn, not counting refused ones.
    """

    def __init__(self, clips: int) -> None:
        self.clips = clips
        self.outcomes: Counter[str] = Counter()
        self.faults: list[dict[str, Any]] = []
        self.memory: list[float] = []

    def draw(self, slug: str, changes: dict[str, Any]) -> None:
        """Draw a clip, unless enough are drawn."""
        if self.outcomes["drawn"] >= self.clips:
            return
        try:
            broken = drawn(slug, changes)
        except ValueError as error:
            outcome = "refused"
            if str(error).count(". ") > 1 or not str(error).endswith("."):
                self.note(slug, changes, f"a refusal of several sentences: {error}")
        except Exception:
            outcome = "failed"
            self.note(slug, changes, traceback.format_exc())
        else:
            outcome = "drawn"
            if broken:
                self.note(slug, changes, "; ".join(broken))
        self.outcomes[outcome] += 1
        gc.collect()
        self.memory.append(psutil.Process().memory_info().rss / MEGABYTE)
        click.echo(f"{sum(self.outcomes.values()):4} {outcome:8} {self.memory[-1]:6.0f} MB {slug}")

    def note(self, slug: str, changes: dict[str, Any], what: str) -> None:
        """Record a fault."""
        self.faults.append({"clip": slug, "settings": changes, "fault": what})
        click.echo(f"FAULT {slug} {changes}\n{what}")


@click.command()
@click.option("--clips", type=click.IntRange(1), default=200, show_default=True)
@click.option("--seed", "number", type=int, default=0, show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A file for the findings.")
def main(clips: int, number: int, output: Path | None) -> None:
    """Draw random clips; exit with status 1 after a fault."""
    soak = Soak(clips)
    random.seed(number)

    @seed(number)
    @settings(
        max_examples=2 * clips,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(lectures())
    def draw_all(lecture: tuple[str, dict[str, Any]]) -> None:
        soak.draw(*lecture)

    draw_all()
    grown = soak.memory[-1] - soak.memory[min(WARM_UP, len(soak.memory) - 1)]
    found = {**soak.outcomes, "faults": soak.faults, "grown_mb": round(grown)}
    click.echo(json.dumps(found, indent=1, default=str))
    if output:
        output.write_text(json.dumps(found, indent=1, default=str), encoding="utf-8")
    raise SystemExit(bool(soak.faults))


if __name__ == "__main__":
    main()
