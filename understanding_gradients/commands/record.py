"""The command `render.py record`: record a descent into a file, without drawing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from descent.checks.errors import InvalidValue
from understanding_gradients.lecture.settings import (
    NEURON_LOSS,
    NEURON_START,
    SUGGEST,
    Descent,
    Settings,
    parameter_names,
)

if TYPE_CHECKING:
    from descent import Trajectory
    from descent.serialization import Saveable

STEPS = 100


def record_run(
    settings: Settings,
    loss: str | None = None,
    start: tuple[float, ...] | None = None,
    steps: int | None = None,
    learning_rate: float | str | None = None,
    optimizer: str = "SGD",
    model: str | None = None,
) -> Trajectory:
    """Return the recorded descent; this imports torch.

    Args:
        settings: They give the neuron's rows, the loss if none is given, and for their own loss the
            start and the just-right learning rate.
        loss: The name of a loss, or FILE.py:NAME.
        start: One number per parameter; by default the settings' own, else the loss's own.
        steps: `STEPS` by default.
        learning_rate: Positive; by default the settings' own, else the suggested just-right one.
        optimizer: A name in torch.optim.
        model: FILE.py:NAME of a function that makes a network, in place of a loss and its start.
    """
    from descent import load_model, record, suggest_learning_rates

    chosen = settings.descent
    model = Descent(model=model or ("" if loss else chosen.model)).model
    reference = model or loss or chosen.loss
    function = load_model(model)[0] if model else find_loss(reference, settings.data.rows)
    if reference == (chosen.model or chosen.loss):  # its start and rate suit no other loss
        if start is None and chosen.start != SUGGEST:
            start = cast("tuple[float, ...]", chosen.start)
        if learning_rate is None:
            learning_rate = settings.learning_rates.just_right
    begin: Sequence[float] = getattr(function, "start", ()) if start is None else start
    if not len(begin):
        raise InvalidValue("--start", f"be given for {reference}, which has no start of its own")
    if learning_rate in (None, SUGGEST):
        learning_rate = suggest_learning_rates(function, begin).just_right
    return record(
        function,
        begin,
        learning_rate=cast("float", learning_rate),  # record refuses another text
        steps=STEPS if steps is None else steps,
        optimizer=optimizer,
    )


def saved(paths: Sequence[str], is_optimizer_typed: bool) -> tuple[Trajectory, Saveable]:
    """Return the saved run in a file, which runs no code, and all that the file holds.

    Raises:
        InvalidValue: If there are several files, the file holds no run, or an optimizer was typed.
    """
    from descent.pictures.saved import PicturedRun
    from descent.runs.trajectory import Trajectory
    from descent.serialization import kind_in

    if len(paths) > 1:
        raise InvalidValue("--run", "be given once to be recorded", got=f"{len(paths)} files")
    if is_optimizer_typed:
        repair = "leave one of the two out."
        raise InvalidValue("--run", "go without --optimizer", repair=repair)
    if kind_in(paths[0]) == PicturedRun.__name__:
        whole = PicturedRun.load(paths[0])
        return whole.run, whole
    run = Trajectory.load(paths[0])
    return run, run


def description(run: Trajectory) -> str:
    """Return what a run is, in a line."""
    from descent.text import numbers

    rate = f"learning rate {numbers.rate(run.learning_rates.flat[0], 6)}, " if run.steps else ""
    loss = numbers.significant(run.evaluated.losses[-1], 6)
    return f"{run.steps} steps, {rate}{run.behavior}, last loss {loss}"


def find_loss(reference: str, rows: Any) -> Callable[..., Any]:
    """Return the loss of this name, or of this file."""
    from descent import LOSSES, load_loss, neuron_loss

    parameter_names(reference)  # refuses an unknown name
    if reference == NEURON_LOSS:
        return neuron_loss(rows, NEURON_START)
    return LOSSES[reference] if reference in LOSSES else load_loss(reference)
