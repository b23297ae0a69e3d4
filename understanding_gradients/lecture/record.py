"""Record a lecture: every recording that its clips draw, from its settings alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidValue
from descent.checks.loss import check_loss
from descent.checks.texts import default_names
from descent.gradients.finite_differences import DifferenceTable, difference_errors
from descent.gradients.graph import BackwardGraph, backward_graph
from descent.losses.classics import LOSSES
from descent.losses.cuts import cut
from descent.losses.loading import load_loss
from descent.losses.named import NamedLoss
from descent.losses.networks import load_model
from descent.losses.neuron import neuron_loss, row_loss
from descent.models.network import NetworkGradient
from descent.pictures.shown_steps import MOST_AXES
from descent.rates.curvature import sharpness
from descent.rates.rounding import rounded
from descent.views.landscape import Landscape
from understanding_gradients.installation import program
from understanding_gradients.lecture.descents import Descents
from understanding_gradients.lecture.gradients import (
    DirectionalDerivatives,
    GradientField,
    directional_derivatives,
    gradient_field,
)
from understanding_gradients.lecture.kept import kept_of
from understanding_gradients.lecture.network import LectureNetwork, NetworkPass
from understanding_gradients.lecture.recordings import (
    OF_THE_NEURONS_RATES,
    OF_THE_RATES,
    RATE_NAMES,
    RECORDINGS,
    RateTable,
    Recording,
    RowLosses,
    Rows,
    Run,
    Slice,
    check_name,
)
from understanding_gradients.lecture.runs import gentle_rate, single_run
from understanding_gradients.lecture.secants import Secants, record_secants
from understanding_gradients.lecture.settings import NEURON_START, SUGGEST, Settings
from understanding_gradients.lecture.settings import Descent as DescentTable
from understanding_gradients.lecture.slices import curvatures_at, record_slice
from understanding_gradients.lecture.standing import Standing, standing_of
from understanding_gradients.lecture.start_view import StartView, record_start_view
from understanding_gradients.lecture.texts import MAX_PARAMETER, check_text
from understanding_gradients.lecture.three_rates import ThreeRates

if TYPE_CHECKING:
    from numpy.typing import NDArray


ROW_SHARE = 0.75  # of the rate that would close a row's residual in one step
ROW_STEPS = 8
NUDGE = 0.01  # of W1, or as much of its leading power of ten where that is above 1


def record_lecture(settings: Settings, names: Iterable[str] | None = None) -> dict[str, Recording]:
    """Record what the clips of a lecture draw; equal settings give equal bytes.

    All recordings are made if no `names` are given.

    Raises:
        TypeError: If the loss is not a function or does not return a tensor.
        ValueError: If a name is unknown, or the settings cannot be recorded: a loss file that
            fails, a start of the wrong size, a loss of more than two parameters.
    """
    recorder = _Recorder(settings, kept_of(settings))
    wanted = list(RECORDINGS if names is None else names)
    for name in wanted:
        check_name(name)
    return {name: recorder.recording(name) for name in wanted}


class _Recorder:
    """One property per recording; what several recordings share is recorded once.

    What no learning rate changes is put into `kept`, or found there.
    """

    def __init__(self, settings: Settings, kept: dict[str, Any]) -> None:
        self.settings, self._kept = settings, kept

    def recording(self, name: str) -> Recording:
        """Return the recording `name`."""
        rated = OF_THE_RATES | (OF_THE_NEURONS_RATES if self.settings.descent.is_neurons else set())
        if name in rated:
            return getattr(self, name)
        return self._once(name, lambda: getattr(self, name))

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    @property
    def rows(self) -> Rows:
        data = self.settings.data
        x, y = np.array(data.rows).T
        return Rows(data.x_name, data.y_name, x, y, picked=data.picked_row - 1)

    @cached_property
    def lecture_rates(self) -> ThreeRates:
        """The lecture's loss at the lecturer's rates."""
        descents = self._once("descents of the lecture", self._descents)
        return ThreeRates(descents, self.settings.learning_rates)

    def _descents(self) -> Descents:
        chosen, loss = self.settings.descent, self.chosen_loss
        reference = chosen.model or chosen.loss
        start = _start_of(loss, chosen.start, reference)
        if len(start) > MOST_AXES and not chosen.model:
            raise InvalidValue(
                "descent.loss",
                "have 1 or 2 parameters to be drawn",
                got=str(len(start)),
                repair=f"record it with `{program()} record`.",
            )
        named = _with_names(loss, reference, start)
        return Descents(named, start, chosen.steps)

    @cached_property
    def chosen_loss(self) -> NamedLoss:
        """The lecture's loss, with its own start."""
        chosen = self.settings.descent
        return self.neuron_loss if chosen.is_neurons else _loss_of(chosen)

    @cached_property
    def neuron_loss(self) -> NamedLoss:
        chosen = self.settings.descent
        is_neurons = chosen.is_neurons and chosen.start != SUGGEST
        return neuron_loss(self.settings.data.rows, chosen.start if is_neurons else NEURON_START)

    @cached_property
    def neuron_rates(self) -> ThreeRates:
        """The neuron, which some clips show whatever the lecture's loss is."""
        if self.settings.descent.is_neurons:
            return self.lecture_rates
        loss, steps = self.neuron_loss, self.settings.descent.steps
        make = partial(Descents, loss, np.array(loss.start), steps)
        return ThreeRates(self._once("descents of the neuron", make))

    @property
    def neuron(self) -> Run:
        return self.neuron_rates.even_run()

    @property
    def directions(self) -> DirectionalDerivatives:
        return directional_derivatives(self.neuron_loss, self.neuron.view(0))

    @property
    def gradient_field(self) -> GradientField:
        return gradient_field(self.lecture_rates.loss, self.just_right.view(0).window)

    @property
    def very_small(self) -> Run:
        return self._lecture_run("very_small")

    @property
    def just_right(self) -> Run:
        return self._lecture_run("just_right")

    @property
    def very_large(self) -> Run:
        return self._lecture_run("very_large")

    def _lecture_run(self, name: str) -> Run:
        rows = len(self.settings.data.rows) if self.settings.descent.is_neurons else 0
        return replace(self.lecture_rates.run(name), rows=rows)

    @property
    def rates(self) -> RateTable:
        return self.lecture_rates.rate_table()

    @property
    def gradient_view(self) -> Landscape:
        return self.lecture_rates.gradient_view()

    @property
    def start_view(self) -> StartView:
        named = self.lecture_rates.loss
        if len(named.start) > MOST_AXES:
            raise InvalidValue(
                "descent.loss", "have 1 or 2 parameters to be a map", got=str(len(named.start))
            )
        rows, is_neurons = self.settings.data.rows, self.settings.descent.is_neurons
        own = neuron_loss(rows, NEURON_START) if is_neurons else self.chosen_loss
        return record_start_view(replace(own, names=named.names), self.lecture_rates.start)

    @property
    def slice(self) -> Slice:
        lecture, minimiser = self.lecture_rates, self.just_right.minimiser
        rates = lecture.rate("just_right"), lecture.rate("very_large")
        return record_slice(lecture.loss, lecture.start, minimiser, rates)

    @property
    def standing(self) -> Standing:
        """How the middle run stands beside the others, which are recorded as far as shown."""
        lecture = self.lecture_rates
        shown = {name: lecture.shown(name) for name in RATE_NAMES}
        return standing_of(shown, curvatures_at(lecture.loss, self.just_right.minimiser))

    @property
    def one_row(self) -> Run:
        x, y = self.settings.data.rows[self.settings.data.picked_row - 1]
        loss = row_loss(x, y, self.neuron_loss.start)
        return single_run(loss, rounded(ROW_SHARE / sharpness(loss, loss.start)), ROW_STEPS)

    @property
    def row_losses(self) -> RowLosses:
        """The loss of every row along the descent of the picked one."""
        import torch

        x, y = torch.tensor(self.settings.data.rows, dtype=torch.float64).T
        weight, bias = torch.tensor(self.one_row.trajectory.iterates).T[..., None]
        squared_errors = (weight * x + bias - y) ** 2
        return RowLosses(squared_errors.numpy(), squared_errors.mean(dim=1).numpy())

    @property
    def curve(self) -> Run:
        """The lecture's loss along its first parameter, or the second where that one is flat."""
        loss = self.lecture_rates.loss
        if len(loss.start) > 1:
            _, slopes = check_loss(loss, loss.start)
            loss = cut(loss, axis=int(slopes[0] == 0))
        return single_run(loss, gentle_rate(loss), self.settings.descent.steps)

    @property
    def graph(self) -> BackwardGraph:
        return self._graph_at(self.neuron_loss.start)

    @property
    def nudged(self) -> BackwardGraph:
        """The graph of a second forward pass, whose W1 is a little larger."""
        weight, bias = self.neuron_loss.start
        scale = 10.0 ** np.floor(np.log10(max(1.0, abs(weight))))
        return self._graph_at((weight + NUDGE * float(scale), bias))

    def _graph_at(self, params: tuple[float, ...]) -> BackwardGraph:
        x, y = self.settings.data.rows[self.settings.data.picked_row - 1]
        return backward_graph(row_loss(x, y), params)

    @property
    def differences(self) -> DifferenceTable:
        return difference_errors(self.neuron_loss, self.neuron_loss.start)

    @property
    def secants(self) -> Secants:
        return record_secants(self.neuron_loss)

    @cached_property
    def lecture_network(self) -> LectureNetwork:
        data = self.settings.data
        return LectureNetwork(np.array(data.rows, dtype=float), data.picked_row - 1)

    @property
    def network(self) -> NetworkGradient:
        return self.lecture_network.gradient()

    @property
    def network_pass(self) -> NetworkPass:
        return self.lecture_network.forward_pass()


