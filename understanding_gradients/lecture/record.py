"""Record the material of a lecture: everything its clips will show, from its settings alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from descent.checks.texts import default_names
from descent.gradients.finite_differences import DifferenceTable, difference_errors
from descent.gradients.graph import BackwardGraph, backward_graph
from descent.losses.classics import LOSSES
from descent.losses.loading import load_loss
from descent.losses.named import NamedLoss
from descent.losses.neuron import neuron_loss, neuron_weight_loss, row_loss
from descent.models.network import NetworkGradient, network_gradient
from descent.rates.curvature import sharpness
from understanding_gradients.lecture.recordings import (
    RECORDINGS,
    RateTable,
    Recording,
    Rows,
    Run,
    recording_path,
)
from understanding_gradients.lecture.runs import gentle_rate, rounded, single_run
from understanding_gradients.lecture.settings import NEURON_LOSS, NEURON_START, SUGGEST, Settings
from understanding_gradients.lecture.three_rates import ThreeRates
from understanding_gradients.lecture.values import MAX_PARAMETER, check_text

if TYPE_CHECKING:
    from numpy.typing import NDArray


ROW_SHARE = 0.75  # of the rate that would close a row's residual in one step
ROW_STEPS = 8
NETWORK_SEED = 53  # signs and sizes of its gradients are mixed


def record_lecture(settings: Settings, names: Iterable[str] | None = None) -> dict[str, Recording]:
    """Record the pieces `names`, or all; the same settings give the same bytes.

    Args:
        settings: What the lecturer asks for.
        names: Some of `understanding_gradients.lecture.recordings.RECORDINGS`.

    Returns:
        The pieces by name, in the order asked for.

    Raises:
        TypeError: If the loss is no function or returns no tensor.
        ValueError: If a name is unknown, or the settings ask for what cannot be recorded: a loss
            file that fails, a start of the wrong size, a loss of more than two parameters.
    """
    recorder = _Recorder(settings)
    wanted = list(RECORDINGS if names is None else names)
    for name in wanted:
        recording_path("", name)
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
    def lecture_loss(self) -> ThreeRates:
        """The lecture's loss, with the rates the lecturer asks for."""
        asked = self.settings.descent
        loss = self.neuron_loss if asked.loss == NEURON_LOSS else _loss_named(asked.loss)
        start = _start_of(loss, asked.start, asked.loss)
        if len(start) > 2:
            raise ValueError(
                f"descent.loss must have 1 or 2 parameters to be drawn; got {len(start)}: "
                "record it with `render.py record`."
            )
        return ThreeRates(_named(loss, asked.loss, start), start, asked.steps, self.settings)

    @cached_property
    def neuron_loss(self) -> NamedLoss:
        asked = self.settings.descent
        of_neuron = asked.loss == NEURON_LOSS and asked.start != SUGGEST
        return neuron_loss(self.settings.data.rows, asked.start if of_neuron else NEURON_START)

    @cached_property
    def neuron_subject(self) -> ThreeRates:
        """The neuron, which some clips are about whatever the lecture's loss is."""
        if self.settings.descent.loss == NEURON_LOSS:
            return self.lecture_loss
        suggested = Settings(data=self.settings.data)
        steps = self.settings.descent.steps
        return ThreeRates(self.neuron_loss, np.array(self.neuron_loss.start), steps, suggested)

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
        return single_run(loss, rounded(ROW_SHARE / sharpness(loss, loss.start)), ROW_STEPS)

    @property
    def curve(self) -> Run:
        if len(self.lecture_loss.start) == 1:
            loss = self.lecture_loss.loss
        else:
            weight, bias = self.neuron_loss.start
            loss = neuron_weight_loss(self.settings.data.rows, bias, weight)
        return single_run(loss, gentle_rate(loss), self.settings.descent.steps)

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
    for name in names:
        check_text(f"a parameter's name in {reference}", name, MAX_PARAMETER)
    if len(names) != len(start):
        listed = ", ".join(names)
        raise ValueError(
            f"descent.start must have {len(names)} numbers ({listed}) for {reference}; "
            f"got {len(start)}."
        )
    return replace(loss, names=names, start=tuple(start.tolist()))
