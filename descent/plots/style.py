"""Type, lines and grounds of plots, and the style that tells one run from another."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from descent.palette import Palette

if TYPE_CHECKING:
    from descent.runs.trajectory import Trajectory

# Both come with matplotlib; the second has what the first lacks.
FACES = ("STIXGeneral", "DejaVu Serif")
TEXT, TITLE, LABEL = 12.5, 17.0, 12.5  # points
LINE, BOLD, HAIR = 1.4, 2.2, 0.8  # points

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
# Solid, dashed, dotted, dash-dotted, long-dashed: five, so that with eight colours and markers
# forty runs all differ.
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.2, 1.6)), (0, (6, 2, 1.2, 2)), (0, (9, 3)))

_ROLE_OF = {"slow": "very_small", "converging": "just_right", "diverging": "very_large"}
# What a film says by these stays unsaid here; those of a behaviour come last.
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
_DRESSING = threading.RLock()


@dataclass(frozen=True)
class RunStyle:
    """How one run is drawn: colour, marker and dashes all differ from those of the others."""

    color: str
    marker: str
    dashes: Any


def run_styles(runs: Sequence[Trajectory], palette: Palette) -> list[RunStyle]:
    """Return a style for each run; the first of a behaviour has the colour that the film gives it.

    A run alone is drawn as the film draws the point: in the colour of parameters.
    """
    if len(runs) == 1:
        return [RunStyle(palette.parameter, MARKERS[0], DASHES[0])]
    preferred = [_ROLE_OF.get(run.behavior) for run in runs]
    roles = [
        role if role and role not in preferred[:k] else None for k, role in enumerate(preferred)
    ]
    spare = [role for role in _ROLES if role not in roles]
    found: list[RunStyle] = []
    for k, role in enumerate(roles):
        if role is None:
            spare = spare or list(_ROLES)
            role = spare.pop(0)
        dashes = DASHES[k % len(DASHES)]
        found.append(RunStyle(getattr(palette, role), MARKERS[k % len(MARKERS)], dashes))
    return found


@contextmanager
def dressed(palette: Palette) -> Generator[None]:
    """Draw with our own type and colours while the context lasts, whatever the user's settings.

    matplotlib's settings, and its parser of mathematics, belong to the whole process: one thread
    at a time may use them.
    """
    from matplotlib import style

    with _DRESSING, style.context(["default", _settings(palette)]):
        yield


def _settings(palette: Palette) -> dict[str, Any]:
    return {
        "font.family": list(FACES),
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
