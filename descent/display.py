"""Runs, sweeps and graphs as text in a terminal, and as HTML and a picture in a notebook.

A notebook shows the HTML. The picture stands beside it for readers that leave HTML out: GitHub,
and what makes a PDF or slides of a notebook.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidValue
from descent.text import graphs, methods, sweeps
from descent.text import runs as texts
from descent.text.numbers import NONE, rate, significant, superscript, whole
from descent.text.runs import steps_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.gradients.graph import BackwardGraph, Node
    from descent.runs.trajectory import Trajectory
    from descent.sweeps.sweep import Sweep

    Picture = tuple[bytes, dict[str, int]]  # a PNG, and its size in CSS pixels

SHOWN_ROWS, SHOWN_COLUMNS = 6, 4
SHOWN_NODES = 16
FIGURES = 4
SPARK = (220, 44)  # pixels
SPARK_POINTS = 200
SPARK_COLOR = "#808080"  # seen on a light page and on a dark one
DECADES = 2.0
# Without colours, since a notebook may be light or dark.
CARD = "font-family:serif;line-height:1.5;margin:.4em 0"
MUTED = "opacity:.75"
CELL = "text-align:right;padding:.1em .8em .1em 0;border:0;background:none"


def run_repr(run: Trajectory) -> str:
    """Return a run as one line: its steps, optimizer, parameters and result."""
    steps, label = steps_of(run.steps), methods.label(run)
    names = methods.parameters(run.names, run.left_out)
    return superscript(f"Trajectory({steps} of {label}, over {names}; {texts.status(run)})")


def sweep_repr(sweep: Sweep) -> str:
    """Return a sweep as one line: its rates, steps and behaviours."""
    each = f"{steps_of(sweep.steps)} each"
    return superscript(f"Sweep({sweeps.rates(sweep)}, {each}; {sweeps.behavior_counts(sweep)})")


def run_html(run: Trajectory) -> str:
    """Return a run as HTML: its label and result, a sparkline of its loss, some of its rows."""
    names = methods.parameters(run.names, run.left_out)
    lines = [
        f"<b>{escape(methods.label(run))}</b>, over {escape(names)}",
        escape(f"{texts.summary(run)}."),
        *[f"{texts.kept(run)}."] * (not run.has_every_row),
    ]
    return _card(lines, sparkline(run.evaluated.losses), _rows(run))


def sweep_html(sweep: Sweep) -> str:
    """Return a sweep as HTML: its rates, the behaviours of its runs, and the best rate."""
    lines = [
        f"<b>{escape(sweeps.rates(sweep))}</b>, {steps_of(sweep.steps)} each from "
        f"loss {significant(sweep.first_loss, FIGURES)}",
        f"{sweeps.behavior_counts(sweep)}; {sweeps.best(sweep)}.",
    ]
    if sweep.critical_learning_rate is not None and not sweep.groups.size:
        lines.append(f"2 / sharpness = {rate(sweep.critical_learning_rate, FIGURES)}.")
    if sweep.kept:
        lines.append(f"{whole(len(sweep.kept))} of them are kept whole, in .trajectories.")
    finals = sweep.final_losses if sweep.final_losses.ndim == 1 else np.empty(0)
    return _card(lines, sparkline(finals), "")


def graph_html(graph: BackwardGraph) -> str:
    """Return a graph as HTML: its first and last nodes, each with its value and its gradient."""
    count = len(graph.nodes)
    shown: Sequence[int] = range(count)
    if count > SHOWN_NODES:
        shown = [*range(SHOWN_NODES // 2), -1, *range(count - SHOWN_NODES // 2, count)]
    head = "".join(
        f'<th style="{CELL}">{name}</th>'
        for name in ("node", "operation", "of nodes", "value", "gradient")
    )
    body = "".join(f"<tr>{_node_cells(graph.nodes, k)}</tr>" for k in shown)
    table = f'<table style="border-collapse:collapse"><tr>{head}</tr>{body}</table>'
    lines = ["<b>The graph that autograd recorded</b>", f"{graphs.summary(graph)}."]
    return _card(lines, "", table)


def _node_cells(nodes: Sequence[Node], k: int) -> str:
    if k < 0:
        cells = ["⋮"] * 5
    else:
        node = nodes[k]
        what = f"{node.operation} {node.name}" if node.name else node.operation
        numbers = map(superscript, (graphs.value_of(node), graphs.gradient_of(node)))
        cells = [whole(k), escape(what), ", ".join(map(whole, node.parents)), *numbers]
    return "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells)


def picture_of(shown: Trajectory | Sweep | BackwardGraph) -> Picture | None:
    """Return the plot of what is shown as a PNG; None if it cannot be drawn."""
    try:
        figure: Any = shown.plot()
    except (InvalidValue, ImportError):  # too large a graph; an installation without matplotlib
        return None
    return figure._repr_png_()


def _card(lines: Iterable[str], picture: str, table: str) -> str:
    first, *others = map(superscript, lines)
    text = f"<div>{first}</div>" + "".join(f'<div style="{MUTED}">{line}</div>' for line in others)
    return f'<div style="{CARD}">{text}{picture}{table}</div>'


def sparkline(values: NDArray[np.float64]) -> str:
    """Return values as a picture of a small curve.

    It is an SVG in a data URL, because JupyterLab leaves an SVG element out of a notebook that is
    not trusted. Positive values that span more than two decades are drawn on a logarithmic scale.
    """
    if len(values) < 2:
        return ""
    shown = values[np.unique(np.linspace(0, len(values) - 1, SPARK_POINTS).astype(int))]
    heights = _heights(shown)
    (width, height), span = SPARK, float(np.ptp(heights)) or 1.0
    xs = np.linspace(2, width - 2, len(shown))
    ys = 2 + (height - 4) * (1 - (heights - heights.min()) / span)
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"><polyline '
        f'points="{points}" fill="none" stroke="{SPARK_COLOR}" stroke-width="1.5"/></svg>'
    )
    return (
        f'<img width="{width}" height="{height}" alt="the loss" style="display:block;'
        f'margin:.3em 0" src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"/>'
    )


def _heights(values: NDArray[np.float64]) -> NDArray[np.float64]:
    positive = values[values > 0]
    if positive.size and not (values < 0).any():
        logarithms = np.log10(np.maximum(values, positive.min()))
        if np.ptp(logarithms) > DECADES:
            return logarithms
    return values / (float(np.abs(values).max()) or 1.0)  # so that the range cannot overflow


def _rows(run: Trajectory) -> str:
    """Return an HTML table of the first and last rows, with the first few parameters."""
    count = len(run.recorded_steps)
    shown: Sequence[int] = range(count)
    if count > SHOWN_ROWS:
        shown = [*range(SHOWN_ROWS // 2), -1, *range(count - SHOWN_ROWS // 2, count)]
    names = [*run.names[:SHOWN_COLUMNS], *(["…"] if len(run.names) > SHOWN_COLUMNS else [])]
    head = "".join(f'<th style="{CELL}">{escape(name)}</th>' for name in ("t", *names, "loss"))
    body = "".join(f"<tr>{_cells(run, row, len(names))}</tr>" for row in shown)
    return f'<table style="border-collapse:collapse"><tr>{head}</tr>{body}</table>'


def _cells(run: Trajectory, row: int, columns: int) -> str:
    if row < 0:
        cells = ["⋮"] * (columns + 2)
    else:
        numbers = [_number(value) for value in run.iterates[row, :SHOWN_COLUMNS]]
        t = int(run.recorded_steps[row])
        cells = [whole(t), *numbers, *["…"] * (columns - len(numbers)), _number(run.losses[t])]
    return "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells)


def _number(value: float) -> str:
    return NONE if math.isnan(value) else superscript(significant(value, FIGURES))
