"""The command `record`: a descent that is recorded into a file and not drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from descent.checks.errors import InvalidValue
from understanding_gradients.commands.request import (
    parse_numbers,
    parse_rate,
    renamed_keys,
    settings_for,
)
from understanding_gradients.lecture.messages import suggestion
from understanding_gradients.lecture.settings import NEURON_LOSS, NEURON_START, SUGGEST
from understanding_gradients.spec.options import RenderOptions

if TYPE_CHECKING:
    from descent import Trajectory

STEPS = 100


def record_run(options: RenderOptions, optimizer: str = "SGD") -> Trajectory:
    """Return the recorded descent; this loads torch.

    Args:
        options: As typed. Without a loss, start or learning rate the settings' own are used, the
            start and rate only for the settings' own loss; without those, what the loss suggests.
            `STEPS` steps unless others are given.
        optimizer: A name in torch.optim.

    Raises:
        InvalidArgument: If an option or a setting cannot be used.
        OSError: If the settings cannot be read.
    """
    from descent import record, suggest_learning_rates

    settings = settings_for(RenderOptions(settings=options.settings))
    reference = options.loss or settings.descent.loss
    loss = loss_called(reference, settings.data.rows)
    start = None if options.start is None else parse_numbers(options.start)
    rate = None if options.learning_rate is None else parse_rate(options.learning_rate)
    if reference == settings.descent.loss:  # its start and rate suit no other loss
        if start is None and settings.descent.start != SUGGEST:
            start = cast("tuple[float, ...]", settings.descent.start)
        rate = settings.learning_rates.just_right if rate is None else rate
    start = getattr(loss, "start", ()) if start is None else start
    if not len(start):
        raise InvalidValue("--start", f"be given for {reference}, which has no start of its own")
    typed = [name for name in ("start", "steps", "learning_rate") if getattr(options, name)]
    with renamed_keys({name: f"--{name.replace('_', '-')}" for name in (*typed, "optimizer")}):
        if rate in (None, SUGGEST):
            rate = suggest_learning_rates(loss, start).just_right
        return record(
            loss,
            start,
            learning_rate=cast("float", rate),
            steps=STEPS if options.steps is None else options.steps,
            optimizer=optimizer,
        )


def loss_called(reference: str, rows: Any) -> Any:
    """Return the loss called `reference` on the command line."""
    from descent import LOSSES, load_loss, neuron_loss

    if reference == NEURON_LOSS:
        return neuron_loss(rows, NEURON_START)
    if reference in LOSSES:
        return LOSSES[reference]
    if ":" in reference:
        return load_loss(reference)
    known = [NEURON_LOSS, *LOSSES]
    constraint = f"be FILE.py:NAME or one of {', '.join(known)}"
    hint = suggestion(reference, known)
    raise InvalidValue("--loss", constraint, got=f"'{reference}'", repair=hint)
