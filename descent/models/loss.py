"""Any torch.nn.Module with its data, as a loss of one vector of parameters."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.loss import check_loss
from descent.models.live import LiveModule, loss_over
from descent.models.minibatches import Shuffles
from descent.models.modules import check_module, doubled, parameter_names

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor
    from torch.nn import Module, Parameter

    from descent.arrays import Loss
    from descent.checks.function import Value
    from descent.models.modules import Criterion


def model_loss(
    module: Module,
    inputs: Any,
    targets: Any,
    criterion: Criterion,
    batch_size: int | None = None,
    seed: int = 0,
) -> tuple[Loss, NDArray[np.float64], tuple[str, ...]]:
    """Return ``(loss, start, names)`` for a module, ready for `record`.

    loss(θ) = criterion(module_θ(inputs), targets). The module itself is never changed: the loss
    works on a float64 copy of it. Floating inputs, targets and buffers become float64 too; whole
    numbers, such as class labels, stay. Parameters that require no gradient are held where they
    are. Layers that draw at random, such as Dropout, do so in training mode: call
    ``module.eval()`` first where the loss is to be one function.

    With a `batch_size`, the loss is still that over all data, and is swept and drawn as such; but
    `record` takes its steps on mini-batches, step t on ``loss.batch(t)``. Each epoch shows every
    row once, in a new order: the batches are those of a torch.utils.data.DataLoader with
    ``shuffle=True`` and a generator of that seed, so that the last one of an epoch may be smaller.

    Args:
        module: Maps inputs to predictions.
        inputs: What the module is given: a tensor, or anything torch.as_tensor takes, shape
            (rows, …).
        targets: What the criterion compares the predictions with, likewise.
        criterion: Maps (predictions, targets) to a scalar tensor, as torch.nn.MSELoss() does.
        batch_size: How many rows each step looks at; all of them by default.
        seed: Of the order in which they come; the same seed gives the same batches.

    Returns:
        The loss of a vector of shape (n,); the module's present parameters, shape (n,); and
        their names, which the loss knows too: "W2[0,1]" and "b2[0]" for the second Linear layer
        ("W1" and "b1" where it has one weight and one bias), else torch's name with an index.

    Raises:
        InvalidType: If `module` is not a torch.nn.Module, a parameter is complex or of whole
            numbers, or `batch_size` or `seed` is not a whole number.
        InvalidValue: If the module has no parameter to learn, its loss is not a finite scalar, or
            there are not as many targets as inputs to take batches of.

    Example:
        >>> import descent, torch
        >>> x = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
        >>> loss, start, names = descent.model_loss(
        ...     torch.nn.Linear(1, 1), x, 2 * x + 1, torch.nn.MSELoss(), batch_size=2
        ... )
        >>> run = descent.record(loss, start, learning_rate=0.1, steps=300)
        >>> run.names, run.iterates[-1].round(3).tolist(), len(run.batch_losses)
        (('W1', 'b1'), [2.0, 1.0], 301)
    """
    import torch

    check_module(module)
    twin = copy.deepcopy(module).double().cpu()
    learned = {name: p for name, p in _real_parameters(twin).items() if p.requires_grad}
    if not learned:
        constraint = "have parameters that require a gradient"
        raise InvalidValue("module", constraint, module, got="none")
    names = tuple(name for key in learned for name in parameter_names(twin)[key])
    data = doubled(inputs, "inputs"), doubled(targets, "targets")
    loss = _ModelLoss(twin, learned, names, *data, criterion)
    start = torch.cat([p.detach().reshape(-1) for p in learned.values()]).numpy().copy()
    check_loss(loss, start)
    if batch_size is not None:
        loss = _BatchedModelLoss(loss, batch_size, seed)
    return loss, start, names


def _real_parameters(module: Module) -> dict[str, Parameter]:
    """Return the parameters by name, having checked that autograd can move them."""
    found = dict(module.named_parameters())
    for name, parameter in found.items():
        if not parameter.is_floating_point():
            raise InvalidType(
                "module",
                "have parameters that are real floating-point numbers",
                module,
                got=f"{parameter.dtype} for {name}",
                repair="keep whole numbers in a buffer, and a complex number as a real and an "
                "imaginary part.",
            )
    return found


class _ModelLoss:
    """The loss of a module over its data, as a function of its learned parameters in one vector."""

    def __init__(
        self,
        module: Module,
        learned: dict[str, Parameter],
        names: tuple[str, ...],
        inputs: Tensor,
        targets: Tensor,
        criterion: Criterion,
    ) -> None:
        # Evaluations may leave something behind in the one; copies are made of the other.
        self._module, self._untouched = module, copy.deepcopy(module)
        self._criterion = criterion
        self.names, self.inputs, self.targets = names, inputs, targets
        self._shapes = {name: p.shape for name, p in learned.items()}
        self._sizes = [p.numel() for p in learned.values()]
        self._buffers = {name: buffer.detach() for name, buffer in module.named_buffers()}

    def __call__(self, params: Tensor, /) -> Tensor:
        return self.over(params, self.inputs, self.targets)

    def over(self, params: Tensor, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the loss over some data."""
        import torch

        vector: Any = params
        pieces = zip(self._shapes.items(), vector.split(self._sizes), strict=True)
        # Clones, since some layers write into their buffers (BatchNorm counts its batches).
        state = {name: buffer.clone() for name, buffer in self._buffers.items()}
        state |= {name: piece.view(shape) for (name, shape), piece in pieces}

        def predict(*inputs: Any) -> Any:
            return torch.func.functional_call(self._module, state, inputs)

        return loss_over(predict, self._criterion, (inputs, targets))

    def live(
        self, *, is_evaluating: bool = False, batch: Callable[[int], Any] | None = None
    ) -> LiveModule:
        """Return a copy of the module as it was given, to be trained on all data or on batches."""
        module, criterion = copy.deepcopy((self._untouched, self._criterion))
        if is_evaluating:
            module.eval()
        data = self.inputs, self.targets
        return LiveModule(module, criterion, list(self._shapes), data, batch)

    def carrying(self, *, is_evaluating: bool = False) -> Value:
        """Return its value at a point, each evaluation leaving its state to the next."""
        return self.live(is_evaluating=is_evaluating).value


