"""The numbers beside the curve of final losses: the rates shown, and the boundary."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import RIGHT, Dot, VGroup

from scenes import style
from scenes.facts.rates import is_boundary
from scenes.mobjects.boundary.slice_table import LEFT_EDGE, NumberCard
from scenes.mobjects.descent.rate_curve import RateCurve
from scenes.mobjects.side_panel import PAD, TOP, panel_card
from scenes.typesetting.fitting import fitting_number, fitting_rate
from scenes.typesetting.labels import Label

ROW = 0.5
GAP = 0.25
NAMES = ("very_small", "just_right", "very_large")
RATE_RIGHT, LOSS_ROOM, RATE_ROOM = 1.65, 1.3, 1.05


class ShownRates(VGroup):
    """The three rates of the lecture, each with its loss after the steps of the table.

    Args:
        table: The `understanding_gradients.lecture.recordings.RateTable`.
    """

    def __init__(self, table: Any) -> None:
        super().__init__()
        self.table = table
        self.bottom = TOP - 2 * PAD - (len(table.shown_rates) + 1) * ROW
        self.add(panel_card(TOP, self.bottom), self._heads())
        for row, (eta, loss) in enumerate(zip(table.shown_rates, table.shown_losses, strict=True)):
            self.add(self._row(row, float(eta), float(loss)))

    def marks(self, curve: RateCurve) -> VGroup:
        """Return the points of the three runs on a curve."""
        shown = zip(NAMES, self.table.shown_rates, self.table.shown_losses, strict=True)
        return VGroup(
            *(curve.mark(eta, loss, getattr(style.palette(), name)) for name, eta, loss in shown)
        )

    def _row(self, row: int, eta: float, loss: float) -> VGroup:
        color, y = getattr(style.palette(), NAMES[row]), self._y(row + 1)
        dot = Dot((LEFT_EDGE + 0.15, y, 0), radius=style.DOT * 1.3, color=color)
        number = fitting_rate(eta, RATE_ROOM, color)
        number.move_to((style.SIDE_LEFT + RATE_RIGHT, y, 0), RIGHT)
        if np.isfinite(loss):
            end = fitting_number(loss, LOSS_ROOM, color)
        else:
            end = Label("not finite", color=color)
        end.move_to((style.RIGHT - PAD, y, 0), RIGHT)
        return VGroup(dot.set_z_index(style.FRONT), number, end)

    def _heads(self) -> VGroup:
        eta = Label("$eta$", color=style.palette().learning_rate)
        eta.move_to((style.SIDE_LEFT + RATE_RIGHT, self._y(0), 0), RIGHT)
        loss = Label("loss $Theta$", color=style.palette().loss)
        return VGroup(eta, loss.move_to((style.RIGHT - PAD, self._y(0), 0), RIGHT))

    def _y(self, row: int) -> float:
        return TOP - PAD - (row + 0.5) * ROW


def boundary_card(table: Any, above: float) -> VGroup:
    """Return λ, 2/λ and, where it is elsewhere, the measured onset; nothing if λ is no sharpness.

    Args:
        table: The `understanding_gradients.lecture.recordings.RateTable`.
        above: The lower edge of the card above it.
    """
    if not table.sharpness > 0:
        return VGroup()
    where = "" if is_boundary(table) else " at the start"
    rows = [
        (f"$lambda${where}" if where else "sharpness $lambda$", "loss", table.sharpness),
        (f"$2 \\/ lambda${where}", "learning_rate", table.critical_learning_rate),
    ]
    if where and np.isfinite(table.onset):
        rows.append(("higher from $eta =$", "learning_rate", table.onset))
    return NumberCard(rows, top=above - GAP).filled()
