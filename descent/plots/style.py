"""Fonts, line widths and colours of plots, and a distinct style per run."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib.style

from descent.palette import Palette

if TYPE_CHECKING:
    from descent.runs.trajectory import Trajectory

# Both come with matplotlib; the second has glyphs that the first lacks.
FONTS = ("STIXGeneral", "DejaVu Serif")
TEXT, TITLE, LABEL = 12.5, 17.0, 12.5  # points
LINE, BOLD, HAIR = 1.4, 2.2, 0.8  # points

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
# Solid, dashed, dotted, dash-dotted, long-dashed: five, so that with eight colours and markers
# forty runs all differ.
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.2, 1.6)), (0, (6, 2, 1.2, 2)), (0, (9, 3)))

_ROLE_OF = {"slow": "very_small", "converging": "just_right", "diverging": "very_large"}
# In order of preference; those that stand for a behaviour come last.
_ROLES = (
    "prediction",
    "learning_rate",
    "parameter",
    "gradient",
    "loss",
    "just_right",
    "very_small",
    "very_large",
)
_STYLE_LOCK = threading.RLock()


@dataclass(frozen=True)
class RunStyle:
    """The colour, marker and dashes of a run."""

    color: str
    marker: str
    dashes: Any


def run_styles(runs: Sequence[Trajectory], palette: Palette) -> list[RunStyle]:
    """Return a distinct style per run; the first run of a behaviour has the film's colour for it.

    A single run has the colour of parameters.
    """
    if len(runs) == 1:
        return [RunStyle(palette.parameter, MARKERS[0], DASHES[0])]
    preferred = [_ROLE_OF.get(run.behavior) for run in runs]
    roles = [
        role if role and role not in preferred[:k] else None for k, role in enumerate(preferred)
    ]
    spare = [role for role in _ROLES if role not in roles]
    styles: list[RunStyle] = []
    for k, role in enumerate(roles):
        if role is None:
            spare = spare or list(_ROLES)
            role = spare.pop(0)
        dashes = DASHES[k % len(DASHES)]
        styles.append(RunStyle(getattr(palette, role), MARKERS[k % len(MARKERS)], dashes))
    return styles


@contextmanager
def style_context(palette: Palette) -> Generator[None]:
    """Use our fonts and colours in the block, independent of the user's settings.

    matplotlib's settings and its mathtext parser are global to the process, hence the lock.
    """
    with _STYLE_LOCK, matplotlib.style.context(["default", _settings(palette)]):
        yield


def _settings(palette: Palette) -> dict[str, Any]:
    return {
        "font.family": list(FONTS),
        "font.size": TEXT,
        "mathtext.fontset": "stix",
        "figure.facecolor": palette.background,
        "savefig.facecolor": palette.background,
        "text.color": palette.ink,
        "axes.facecolor": palette.background,
        "axes.edgecolor": palette.muted,
        "axes.labelcolor": palette.ink,
        "axes.labelsize": LABEL,
        "axes.linewidth": HAIR,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlecolor": palette.ink,
        "axes.titlelocation": "left",
        "axes.titlesize": LABEL,
        "axes.titlepad": 8,
        "xaxis.labellocation": "right",
        "xtick.color": palette.muted,
        "ytick.color": palette.muted,
        "xtick.labelcolor": palette.muted,
        "ytick.labelcolor": palette.muted,
        "xtick.labelsize": LABEL,
        "ytick.labelsize": LABEL,
        "lines.linewidth": LINE,
        "lines.markeredgewidth": 0,
    }
