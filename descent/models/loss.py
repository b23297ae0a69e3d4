"""Any torch.nn.Module with its data, as a loss of one vector of parameters."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue
from descent.checks.loss import check_loss
from descent.checks.numbers import check_start
from descent.checks.random_states import kept_random_states
from descent.checks.threads import CopyableLock
from descent.models.arithmetic import USUAL, Arithmetic
from descent.models.batched import BatchedModelLoss, ShuffledRows, check_each_size
from descent.models.data import mean_over, told_of_data
from descent.models.fewer_rows import count_rows, take_rows
from descent.models.live import LiveModule
from descent.models.preparation import prepared
from descent.models.replaceable import check_untouched, has_gradient

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor
    from torch.nn import Module

    from descent.arrays import Loss
    from descent.checks.function import Value
    from descent.models.data import Batch
    from descent.models.modules import Criterion
    from descent.models.objective import Objective


@with_autograd
def model_loss(
    module: Module,
    inputs: Any,
    targets: Any = None,
    criterion: Criterion | None = None,
    batch_size: int | None = None,
    seed: int = 0,
    *,
    drop_last: bool = False,
) -> tuple[Loss, NDArray[np.float64], tuple[str, ...]]:
    """Return ``(loss, start, names)`` for a module, ready for `record`.

    loss(θ) = criterion(module_θ(inputs), targets). The module itself is never changed: the loss
    works on float64 copies, on the CPU, of module, data and criterion, with float64 as torch's
    default while it is evaluated. Numbers in lists become float64 exactly; whole numbers, such as
    class labels, stay where module and criterion take them so. Parameters that require no gradient
    are held where they are. Those of a criterion that is a module are learned along; other modules
    that a criterion refers to, such as a teacher, are held as well. Layers that draw at random,
    such as Dropout, do so in training mode: call ``module.eval()`` first where the loss is to be
    one function.

    With a `batch_size`, the loss is still that over all data, and is swept and drawn as such; but
    `record` takes its steps on mini-batches, step t on ``loss.batch(t)``. Each epoch shows every
    row once, in a new order: the batches are those of a torch.utils.data.DataLoader with
    ``shuffle=True`` and a generator of that seed, so that the last one of an epoch may be smaller,
    unless `drop_last` leaves it out.

    With a DataLoader, step t is taken on its t-th batch, epoch after epoch, shuffled as it shuffles
    itself: from the present state of its generator or, without one, of torch's global one. Both are
    put back, so that an ordinary loop over it has the same batches. The loss over all data is the
    mean over the batches of its first epoch, each with the weight of its rows.

    Args:
        module: Maps inputs to predictions.
        inputs: What the module is given: a tensor, or numbers as numpy.array takes them, shape
            (rows, …). A tuple or list that holds tensors is its arguments, a dict its keyword
            arguments. A DataLoader, or a list of batches, gives (inputs, targets), or
            (a, b, …, targets) for several arguments; a Dataset gives its rows.
        targets: What the criterion compares the predictions with, likewise; None, which is handed
            on, where it needs nothing, and for a DataLoader, whose batches have theirs.
        criterion: Maps (predictions, targets) to a scalar tensor, as torch.nn.MSELoss() does.
        batch_size: How many rows each step looks at; all of them by default.
        seed: Of the order in which they come; the same seed gives the same batches.
        drop_last: Whether rows that are left over at the end of an epoch are left out.

    Returns:
        The loss of a vector of shape (n,); the module's present parameters, shape (n,); and
        their names, which the loss knows too: "W2[0,1]" and "b2[0]" for the second Linear layer
        ("W1" and "b1" where it has one weight and one bias), else torch's name with an index.

    Raises:
        InvalidType: If `module` is not a torch.nn.Module, a parameter is complex or of whole
            numbers, the data are not numbers, `criterion` cannot be called, or `batch_size` or
            `seed` is not a whole number.
        InvalidValue: If the module has no parameter to learn, module and criterion do not work on
            the data in float64, or on batches of each size that comes, the loss is not a finite
            scalar, or there are not as many targets as inputs to take batches of.

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
    given = prepared(module, inputs, targets, criterion)
    loss = ModelLoss(given.objective, given.batches)
    start = loss.present()
    with kept_random_states():
        loss.check_replaceable(start, given.gradient)
        if given.loader is not None:
            _check_no_size(batch_size, drop_last)
            with told_of_data(given.batches):
                check_each_size(loss.over, start, given.batches)
                check_loss(loss, start)
            return BatchedModelLoss(loss, given.loader.batch), start, loss.names
        if batch_size is None:
            if drop_last:
                raise InvalidValue("drop_last", "come with a batch_size", drop_last)
            return loss, start, loss.names
        rows = ShuffledRows(given.batches[0], batch_size, seed, drop_last)
        check_each_size(loss.over, start, rows.of_each_size(), batch_size)
        return BatchedModelLoss(loss, rows.batch), start, loss.names


def _check_no_size(batch_size: Any, drop_last: Any) -> None:
    """Refuse what is said of batches that are given as they are."""
    for name, value in {"batch_size": batch_size, "drop_last": drop_last or None}.items():
        if value is not None:
            constraint = "be left out where inputs are batches"
            raise InvalidValue(name, constraint, value, repair="give it to the DataLoader.")


