"""A descent for its own sake: recorded from the command line, kept in a file, never drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from descent.checks.errors import InvalidValue
from understanding_gradients.lecture.messages import suggestion
from understanding_gradients.lecture.settings import (
    NEURON_LOSS,
    NEURON_START,
    SUGGEST,
    read_settings,
)

if TYPE_CHECKING:
    from descent import Trajectory

STEPS = 100


def record_run(
    settings_path: Path,
    loss: str | None = None,
    start: tuple[float, ...] | None = None,
    steps: int | None = None,
    learning_rate: float | str | None = None,
    optimizer: str = "SGD",
) -> Trajectory:
    """Return the recorded descent; this loads torch.

    Args:
        settings_path: Of lecture.toml, for the neuron's rows, for the loss if none is given, and
            for the start and the just-right learning rate of its own loss.
        loss: The name of a loss, or FILE.py:NAME.
        start: One number a parameter; by default the file's, else the loss's own.
        steps: `STEPS` by default.
        learning_rate: Positive; by default the file's, else the one suggested as just right.
        optimizer: A name in torch.optim.

    Raises:
        TypeError: If the loss is no function or gives no tensor.
        ValueError: If anything asked for is out of range or cannot be found.
    """
    from descent import record, suggest_learning_rates

    settings = read_settings(settings_path)
    reference = loss or settings.descent.loss
    function = loss_called(reference, settings.data.rows)
    if reference == settings.descent.loss:  # what the file says of its loss suits no other
        if start is None and settings.descent.start != SUGGEST:
            start = cast("tuple[float, ...]", settings.descent.start)
        learning_rate = (
            settings.learning_rates.just_right if learning_rate is None else learning_rate
        )
    begin = getattr(function, "start", ()) if start is None else start
    if not len(begin):
        raise ValueError(f"--start must be given for {reference}, which has no start of its own.")
    if learning_rate in (None, SUGGEST):
        learning_rate = suggest_learning_rates(function, begin).just_right
    return record(
        function,
        begin,
        learning_rate=learning_rate,  # type: ignore[arg-type]  # record refuses other text itself
        steps=STEPS if steps is None else steps,
        optimizer=optimizer,
    )


def loss_called(reference: str, rows: Any) -> Any:
    """Return the loss that the command line calls `reference`."""
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
