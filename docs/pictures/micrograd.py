"""Draw micrograd's demo, as `docs/published-runs.md` records it: its answers and its losses.

Run as ``python -m docs.pictures.micrograd [--theme dark] [-o FILE]``.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch

from descent.palette import THEMES, Palette, palette_of
from descent.plots.curves import draw_losses
from descent.plots.figures import Box, NotebookFigure
from descent.plots.style import BOLD, HAIR, run_styles, style_context
from descent.text.runs import summary
from descent.views.landscape import grid, window_around

ROOT = Path(__file__).parents[2]
SECTION = r"^## micrograd's two moons\n.*?```python\n(.*?)```"
PRINTED = ROOT / "tests/fixtures/micrograd-demo.json"
PICTURE = ROOT / "media/gallery/micrograd.png"
WIDTH, HEIGHT = 11.0, 4.9  # inches
ANSWERS, LOSSES = Box(0.25, 0.25, 5.7, 3.4), Box(6.2, 0.25, 4.55, 3.4)
PLACES = 241  # per axis
MARGIN = 0.12  # of the span of the points, beyond them
SURE = (1.0, np.inf)  # the scores at which a disc costs nothing


def recorded() -> dict[str, Any]:
    """Return what the block of the page names: `run`, `network`, `inputs`, `targets`."""
    page = (ROOT / "docs/published-runs.md").read_text("utf-8")
    block = re.search(SECTION, page, re.M | re.S)
    assert block is not None
    names: dict[str, Any] = {}
    exec(compile(block[1], "docs/published-runs.md", "exec"), names)
    return names


def scores(names: dict[str, Any], points: np.ndarray) -> np.ndarray:
    """Return the scores of the trained network at points, shape (k, 2)."""
    import descent

    descent.load_into(names["network"], names["run"].iterates[-1])
    with torch.no_grad():
        return names["network"](torch.tensor(points))[:, 0].numpy()


def draw_answers(axes: Any, names: dict[str, Any], palette: Palette) -> None:
    """Draw where the network answers 1, the border, and the points: discs of 1, rings of −1."""
    inputs, is_one = names["inputs"], names["targets"][:, 0] > 0
    window = window_around(inputs, ANSWERS.width / ANSWERS.height, MARGIN)
    xs, ys = (np.linspace(low, high, PLACES) for low, high in window)
    values = scores(names, grid((xs, ys))).reshape(PLACES, PLACES).T
    color = palette.prediction
    axes.set(xlim=window[0], ylim=window[1])
    axes.contourf(xs, ys, values, (0.0, np.inf), colors=[color], alpha=0.2)
    axes.contourf(xs, ys, values, SURE, colors=[color], alpha=0.25)
    axes.contour(xs, ys, values, (0.0,), colors=[color], linewidths=BOLD)
    for chosen, face in ((is_one, color), (~is_one, palette.background)):
        dots = {"s": 34, "facecolor": face, "edgecolor": palette.ink, "linewidth": HAIR}
        axes.scatter(*inputs[chosen].T, zorder=3, **dots)


def picture(theme: str) -> NotebookFigure:
    """Return the figure."""
    names, palette = recorded(), palette_of(theme)
    run, printed = names["run"], json.loads(PRINTED.read_text())["losses"]
    right = int((scores(names, names["inputs"]) * names["targets"][:, 0] > 0).sum())
    counts = f"the network answers {right} of {len(names['inputs'])} points right"
    with style_context(palette):
        figure = NotebookFigure((WIDTH, HEIGHT), palette)
        title = f"micrograd's two moons: {len(run.names)} parameters"
        dots = f"Dots: the {len(printed)} losses that the demo prints; line: those recorded here"
        figure.write_heading(title, f"{summary(run)}; {counts}\n{dots}")
        left, curve = figure.axes_in(ANSWERS), figure.axes_in(LOSSES)
        draw_answers(left, names, palette)
        draw_losses(curve, [run], run_styles([run], palette), palette)
        curve.plot(printed, "o", color=palette.ink, markersize=2.6, zorder=4)
        left.set_title("inputs", loc="left")
        for axes, box in ((left, ANSWERS), (curve, LOSSES)):
            figure.fit(axes, box)
    return figure


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--theme", choices=[*THEMES], default="dark")
    parser.add_argument("-o", "--output", type=Path, default=PICTURE)
    chosen = parser.parse_args()
    picture(chosen.theme).savefig(chosen.output, dpi=145)
    print(chosen.output)


if __name__ == "__main__":
    main()
