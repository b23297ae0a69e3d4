"""Record the material of a lecture: everything its clips will show, from its settings alone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np

from descent.curvature import sharpness
from descent.finite_differences import DifferenceTable, difference_errors
from descent.graph import BackwardGraph, backward_graph
from descent.landscape import Landscape, Window, sample
from descent.loading import load_loss
from descent.losses import LOSSES, NamedLoss, neuron_loss, neuron_weight_loss, row_loss
from descent.models import NetworkGradient, network_gradient
from descent.names import default_names
from descent.recording import record
from descent.suggestions import SuggestedRates, suggest_learning_rates
from lecture.material import PIECES, Piece, RateTable, Rows, Run, piece_path
from lecture.settings import NEURON_LOSS, NEURON_START, SUGGEST, Settings
from lecture.views import first_window, widening_windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.trajectory import Trajectory

HORIZON = 10_000
# Arriving means being above the just-right run's last loss by no more than this share of its fall.
ARRIVED = 1e-6
ROW_SHARE = 0.75  # of the rate that would close a row's residual in one step
ROW_STEPS = 8
CURVE_SHARE = 0.2  # of the critical rate: on a parabola, each step keeps 0.6 of the distance
RATES = 81
RATE_MARGIN = 3.0  # how far beyond the shown rates the table of rates goes, as a factor
FIGURES = 2  # of a suggested rate, so that the worked sum can be checked by hand
RESOLUTION = {1: (401,), 2: (241, 161)}
NETWORK_SEED = 53  # signs and sizes of its gradients are mixed


def record_material(settings: Settings, names: Iterable[str] | None = None) -> dict[str, Piece]:
    """Record the pieces `names`, or all; the same settings give the same bytes.

    Args:
        settings: What the lecturer asks for.
        names: Some of `lecture.material.PIECES`.

    Returns:
        The pieces by name, in the order asked for.

    Raises:
        TypeError: If the loss is no function or returns no tensor.
        ValueError: If a name is unknown, or the settings ask for what cannot be recorded: a loss
            file that fails, a start of the wrong size, a loss of more than two parameters.
    """
    recorder = _Recorder(settings)
    wanted = list(PIECES if names is None else names)
    for name in wanted:
        piece_path("", name)
    return {name: getattr(recorder, name) for name in wanted}


class _Recorder:
    """One property a piece; what pieces share is recorded once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def rows(self) -> Rows:
        data = self.settings.data
        x, y = np.array(data.rows).T
        return Rows(data.x_name, data.y_name, x, y, picked=data.picked_row - 1)

    @cached_property
    def lecture_loss(self) -> _Subject:
        """The lecture's loss, with the rates the lecturer asks for."""
        asked = self.settings.descent
        loss = self.neuron_loss if asked.loss == NEURON_LOSS else _loss_named(asked.loss)
        start = _start_of(loss, asked.start, asked.loss)
        if len(start) > 2:
            raise ValueError(
                f"descent.loss must have 1 or 2 parameters to be drawn; got {len(start)}: "
                "record it with `render.py record`."
            )
        return _Subject(_named(loss, asked.loss, start), start, asked.steps, self.settings)

    @cached_property
    def neuron_loss(self) -> NamedLoss:
        asked = self.settings.descent
        of_neuron = asked.loss == NEURON_LOSS and asked.start != SUGGEST
        return neuron_loss(self.settings.data.rows, asked.start if of_neuron else NEURON_START)

    @cached_property
    def neuron_subject(self) -> _Subject:
        """The neuron, which some clips are about whatever the lecture's loss is."""
        if self.settings.descent.loss == NEURON_LOSS:
            return self.lecture_loss
        suggested = Settings(data=self.settings.data)
        steps = self.settings.descent.steps
        return _Subject(self.neuron_loss, np.array(self.neuron_loss.start), steps, suggested)

    @property
    def neuron(self) -> Run:
        return self.neuron_subject.run("just_right")

    @property
    def very_small(self) -> Run:
        return self.lecture_loss.run("very_small")

    @property
    def just_right(self) -> Run:
        return self.lecture_loss.run("just_right")

    @property
    def very_large(self) -> Run:
        return self.lecture_loss.run("very_large")

    @property
    def rates(self) -> RateTable:
        return self.lecture_loss.rate_table()

    @property
    def one_row(self) -> Run:
        x, y = self.settings.data.rows[self.settings.data.picked_row - 1]
        loss = row_loss(x, y, self.neuron_loss.start)
        return _single_run(loss, rounded(ROW_SHARE / sharpness(loss, loss.start)), ROW_STEPS)

    @property
    def curve(self) -> Run:
        if len(self.lecture_loss.start) == 1:
            loss = self.lecture_loss.loss
        else:
            weight, bias = self.neuron_loss.start
            loss = neuron_weight_loss(self.settings.data.rows, bias, weight)
        return _single_run(loss, _gentle_rate(loss), self.settings.descent.steps)

    @property
    def graph(self) -> BackwardGraph:
        x, y = self.settings.data.rows[self.settings.data.picked_row - 1]
        return backward_graph(row_loss(x, y), self.neuron_loss.start)

    @property
    def differences(self) -> DifferenceTable:
        return difference_errors(self.neuron_loss, self.neuron_loss.start)

    @property
    def network(self) -> NetworkGradient:
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(NETWORK_SEED)
            network = torch.nn.Sequential(
                torch.nn.Linear(1, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)
            )
        rows = np.array(self.settings.data.rows)
        return network_gradient(network, rows[:, :1], rows[:, 1:], torch.nn.MSELoss())


