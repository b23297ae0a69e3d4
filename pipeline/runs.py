"""A descent for its own sake: recorded from the command line, kept in a file, never drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lecture.settings import NEURON_LOSS, NEURON_START, SUGGEST, read_settings

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
        settings_path: Of lecture.toml, for the neuron's rows and for the loss if none is given.
        loss: The name of a loss, or FILE.py:NAME.
        start: One number a parameter; the loss's own by default.
        steps: `STEPS` by default.
        learning_rate: Positive; by default the one suggested as just right.
        optimizer: A name in torch.optim.

    Raises:
        TypeError: If the loss is no function or gives no tensor.
        ValueError: If anything asked for is out of range or cannot be found.
    """
    from descent import record, suggest_learning_rates

    settings = read_settings(settings_path)
    function = loss_called(loss or settings.descent.loss, settings.data.rows)
    begin = start or getattr(function, "start", None)
    if not begin:
        raise ValueError(f"--start must be given for {loss}, which has no start of its own.")
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
    known = ", ".join([NEURON_LOSS, *LOSSES])
    raise ValueError(f"--loss must be FILE.py:NAME or one of {known}; got '{reference}'.")