class ModelLoss:
    """The loss of a module over its data, as a function of its learned parameters in one vector."""

    def __init__(self, objective: Objective, batches: list[Batch]) -> None:
        # Evaluations may leave something behind in the one; copies are made of the other.
        self._objective = objective
        self._untouched = objective.copy() if objective.device == "cpu" else objective
        self._batches, learned = batches, objective.learned()
        names = objective.names()
        self.names = tuple(name for key in learned for name in names[key])
        self._shapes = {name: p.shape for name, p in learned.items()}
        self._sizes = [p.numel() for p in learned.values()]
        self._buffers = {name: buffer.detach() for name, buffer in objective.named_buffers()}
        self._places = objective.places()
        # Not to be read: a parameter that is not replaced shows in the loss or its gradient.
        objective.load(dict.fromkeys(learned, math.nan))
        self._loads = False
        self._elsewhere: dict[str, ModelLoss] = {}
        self._lock = CopyableLock()

    @property
    def start(self) -> tuple[float, ...]:
        """The module's parameters, where a descent starts if `--loss` names this loss."""
        return tuple(self.present().tolist())

    def present(self) -> NDArray[np.float64]:
        """Return the module's present parameters, shape (n,)."""
        import torch

        learned = self._untouched.learned().values()
        return torch.cat([p.detach().reshape(-1) for p in learned]).numpy().copy()

    def check_replaceable(
        self, start: NDArray[np.float64], gradient: NDArray[np.float64] | None
    ) -> None:
        """Refuse a module that reads its own parameters where others are put in their place.

        What is evaluated again when the loss is differentiated, as torch.utils.checkpoint does,
        reads them then; it is given their values.

        Args:
            start: The module's parameters.
            gradient: That of the loss over the first batch, by these parameters.
        """
        first = partial(self.over, batch=self._batches[0])
        if gradient is not None and np.isfinite(gradient).all():
            if has_gradient(first, start, gradient):
                return
            self._loads = True
            if has_gradient(first, start, gradient):
                return
            check_untouched(first, start)
            raise InvalidValue(
                "module",
                "reach its parameters by its attributes alone",
                got="another gradient where torch.func.functional_call replaces them",
                repair="keep them in a torch.nn.ParameterList, not in a list or dict, and take "
                "them from it one by one, not by a slice, which holds copies.",
            )
        with told_of_data(self._batches):
            check_loss(first, check_start(start, self.names))

    def __call__(self, params: Tensor, /) -> Tensor:
        """Return the loss over all data at `params`, a scalar tensor, on their device."""
        here = self if params.device.type == "cpu" else self._on(str(params.device))
        return mean_over(partial(here.over, params), here._batches)

    def _on(self, device: str) -> ModelLoss:
        """Return the same loss on another device."""
        if device not in self._elsewhere:
            batches = [batch.map(lambda tensor: tensor.to(device)) for batch in self._batches]
            self._elsewhere[device] = self._of(batches, device)
        return self._elsewhere[device]

    def _of(self, batches: list[Batch], device: str = "cpu") -> ModelLoss:
        """Return the loss of the same module over other data."""
        other = ModelLoss(self._untouched.copy(device), batches)
        other._loads = self._loads
        return other

    @property
    def rows(self) -> int:
        """How many rows the data have; 0 where they cannot be taken one by one."""
        return count_rows(self._batches)

    def over_rows(self, start: int, stop: int) -> ModelLoss:
        """Return the loss over the rows from place `start` to `stop` of a fixed random order."""
        return self._of(take_rows(self._batches, start, stop))

    def over(self, params: Tensor, batch: Batch) -> Tensor:
        """Return the loss over some data."""
        import torch

        vector: Any = params
        pieces = zip(self._shapes.items(), vector.split(self._sizes), strict=True)
        learned = self._objective.dense(
            {name: piece.view(shape) for (name, shape), piece in pieces}
        )
        self._objective.hook(learned)
        if self._loads:
            self._load(learned)
        state = {name: _copied(buffer, vector) for name, buffer in self._buffers.items()} | learned
        places = {place: tensor for name, tensor in state.items() for place in self._places[name]}
        # Until it returns, the module itself holds these tensors.
        with self._lock:
            call: Any = torch.func.functional_call
            return call(self._objective, places, (batch,), tie_weights=False)

    def _load(self, learned: dict[str, Tensor]) -> None:
        """Give the module the values of its parameters, for what it evaluates again."""
        try:
            self._objective.load(learned)
        except RuntimeError as error:  # since there are many at once
            raise InvalidValue(
                "module",
                "be evaluated once for its loss and gradient to be swept",
                got="one that is evaluated again for the gradient, as by torch.utils.checkpoint",
                repair="leave that out, or record each rate by itself, by descent.record.",
            ) from error

    def live(
        self,
        arithmetic: Arithmetic = USUAL,
        *,
        is_evaluating: bool = False,
        batch: Callable[[int], Batch] | None = None,
    ) -> LiveModule:
        """Return a copy of the module as it was given, to be trained on all data or on batches."""
        objective = self._untouched.copy(arithmetic.device, arithmetic.torch_dtype)
        if is_evaluating:
            objective.module.eval()
        batches = [one.map(arithmetic.convert) for one in self._batches]
        return LiveModule(objective, batches, batch and _converted(batch, arithmetic))

    def carrying(self, *, is_evaluating: bool = False) -> Value:
        """Return its value at a point, each evaluation leaving its state to the next."""
        return self.live(is_evaluating=is_evaluating).value


def _converted(batch: Callable[[int], Batch], arithmetic: Arithmetic) -> Callable[[int], Batch]:
    return lambda t: batch(t).map(arithmetic.convert)


def _copied(buffer: Tensor, params: Any) -> Tensor:
    """Return a copy of a buffer, since some layers write into theirs, as BatchNorm does.

    Real numbers are copied into what is made from the parameters, so that of many vectors of them
    at once each has a copy of its own; what counts calls is the same for all.
    """
    if buffer.is_sparse or not buffer.is_floating_point():
        return buffer.clone()
    return params.detach().new_empty(buffer.shape, dtype=buffer.dtype).copy_(buffer)