class _Subject:
    """A loss whose three runs are compared: one start, one first view, one target."""

    def __init__(
        self, loss: NamedLoss, start: NDArray[np.float64], steps: int, settings: Settings
    ) -> None:
        self.loss, self.start, self.steps = loss, start, steps
        self.asked = settings.learning_rates
        self.shown = cache(self._shown)
        self.run = cache(self._run)

    @cached_property
    def suggested(self) -> SuggestedRates:
        return suggest_learning_rates(self.loss, self.start, self.steps)

    def rate(self, which: str) -> float:
        asked = getattr(self.asked, which)
        return rounded(getattr(self.suggested, which)) if asked == SUGGEST else asked

    def _shown(self, which: str) -> Trajectory:
        return record(self.loss, self.start, learning_rate=self.rate(which), steps=self.steps)

    def rate_table(self) -> RateTable:
        """Return where the lecture's run would have ended at rates from tiny to huge."""
        shown = [self.rate(which) for which in ("very_small", "just_right", "very_large")]
        spread = np.geomspace(min(shown) / RATE_MARGIN, max(shown) * RATE_MARGIN, RATES)
        curvature = sharpness(self.loss, self.start)
        return RateTable(
            learning_rates=spread,
            final_losses=np.array([self._final_loss(rate) for rate in spread]),
            steps=self.steps,
            start_loss=float(self.shown("just_right").losses[0]),
            sharpness=curvature,
            critical_learning_rate=2 / curvature if curvature > 0 else math.inf,
        )

    def _final_loss(self, rate: float) -> float:
        run = record(self.loss, self.start, learning_rate=rate, steps=self.steps)
        return math.inf if run.diverged else float(run.losses[-1])

    @cached_property
    def first_view(self) -> Landscape:
        runs = [self.shown("just_right"), self.shown("very_small")]
        return _landscape(self.loss, first_window(runs, _stable_step(self.loss, runs[0])))

    def _run(self, which: str) -> Run:
        target = _arrival(self.shown("just_right"))
        return _run(self.loss, self.shown(which), self.first_view, target, self.rate(which))


def _single_run(loss: NamedLoss, rate: float, steps: int) -> Run:
    """Return a run that is compared with no other."""
    shown = record(loss, loss.start, learning_rate=rate, steps=steps)
    first = _landscape(loss, first_window([shown], _stable_step(loss, shown)))
    return _run(loss, shown, first, _arrival(shown), rate)


def _run(loss: NamedLoss, shown: Trajectory, first: Landscape, target: float, rate: float) -> Run:
    windows, views = widening_windows(shown, first.window)
    curvature = sharpness(loss, shown.iterates[0])
    return Run(
        trajectory=shown,
        continued=_continued(loss, shown, target),
        landscapes=(first, *(_landscape(loss, window) for window in windows[1:])),
        views=views,
        sharpness=curvature,
        critical_learning_rate=2 / curvature if curvature > 0 else math.inf,
        target=target,
        description=loss.description,
        learning_rate=rate,
    )


def _continued(loss: NamedLoss, shown: Trajectory, target: float) -> Trajectory:
    """Return the run carried on from the start again, so that its first bits are the same."""
    if shown.diverged or not shown.steps or shown.losses.min() <= target:
        return shown
    rate = float(shown.learning_rates[0])
    return record(loss, shown.iterates[0], learning_rate=rate, steps=HORIZON, until=target)


def _arrival(just_right: Trajectory) -> float:
    first, last = float(just_right.losses[0]), float(just_right.losses[-1])
    return last + ARRIVED * max(first - last, 0.0)


def rounded(rate: float) -> float:
    """Return a suggested rate with as few figures as a lecturer would choose."""
    return float(f"{rate:.{FIGURES - 1}e}")


def _stable_step(loss: NamedLoss, run: Trajectory) -> NDArray[np.float64]:
    """Return where a step of rate 1 / sharpness leads from the start; the start if flat."""
    start, gradient = run.iterates[0], run.gradients[0]
    curvature = sharpness(loss, start)
    return start - gradient / curvature if curvature > 0 else start


def _gentle_rate(loss: NamedLoss) -> float:
    """Return a rate that shows several steps on one curve, where the best would take one."""
    curvature = sharpness(loss, loss.start)
    rate = CURVE_SHARE * 2 / curvature if curvature > 0 else math.inf
    best = suggest_learning_rates(loss, loss.start).just_right
    return rounded(min(rate, best))


def _landscape(loss: NamedLoss, window: Window) -> Landscape:
    return sample(loss, window, RESOLUTION[len(window)])


def _loss_named(reference: str) -> NamedLoss:
    if reference in LOSSES:
        return LOSSES[reference]
    found = load_loss(reference)
    if isinstance(found, NamedLoss):
        return found
    names = getattr(found, "names", ())
    start = getattr(found, "start", ())
    return NamedLoss(reference, tuple(names), found, tuple(start), reference.rpartition(":")[2])


def _start_of(
    loss: NamedLoss, asked: tuple[float, ...] | str, reference: str
) -> NDArray[np.float64]:
    if asked == SUGGEST and not loss.start:
        raise ValueError(
            f"descent.start must be given for {reference}, which has no start of its own."
        )
    return np.array(loss.start if asked == SUGGEST else asked, dtype=np.float64)


def _named(loss: NamedLoss, reference: str, start: NDArray[np.float64]) -> NamedLoss:
    """Return `loss` with a name for each parameter and the lecture's start."""
    names = loss.names or default_names(len(start))
    if len(names) != len(start):
        listed = ", ".join(names)
        raise ValueError(
            f"descent.start must have {len(names)} numbers ({listed}) for {reference}; "
            f"got {len(start)}."
        )
    return NamedLoss(loss.name, names, loss.function, tuple(start.tolist()), loss.description)
