"""What the hooks of the optimizers tell, step by step, as rows."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from descent.checks.arguments import MAX_STEPS
from descent.checks.errors import InvalidValue
from descent.runs.keeping import Keeping
from descent.runs.watching.layout import Layout
from descent.runs.watching.losses import StepLosses, are_empty
from descent.runs.watching.optimizers import WatchedOptimizer
from descent.runs.watching.parameters import (
    WatchedParameters,
    are_finite,
    are_plain,
    flat,
    flat_gradients,
    gradient_size,
)
from descent.runs.watching.rows import Part, Row, RowStore, fetched

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module
    from torch.optim import Optimizer
    from torch.utils.hooks import RemovableHandle

FORGOTTEN = "watched.loss(loss).backward() in place of loss.backward()."


class LoopRecorder:
    """Makes a row of each step, which begins at its parameters and uses losses and gradients.

    Optimizers that take their steps after one another, without a loss in between, take one step.

    Attributes:
        params: The parameters.
        optimizers: The optimizers.
        layout: Where their numbers are in the vectors of a row.
        losses: The losses since the last step.
        store: The rows so far.
        stopped: Why the recording ended before the loop; "" if it did not.
        last: The parameters where the recording ended, as `flat` returns them.
        last_full_loss: The loss over given data there.
        has_finite_rest: Whether the parameters that are not recorded are finite there.

    Args:
        model: The model.
        optimizers: Its optimizers.
        full_loss: Returns the loss over given data at some rows, else None.
        keeping: Which rows and parameters are kept.
        has_full_loss: Whether that is ever measured.
    """

    def __init__(
        self,
        model: Module,
        optimizers: Sequence[Optimizer],
        full_loss: Callable[[int, bool], Any],
        keeping: Keeping,
        has_full_loss: bool,
    ) -> None:
        self.params = WatchedParameters(model, optimizers, keeping.keep)
        self.optimizers = [WatchedOptimizer(one, self.params) for one in optimizers]
        self.losses = StepLosses(functools.partial(are_empty, self.params.trained))
        self.stopped, self.last, self.last_full_loss = "", list["Tensor"](), None
        self.has_finite_rest: Any = True
        self._full_loss = full_loss
        self.layout = Layout(self.params, self.optimizers)
        # The products of some parameters' parts tell nothing of the loss.
        has_products = has_full_loss and not self.params.left_out
        self.store = RowStore(self.layout, keeping.every, keeping.memory, has_products)
        self._row: Row | None = None  # which further optimizers may yet join
        self._part: Part | None = None  # of the step that is being taken
        self._nested = 0
        self._handles: list[RemovableHandle] = []

    def begin(self) -> None:
        """Let the optimizers tell of their steps."""
        for k, one in enumerate(self.optimizers):
            before: Any = functools.partial(self._before_step, k)
            after: Any = functools.partial(self._after_step, k)
            self._handles.append(one.optimizer.register_step_pre_hook(before))
            self._handles.append(one.optimizer.register_step_post_hook(after))

    def end(self, *, has_failed: bool) -> None:
        """Take no further steps; the last row is of the parameters as they are.

        Where a step failed halfway, it is of those from which it began.
        """
        if not self._handles:
            return
        self._remove_hooks()
        is_halfway = self._row is not None and not self._row.parts
        self.last = self._row.iterate if self._row and is_halfway else flat(self.params.tensors)
        rest = [one for optimizer in self.optimizers for one in optimizer.rest]
        self.has_finite_rest = is_halfway or are_finite(rest)
        self._close_row()
        if not has_failed:
            self.last_full_loss = self._full_loss(self.store.count, True)

    def steps(self) -> tuple[list[Row], list[Tensor], Any]:
        """Return the rows of the steps so far, and parameters and loss over all data at the end.

        A step that a further optimizer may yet join is none so far where rows are measured.
        """
        rows = self.store.rows()
        if not self._handles:
            return rows, self.last, self.last_full_loss
        if self._row is None or not self._row.parts:
            return rows, flat(self.params.tensors), None
        if self.store.meter is not None:
            return rows, self._row.iterate, self._row.full_loss
        return rows + fetched(self._row), flat(self.params.tensors), None

    @property
    def is_over(self) -> bool:
        """Whether no further step is recorded."""
        return not self._handles

    def _before_step(self, k: int, optimizer: Any, args: Any, kwargs: Any) -> Any:
        """Begin a row, or join the one that another optimizer began."""
        if self._part is not None and self._part.optimizer == k and _is_nested(optimizer):
            self._nested += 1
            return None
        self._nested, self._part = 0, None
        why = self._why_no_further()
        if why:
            self._stop(why)
            return None
        closure, replaced = _closure_of(args, kwargs)
        row, one = self._row_for(k), self.optimizers[k]
        if not closure and not self._has_loss(row):
            return None
        # GradScaler leaves both to a fused optimizer.
        scale = getattr(optimizer, "grad_scale", None)
        skipped = getattr(optimizer, "found_inf", None)
        part = Part(k, None, one.rates(), one.snapshots.now(), skipped)
        self._part = part
        if closure:
            return replaced(self._first_evaluation(closure, row, part))
        self._note_gradient(part, scale)
        return None

    def _first_evaluation(self, closure: Any, row: Row, part: Part) -> Any:
        """Return the closure, after whose first call the row gets its losses and gradients."""

        @functools.wraps(closure)
        def evaluated() -> Any:
            value = closure()
            if part.gradient is None:
                self._note_closure(row, part)
            return value

        return evaluated

    def _note_closure(self, row: Row, part: Part) -> None:
        row.passes += self.losses.take()
        self._note_gradient(part, None)

    def _note_gradient(self, part: Part, scale: Any) -> None:
        """Copy the gradient that a step uses, or only its length where no more is kept."""
        optimizer = self.optimizers[part.optimizer]
        part.has_finite_rest = are_finite([one.grad for one in optimizer.rest])
        tensors = optimizer.tensors
        if self.store.keeps_sizes_alone and scale is None and are_plain(tensors):
            part.size, part.gradient = gradient_size(tensors), []
        else:
            part.gradient = flat_gradients(tensors, scale)

    def _after_step(self, k: int, optimizer: Any, args: Any, kwargs: Any) -> None:
        """Count the step as taken."""
        if self._nested:
            self._nested -= 1
            return
        part, row = self._part, self._row
        if part is None or row is None:
            return
        if part.gradient is None:  # the closure was never called
            self._note_closure(row, part)
        if not self._has_loss(row):
            return
        row.parts.append(part)
        self._part = None
        if _closure_of(args, kwargs)[0]:
            self.losses.clear()

    def _row_for(self, k: int) -> Row:
        """Return the row of a step of optimizer `k`, a new one unless it joins the last."""
        row = self._row
        is_joined = row is not None and self.losses.is_empty
        if row is not None and is_joined and k not in [part.optimizer for part in row.parts]:
            if row.parts:
                return row
        self._close_row()
        full_loss = self._full_loss(self.store.count, False)
        self._row = Row(flat(self.params.tensors), self.losses.take(), full_loss)
        return self._row

    def _close_row(self) -> None:
        if self._row is not None and self._row.parts:
            self.store.add(self._row)
        self._row = None

    def _has_loss(self, row: Row) -> bool:
        """Return whether a step has a loss; end the recording if not, at the first by an error."""
        if row.passes:
            return True
        if self.store.count:
            self._stop(f"no loss was given for step {self.store.count}")
            return False
        self._remove_hooks()
        self._row = None
        raise InvalidValue("loss", "be given to watched.loss", got="none", repair=FORGOTTEN)

    def _why_no_further(self) -> str:
        """Return why the next step cannot be recorded; "" if it can."""
        if any(one.has_grown() for one in self.optimizers):
            return "the optimizer was given further parameters"
        if self.params.is_joined():
            return "a parameter that was frozen is trained"
        steps = self.store.count + bool(self._row and self._row.parts)
        return f"a file holds {MAX_STEPS:,} steps" if steps >= MAX_STEPS else ""

    def _stop(self, why: str) -> None:
        """End the recording, and say so; the loop goes on."""
        self.end(has_failed=True)
        steps = self.store.count
        self.stopped = f"watching ended after {steps} step{'s' * (steps != 1)}: {why}"
        warnings.warn(f"{self.stopped}.", RuntimeWarning, stacklevel=5)

    def _remove_hooks(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles = []


def _closure_of(args: Any, kwargs: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Return the closure that a step is given, and what puts another in its place."""
    if callable(kwargs.get("closure")):
        return kwargs["closure"], lambda other: (args, {**kwargs, "closure": other})
    if len(args) > 1 and callable(args[1]):
        return args[1], lambda other: ((args[0], other, *args[2:]), kwargs)
    return None, lambda other: (args, kwargs)


def _is_nested(optimizer: Any) -> bool:
    """Return whether a step of an optimizer is being taken within a step of the same optimizer.

    Where ``step`` calls ``super().step``, torch calls the hooks for both if an optimizer of the
    super class was ever made, else for one.
    """
    count, frame = 0, inspect.currentframe()
    while frame is not None:
        is_step = "profile_hook_step" in frame.f_code.co_qualname
        count += is_step and frame.f_locals.get("self") is optimizer
        frame = frame.f_back
    return count > 1
