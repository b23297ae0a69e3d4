"""A network with its data from somebody's own file, run only because they named it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.random_states import kept_random_states, seed_random_states
from descent.checks.texts import described
from descent.losses.files import errors_of, function_in
from descent.models.loss import model_loss

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from descent.arrays import Loss

SEED = 0
PARTS = "(module, inputs, targets, criterion)"


def load_model(reference: str) -> tuple[Loss, NDArray[np.float64], tuple[str, ...]]:
    """Return the ``(loss, start, names)`` of a network that a Python file makes.

    All of the file in ``"FILE.py:NAME"`` is run, as ``import`` would, then the function NAME, whose
    four values are given to `model_loss`: name only files that you trust. Meanwhile the random
    numbers of torch, NumPy and Python begin where they always do, so that a network has the same
    weights each time; a seed that the file sets takes the place of this one.

    Args:
        reference: Path of the file, a colon, and the name of a function without arguments that
            returns (module, inputs, targets, criterion).

    Returns:
        The loss of a vector of shape (n,); the parameters of the network as it was made, shape
        (n,); and their names.

    Raises:
        InvalidValue: If the text has no colon and name, there is no such file or name, the file or
            the function fails, it returns anything but four values, or they are no loss.
        InvalidType: If `reference` is not a text, what it calls NAME is not a function, or one of
            the four is of another type than it must be.

    Example:
        >>> import descent, pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "my_model.py")
        ...     _ = file.write_text('''
        ... import torch
        ... def line():
        ...     x = torch.tensor([[0.0], [1.0], [2.0]])
        ...     return torch.nn.Linear(1, 1), x, 2 * x + 1, torch.nn.MSELoss()
        ... ''')
        ...     loss, start, names = descent.load_model(f"{file}:line")
        >>> run = descent.record(loss, start, learning_rate=0.1, steps=300)
        >>> names, run.iterates[-1].round(3).tolist()
        (('W1', 'b1'), [2.0, 1.0])
    """
    with kept_random_states():
        seed_random_states(SEED)
        make, what = function_in(reference)
        parts = _parts(make, what)
    with errors_of(what):
        return model_loss(*parts)


def _parts(make: Any, what: str) -> tuple[Any, ...]:
    """Return the four values of a function; `what` is what sentences call it."""
    import torch

    constraint = f"be a function that returns {PARTS}"
    if isinstance(make, torch.nn.Module):
        raise InvalidType(what, constraint, make, got=f"the module, a {type(make).__name__}")
    try:
        found: Any = make()
    except (Exception, SystemExit) as error:
        constraint = f"return {PARTS}"
        raise InvalidValue(what, constraint, error, got=described(error)) from error
    if not isinstance(found, tuple | list):
        raise InvalidValue(what, constraint, found, got=f"one that returns {_kind(found)}")
    values = cast("tuple[Any, ...]", found)
    count = len(values)
    if count != len(PARTS.split(",")):
        got = f"one that returns {count} value{'s' * (count != 1)}"
        raise InvalidValue(what, constraint, got=got)
    return tuple(values)


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
