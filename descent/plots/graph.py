"""The figure of a graph that autograd recorded: each node with its value and its gradient."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from matplotlib.patches import FancyBboxPatch

from descent.checks.errors import InvalidValue
from descent.gradients.graph import LEAF
from descent.gradients.graph_layout import Layout, layered
from descent.palette import Palette, palette_of
from descent.plots import style
from descent.plots.figures import EDGE, NotebookFigure, heading_height
from descent.plots.mathtext import mathtext, parameter
from descent.plots.style import style_context
from descent.text.graphs import gradient_of, value_of
from descent.text.graphs import summary as summary_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from descent.gradients.graph import BackwardGraph, Node

MOST_NODES = 60
COLUMN, ROW = 1.9, 1.05  # inches between nodes
WIDTH, HEIGHT = 1.45, 0.86  # inches of a node
LINE = 0.26  # inches


def plot_graph(graph: BackwardGraph, theme: str = "light") -> Figure:
    """Draw a graph from its leaves to the loss: operations, values and, below, gradients.

    Args:
        graph: What `descent.backward_graph` returned, of up to 60 nodes.
        theme: "light" or "dark".

    Returns:
        A figure of matplotlib, which a notebook shows.

    Raises:
        InvalidValue: If there are more nodes, or the theme is unknown.

    Example:
        >>> import descent
        >>> graph = descent.backward_graph(lambda w, b: (3 * w + b) ** 2, {"w": 1, "b": -5})
        >>> texts = graph.plot().axes[0].texts
        >>> [text.get_text() for text in texts if text.get_text()][:3]
        ['w', '1.000', '−12.00']
    """
    palette = palette_of(theme)
    if len(graph.nodes) > MOST_NODES:
        raise InvalidValue(
            "graph",
            f"have at most {MOST_NODES} nodes to be drawn",
            got=f"{len(graph.nodes):,}",
            repair="read them in graph.nodes.",
        )
    layout = layered([node.parents for node in graph.nodes])
    lowest, highest = layout.rows
    title = "The graph that autograd recorded"
    subtitle = f"{summary_of(graph)}. In each node: its value, and below it the loss's gradient"
    top = heading_height(title, subtitle)
    size = (
        2 * EDGE + (layout.columns - 1) * COLUMN + WIDTH,
        2 * EDGE + top + (highest - lowest) * ROW + HEIGHT,
    )
    with style_context(palette):
        figure = NotebookFigure((max(size[0], 6.0), size[1]), palette)
        figure.write_heading(title, subtitle)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(-EDGE - WIDTH / 2, figure.get_figwidth() - EDGE - WIDTH / 2)
        bottom = -highest * ROW - HEIGHT / 2 - EDGE
        axes.set_ylim(bottom, bottom + size[1])
        axes.set_axis_off()
        draw_edges(axes, graph, layout, palette)
        for node, (column, row) in zip(graph.nodes, layout.places, strict=True):
            draw_node(axes, node, (column * COLUMN, -row * ROW), palette)
    return figure


def draw_edges(axes: Axes, graph: BackwardGraph, layout: Layout, palette: Palette) -> None:
    """Draw a line from each node to those that were computed from it."""
    for child, node in enumerate(graph.nodes):
        for parent in dict.fromkeys(node.parents):
            places = [layout.places[parent], *layout.routes[parent, child], layout.places[child]]
            points = [(column * COLUMN, -row * ROW) for column, row in places]
            points[0] = (points[0][0] + WIDTH / 2, points[0][1])
            points[-1] = (points[-1][0] - WIDTH / 2, points[-1][1])
            *bends, last = pairwise(points)
            for (x0, y0), (x1, y1) in bends:
                axes.plot([x0, x1], [y0, y1], color=palette.muted, linewidth=style.LINE)
            arrow = {"arrowstyle": "-|>", "color": palette.muted, "linewidth": style.LINE}
            arrow |= {"shrinkA": 0, "shrinkB": 0}
            axes.annotate("", last[1], last[0], arrowprops=arrow)


def draw_node(axes: Axes, node: Node, place: tuple[float, float], palette: Palette) -> None:
    """Draw a node: its name or operation, its value and its gradient, one below the other."""
    x, y = place
    edge = palette.parameter if node.operation == LEAF else palette.muted
    axes.add_patch(
        FancyBboxPatch(
            (x - WIDTH / 2, y - HEIGHT / 2),
            WIDTH,
            HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=palette.panel,
            edgecolor=edge,
            linewidth=style.HAIR,
        )
    )
    lines = (
        (parameter(node.name) if node.name else node.operation, edge if node.name else palette.ink),
        (mathtext(value_of(node)), palette.ink),
        (mathtext(gradient_of(node)), palette.gradient),
    )
    for k, (text, color) in enumerate(lines):
        axes.text(x, y + (1 - k) * LINE, text, color=color, ha="center", va="center")
