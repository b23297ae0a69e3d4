"""``descent.watch``: record a training loop that is already there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar
from weakref import WeakSet

from descent.checks.arguments import MAX_STEPS
from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.numbers import check_whole
from descent.checks.texts import described
from descent.models.live import kept_module
from descent.models.modules import check_criterion, unwrapped
from descent.runs.keeping import Keeping, check_keeping
from descent.runs.watching.parameters import check_model, check_optimizers
from descent.runs.watching.recorder import LoopRecorder
from descent.runs.watching.trajectories import trajectory_of

if TYPE_CHECKING:
    from types import TracebackType

    from torch.nn import Module
    from torch.optim import Optimizer

    from descent.runs.trajectory import Trajectory

    FullLoss = tuple[Any, Any] | Callable[[], Any]

MEMORY_MB = 64.0  # that rows may take
Value = TypeVar("Value")
_WATCHED: WeakSet[Any] = WeakSet()  # the optimizers that are being watched


def watch(
    model: Module,
    optimizer: Optimizer | Sequence[Optimizer],
    *,
    full_loss: FullLoss | None = None,
    criterion: Callable[[Any, Any], Any] | None = None,
    full_loss_every: int = 1,
    every: int = 1,
    keep: str | Sequence[str] | None = None,
    memory_mb: float = MEMORY_MB,
) -> Watched:
    """Record a training loop that is already there, by three changed lines of it.

    Within ``with descent.watch(model, optimizer) as watched:``, the loop gives each loss to
    ``watched.loss``, which returns it; afterwards ``watched.trajectory`` is what PyTorch did. The
    loop's own results are the same, bit for bit: torch.optim's hooks tell of each step, and nothing
    is computed in its place.

    Row t of ``iterates`` is what step t began from, in the order of
    ``parameters_to_vector(model.parameters())`` without those that require no gradient or that no
    optimizer has; the last row is what the parameters are at the end of the block. Row t of
    ``gradients`` is the gradient that step t used: after clipping, accumulated over several
    backward passes, and without the scale of a GradScaler. Row t of ``losses`` is the loss of step
    t, or the mean of several, whose number is in ``loss_counts``; losses whose gradients were
    thrown away, as by a step that GradScaler skips, do not count, and such a step is no row. After
    the last step a loop computes no loss, so that the last row of both is nan.

    Of a step with a closure, loss and gradient are those of its first call. Optimizers that step
    after one another without a loss in between take one step together; those that did not step have
    rate 0 and gradient 0 in a row. If the loop raises an exception, ``trajectory`` is what was
    recorded before, and ``error`` says what it was. A loop that diverges is recorded up to its last
    finite row, as by `record`.

    What cannot be recorded ends the recording with a warning and not the loop: a parameter group
    that is added, a parameter that is thawed, a step without a loss, or more steps than a file may
    hold; ``error`` says it too. Rows are kept on the device of the parameters and fetched in
    blocks, so that the loop does not wait.

    Rows that would take more than `memory_mb` are thinned. Losses, rates and norms are those of
    every step all the same, but of the iterates at most 16 are kept exactly, in float32 and without
    gradients, evenly spread from the first to the last; every iterate is sketched, up to 4,096 of
    them, so that the path can be drawn. ``recorded_steps`` tells which were kept.

    Args:
        model: The module that is trained, compiled or not, on any device.
        optimizer: The torch.optim optimizer that trains it, or a list of several.
        full_loss: Data ``(x, y)``, over which ``criterion(model(x), y)`` is measured before steps
            and at the end, or a function that returns such a loss; without gradients, in the mode
            that the model is in, leaving random numbers and buffers as they were.
        criterion: For `full_loss` as data: maps predictions and targets to a loss.
        full_loss_every: At every how many steps it is measured; it also is at the end.
        every: At every how many steps the iterate and the gradient are kept; the last iterate is.
        keep: Which parameters are recorded, by their names in ``model.named_parameters()`` or what
            the run calls them, such as "W1"; in these * stands for any text: "fc2.*", or a list
            such as ["*.bias", "head.weight"]. Norms and the path are those of these parameters
            alone; ``left_out`` counts the others. A gradient of theirs that is not finite ends
            the recording all the same, as the loop has diverged.
        memory_mb: What iterates and gradients may take in the trajectory, in megabytes: 16 bytes a
            parameter and row. Exact iterates of a thinned run may take as much, but are at least 3.

    Returns:
        A context manager, to be used once.

    Raises:
        InvalidType: If an argument is of the wrong type, or the model is spread over processes.
        InvalidValue: If the optimizer has parameters of another model, or the model has none that
            are trained. Within the block: if an optimizer is watched already, a loss is not one
            number, or the first step is taken without one.

    Example:
        >>> import descent, torch
        >>> x = torch.linspace(-1, 1, 8).reshape(8, 1)
        >>> y, model = 3 * x + 1, torch.nn.Linear(1, 1)
        >>> _ = torch.nn.init.zeros_(model.weight), torch.nn.init.zeros_(model.bias)
        >>> optimizer, criterion = torch.optim.SGD(model.parameters(), lr=0.5), torch.nn.MSELoss()
        >>> with descent.watch(model, optimizer) as watched:
        ...     for _ in range(3):
        ...         optimizer.zero_grad()
        ...         watched.loss(criterion(model(x), y)).backward()
        ...         optimizer.step()
        >>> run = watched.trajectory
        >>> run.names, run.iterates.round(3).tolist()
        (('W1', 'b1'), [[0.0, 0.0], [1.286, 1.0], [2.02, 1.0], [2.44, 1.0]])
        >>> run.dtype, run.losses.round(3).tolist()
        ('float32', [4.857, 1.259, 0.411, nan])
    """
    check_model(model)
    optimizers = check_optimizers(optimizer)
    keeping = check_keeping(every, keep, memory_mb)
    measured_every = check_whole(full_loss_every, "full_loss_every", 1, MAX_STEPS)
    measured = _measured(model, full_loss, criterion)
    return Watched(model, optimizers, measured, measured_every, keeping)


class Watched:
    """A training loop that is being recorded; `watch` returns it.

    Example:
        >>> import descent, torch
        >>> model = torch.nn.Linear(2, 1)
        >>> optimizer = torch.optim.Adam(model.parameters())
        >>> with descent.watch(model, optimizer) as watched:
        ...     watched.loss(model(torch.ones(4, 2)).square().mean()).backward()
        ...     optimizer.step()
        >>> watched.trajectory.steps, watched.trajectory.optimizer
        (1, 'Adam')
    """

    def __init__(
        self,
        model: Module,
        optimizers: Sequence[Optimizer],
        full_loss: Callable[[], Any] | None,
        every: int,
        keeping: Keeping,
    ) -> None:
        self._every, self._measured, self._model = every, full_loss, model
        self._recorder = LoopRecorder(
            model, optimizers, self._full_loss, keeping, full_loss is not None
        )
        self._optimizers = list(optimizers)
        self._state, self._error = "new", ""
        self._trajectory: Trajectory | None = None

    def __enter__(self) -> Self:
        """Begin to record."""
        if self._state != "new":
            got = f"one that is {'being used' if self._state == 'begun' else 'used'}"
            repair = "call descent.watch again."
            raise InvalidValue("watch", "be used in one with statement", got=got, repair=repair)
        if any(one in _WATCHED for one in self._optimizers):
            got = f"{type(self._optimizers[0]).__name__} within another with statement"
            constraint = "be watched once at a time"
            raise InvalidValue("optimizer", constraint, self._optimizers, got=got)
        _WATCHED.update(self._optimizers)
        self._recorder.begin()
        self._state = "begun"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the recording, also after an exception, which is raised on."""
        for one in self._optimizers:
            _WATCHED.discard(one)
        self._recorder.end(has_failed=error is not None)
        self._state = "ended"
        self._error = self._recorder.stopped
        if isinstance(error, Exception) and not self._error:
            self._error = f"the loop failed: {described(error)}"

    def loss(self, value: Value) -> Value:
        """Take note of a loss that the next step follows, and return it.

        Args:
            value: The loss: a tensor of one number, before its backward pass.

        Returns:
            The same object.

        Raises:
            InvalidType: If it is not a tensor, nor a number.
            InvalidValue: If it is not one number.
        """
        if self._state == "begun" and not self._recorder.stopped:
            self._recorder.losses.note(value)
        return value

    @property
    def trajectory(self) -> Trajectory:
        """What was recorded; within the block, what was recorded so far.

        Raises:
            InvalidValue: If no step was taken, or the first loss or gradient was not finite.
        """
        if self._state != "ended":
            return trajectory_of(self._recorder, self._recorder.stopped)
        if self._trajectory is None:
            self._trajectory = trajectory_of(self._recorder, self._error)
        return self._trajectory

    def _full_loss(self, row: int, is_last: bool) -> Any:
        """Return the loss over given data if it is due in a row, else None."""
        if self._measured is None or (row % self._every and not is_last):
            return None
        import torch

        with kept_module(unwrapped(self._model)), torch.no_grad():
            value = self._measured()
        return value.detach() if isinstance(value, torch.Tensor) else value


def _measured(model: Any, full_loss: Any, criterion: Any) -> Callable[[], Any] | None:
    """Return a function that computes the loss over given data; None if there are none."""
    if full_loss is None or callable(full_loss):
        if criterion is not None:
            got = "no data" if full_loss is None else "a function"
            raise InvalidValue("full_loss", "be data (x, y) where there is a criterion", got=got)
        return full_loss
    if type(full_loss) not in (tuple, list) or len(full_loss) != 2:
        constraint = "be data (x, y), or a function that returns a loss"
        raise InvalidType("full_loss", constraint, got=type(full_loss).__name__)
    check_criterion(criterion)
    inputs, targets = full_loss
    args: Any = inputs if type(inputs) in (tuple,) else (inputs,)
    return lambda: criterion(unwrapped(model)(*args), targets)