class _BatchedModelLoss:
    """The loss of a module over all its data, which shows each step a mini-batch of them."""

    def __init__(self, whole: _ModelLoss, batch_size: Any, seed: Any) -> None:
        counts = [len(data) if data.ndim else 0 for data in (whole.inputs, whole.targets)]
        if counts[0] != counts[1] or not counts[0]:
            constraint = "have as many rows as each other to be taken in batches"
            got = f"{counts[0]} and {counts[1]}"
            raise InvalidValue("inputs and targets", constraint, counts, got=got)
        self._whole, self.names = whole, whole.names
        self._shuffles = Shuffles(counts[0], batch_size, seed)

    def __call__(self, params: Tensor, /) -> Tensor:
        return self._whole(params)

    def batch(self, t: int, /) -> Loss:
        """Return the loss over the rows of step `t`."""
        inputs, targets = self._data(t)
        return partial(self._whole.over, inputs=inputs, targets=targets)

    def live(self) -> LiveModule:
        """Return a copy of the module as it was given, to be trained on these batches."""
        return self._whole.live(batch=self._data)

    def carrying(self, *, is_evaluating: bool = False) -> Value:
        """Return its value at a point, each evaluation leaving its state to the next."""
        return self._whole.carrying(is_evaluating=is_evaluating)

    def _data(self, t: int) -> tuple[Any, Any]:
        rows = self._shuffles.batch(t)
        return self._whole.inputs[rows], self._whole.targets[rows]
