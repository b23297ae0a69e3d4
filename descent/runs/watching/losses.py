"""Which losses a step used: those whose gradients it found, and no other.

Between two steps a loop may compute several losses, whose gradients add up. If the gradients are
emptied in between, as after a step that GradScaler skipped, the losses before do not count.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidType, InvalidValue
from descent.runs.watching.devices import is_elsewhere

if TYPE_CHECKING:
    from torch import Tensor

MUST = "be the loss of a step, a tensor of one number"


@dataclass(eq=False)
class NotedLoss:
    """A loss, and whether it was noted before the last step.

    Attributes:
        value: A number, or a copy of it on its device.
        is_old: Whether a step was taken since; it may yet begin a backward pass before the next.
    """

    value: Any
    is_old: bool = False


@dataclass(eq=False)
class BackwardPass:
    """The losses of one backward pass, and whether it found no gradients before it.

    Attributes:
        number: Autograd's number of the pass.
        is_first: Whether the gradients were empty; a tensor where only their device knows.
        losses: The losses that the pass began with.
    """

    number: int
    is_first: Any
    losses: list[NotedLoss] = field(default_factory=list[NotedLoss])


class StepLosses:
    """The losses since the last step, by the backward passes that they began.

    Args:
        are_empty: Returns whether no parameter has a gradient, as a truth value or as a tensor.
    """

    def __init__(self, are_empty: Callable[[], Any]) -> None:
        self._are_empty = are_empty
        self._passes: list[BackwardPass] = []
        self._waiting: list[NotedLoss] = []  # for their backward pass

    @property
    def is_empty(self) -> bool:
        """Whether no loss was noted, and none began a backward pass, since the last step."""
        return not self._passes and all(one.is_old for one in self._waiting)

    def note(self, loss: Any) -> None:
        """Take note of a loss, and of the backward pass that it will begin."""
        noted = NotedLoss(_copied(loss))
        self._waiting.append(noted)
        if getattr(loss, "requires_grad", False):
            loss.register_hook(functools.partial(self._begin_pass, noted))

    def take(self) -> list[BackwardPass]:
        """Return the losses that a step uses, by pass, and forget them.

        Those that began no backward pass count only if none did, as those that were detached.
        """
        found, waiting = self._passes, [one for one in self._waiting if not one.is_old]
        self._passes = []
        if not found:
            self._waiting = []
            return [BackwardPass(-1, True, waiting)] * bool(waiting)
        for one in waiting:
            one.is_old = True
        self._waiting = waiting
        return found

    def clear(self) -> None:
        """Forget all losses."""
        self._passes, self._waiting = [], []

    def _begin_pass(self, noted: NotedLoss, _: Any) -> None:
        import torch

        if noted not in self._waiting:
            return  # a second pass through the same graph, or one after the step
        self._waiting.remove(noted)
        autograd: Any = vars(torch)["_C"]
        number = autograd._current_graph_task_id()
        if not self._passes or self._passes[-1].number != number:
            is_first = self._are_empty() if self._passes else True
            self._passes.append(BackwardPass(number, is_first))
        self._passes[-1].losses.append(noted)


def are_empty(tensors: list[Any]) -> Any:
    """Return whether all gradients of some parameters are None or zero.

    On a device other than the CPU the answer stays there, so that nothing waits for it.
    """
    import torch

    gradients = [one.grad for one in tensors if one.grad is not None]
    gradients = [one.coalesce().values() if one.is_sparse else one for one in gradients]
    if not any(map(is_elsewhere, gradients)):
        return not any(bool(one.any()) for one in gradients)
    device = gradients[0].device
    return ~torch.stack([one.any().to(device) for one in gradients]).any()


def used(passes: list[BackwardPass]) -> list[float]:
    """Return the losses of the passes since the gradients were last empty."""
    begin = max((k for k, one in enumerate(passes) if bool(one.is_first)), default=0)
    return [float(noted.value) for one in passes[begin:] for noted in one.losses]


def _copied(loss: Any) -> float | Tensor:
    """Return the value of a loss: a number where it is on the CPU, else a copy on its device."""
    import torch

    if not isinstance(loss, torch.Tensor):
        if isinstance(loss, bool) or not hasattr(loss, "__float__"):
            raise InvalidType("loss", MUST, loss, got=type(loss).__name__)
        return float(loss)
    if loss.numel() != 1:
        got, repair = f"shape {tuple(loss.shape)}", "take its mean first."
        raise InvalidValue("loss", MUST, loss, got=got, repair=repair)
    value = loss.detach()
    return value.clone() if is_elsewhere(value) else value.item()