def _loss_of(chosen: DescentTable) -> NamedLoss:
    reference = chosen.model or chosen.loss
    if chosen.model:
        loss, start, names = load_model(reference)
        own_start = tuple(start.tolist())
        return NamedLoss(reference, names, loss, own_start, reference.rpartition(":")[2])
    if reference in LOSSES:
        return LOSSES[reference]
    found = load_loss(reference)
    if isinstance(found, NamedLoss):
        return found
    names = getattr(found, "names", ())
    start = getattr(found, "start", ())
    return NamedLoss(reference, tuple(names), found, tuple(start), reference.rpartition(":")[2])


def _start_of(
    loss: NamedLoss, chosen: tuple[float, ...] | str, reference: str
) -> NDArray[np.float64]:
    if chosen == SUGGEST and not loss.start:
        raise InvalidValue(
            "descent.start", f"be given for {reference}, which has no start of its own"
        )
    return np.array(loss.start if chosen == SUGGEST else chosen, dtype=np.float64)


def _with_names(loss: NamedLoss, reference: str, start: NDArray[np.float64]) -> NamedLoss:
    """Return `loss` with a name for each parameter and the lecture's start."""
    names = loss.names or default_names(len(start))
    for name in names if len(names) <= MOST_AXES else ():
        check_text(f"a parameter's name in {reference}", name, MAX_PARAMETER)
    if len(names) != len(start):
        listed = ", ".join(names)
        raise InvalidValue(
            "descent.start",
            f"have {len(names)} numbers ({listed}) for {reference}",
            got=str(len(start)),
        )
    return replace(loss, names=names, start=tuple(start.tolist()))
