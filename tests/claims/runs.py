"""Small recordings that bear a claim out, or do not."""

from __future__ import annotations

import numpy as np

from descent import LOSSES, record
from descent.losses.named import NamedLoss
from descent.views.windows import landscape
from understanding_gradients.lecture.recordings import RateTable
from understanding_gradients.lecture.runs import make_run

BOWL = LOSSES["bowl"]


def run_of(start, rate, steps=1, loss=BOWL, **options):
    """The recording of a run, with a coarse picture of its loss."""
    shown = record(loss, start, learning_rate=rate, steps=steps, **options)
    named = NamedLoss("loss", shown.names, loss, tuple(start), "a bowl")
    first = landscape(named, ((-3.0, 3.0), (-2.0, 2.0)))
    return make_run(named, shown, first, -np.inf, rate, full=shown)


def table_of(rates, losses, critical, start_loss=1.0):
    """A table of final losses."""
    return RateTable(np.array(rates), np.array(losses), 100, start_loss, 2 / critical, critical)
