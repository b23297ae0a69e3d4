"""Many descents at once: one loss, one start, and a learning rate each.

The gradients of all runs are one call. The loss is written down once as tensor operations, by
`torch.func.vmap` of `torch.func.grad_and_value`, and only played back after that. Rows are kept for
a block of steps and looked at together, so that it costs little to know what every run did, and
memory does not grow with the number of steps. Runs that stopped are taken out of the batch.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks import check_loss, check_start, check_steps
from descent.names import default_names
from descent.sweeps import NEVER, Sweep
from descent.trajectory import CONVERGED_SHARE, classify

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from descent.arrays import Loss

    Gradients = Callable[[Tensor], tuple[Tensor, Tensor]]
    Progress = Callable[[int, int], None]

BLOCK = 16  # rows that are kept before they are looked at
MOST_AT_ONCE = 1 << 16  # larger batches leave the processor's cache and gain nothing
STILL_RUNNING = 0.5  # of a batch; when fewer are, the others are taken out
DOUBLE = 8


def sweep(
    loss: Loss,
    start: ArrayLike | Tensor,
    learning_rates: ArrayLike | Tensor,
    steps: int,
    *,
    groups: Sequence[int] | None = None,
    tolerance: float | None = None,
    names: Sequence[str] | None = None,
    memory_mb: float = 512,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Sweep:
    """Descend from `start` with each of many learning rates, in float64, all at once.

    Each run is plain gradient descent, θ^{t+1} = θ^t − η ∇loss(θ^t), as `record` takes it, and
    stops as `record` does, before the first row that is not finite.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor, by tensor operations that
            torch.func.vmap can do for many at once.
        start: Parameters θ^0 of all runs, shape (n,).
        learning_rates: Positive numbers of any shape S; with `groups`, of shape S + (groups,).
        steps: How many steps each run takes, at least 1.
        groups: For each parameter which of the last axis's rates it has, 0, 1, …, shape (n,).
        tolerance: A loss that counts as low enough, for `Sweep.steps_to_tolerance`.
        names: One name a parameter; by default the loss's own, else θ1, θ2, …
        memory_mb: About how many megabytes a batch of runs may take.
        device: Where torch computes, such as "cuda".
        progress: Called with how many run-steps are done and how many there are.

    Returns:
        A Sweep, its arrays of shape S.

    Raises:
        TypeError: If an argument is of the wrong kind.
        ValueError: If one is out of range, or the loss cannot be computed for many at once.

    Example:
        >>> import descent, numpy as np
        >>> found = descent.sweep(descent.LOSSES["bowl"], [2, 1], np.linspace(0.1, 0.4, 4), 50)
        >>> found.behaviours.tolist()
        ['converging', 'converging', 'converging', 'diverging']
    """
    names = names if names is not None else getattr(loss, "names", None)
    point = check_start(start, names)
    steps = check_steps(steps)
    first_loss, first_gradient = check_loss(loss, point)
    rates, shape, group_of = _checked_rates(learning_rates, groups, len(point))
    results = _Results(len(rates))
    with _one_thread():
        size = _batch_size(loss, point, memory_mb, device)
        for begin in range(0, len(rates), size):
            some = rates[begin : begin + size][:, group_of]
            runs = _Runs(loss, point, some, device, first_loss, tolerance)
            told = progress and _offset(progress, begin * steps, len(rates) * steps)
            runs.descend(steps, results, begin, told)
    share = CONVERGED_SHARE * float(np.hypot.reduce(first_gradient))
    codes = classify(
        first_loss,
        results.losses,
        results.gradient_norms <= share,
        results.turns,
        results.rows - 1,
        results.diverged,
    )
    return Sweep(
        learning_rates=rates.reshape(shape if groups is None else (*shape, rates.shape[1])),
        final_losses=results.losses.reshape(shape),
        steps_taken=(results.rows - 1).reshape(shape),
        steps_to_tolerance=results.reached.reshape(shape),
        behaviour_codes=codes.reshape(shape),
        diverged_codes=results.diverged.reshape(shape),
        start=point,
        groups=group_of[:0] if groups is None else group_of,
        names=default_names(len(point), names),
        first_loss=first_loss,
        steps=steps,
        tolerance=tolerance,
    )


def _checked_rates(
    learning_rates: Any, groups: Sequence[int] | None, parameters: int
) -> tuple[NDArray[np.float64], tuple[int, ...], NDArray[np.int64]]:
    """Return rates of shape (runs, groups), the sweep's shape, and each parameter's group."""
    if hasattr(learning_rates, "detach"):
        learning_rates = learning_rates.detach().cpu()
    try:
        rates = np.asarray(learning_rates)
    except (ValueError, TypeError):
        rates = np.asarray(None)
    if rates.dtype.kind not in "iuf":
        raise TypeError(f"learning_rates must consist of numbers; got {learning_rates!r}.")
    if rates.size == 0:
        raise ValueError("learning_rates must have at least one rate; got none.")
    wrong = rates[~(np.isfinite(rates) & (rates > 0))]
    if wrong.size:
        raise ValueError(f"learning_rates must be positive and finite; got {wrong.flat[0]}.")
    rates = rates.astype(np.float64)
    if groups is None:
        return rates.reshape(-1, 1), rates.shape, np.zeros(parameters, np.int64)
    group_of = np.array([operator.index(group) for group in groups], np.int64)
    count = rates.shape[-1] if rates.ndim else 0
    if len(group_of) != parameters or set(group_of.tolist()) != set(range(count)):
        raise ValueError(
            f"groups must give each of {parameters} parameters one of the {count} rates on the "
            f"last axis of learning_rates, and each rate a parameter; got {list(groups)}."
        )
    return rates.reshape(-1, count), rates.shape[:-1], group_of


@contextmanager
def _one_thread() -> Generator[None]:
    """Keep torch to one thread: for arrays as short as these, waiting for others takes longer."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _offset(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    return lambda done: progress(before + done, total)


def _gradients(loss: Loss, params: Tensor) -> Any:
    """Return what computes gradients (n, k) and losses (k,) of as many `params` (n, k) as these.

    Raises:
        ValueError: If the loss cannot be computed for many at once.
    """
    from torch.func import grad_and_value, vmap
    from torch.fx.experimental.proxy_tensor import make_fx

    try:
        return make_fx(vmap(grad_and_value(loss), in_dims=1, out_dims=(1, 0)))(params)
    except Exception as error:
        raise ValueError(
            "the loss must work for many parameters at once, by torch.func.vmap; got "
            f"{type(error).__name__}: {str(error).splitlines()[0]}: use tensor operations only, "
            "torch.where in place of if, and no .item()."
        ) from error


def _batch_size(loss: Loss, point: NDArray[np.float64], memory_mb: float, device: str) -> int:
    """Return how many runs fit into the memory at once.

    Raises:
        ValueError: If not even one does.
    """
    import torch

    params = torch.tensor(point, dtype=torch.float64, device=device)[:, None].repeat(1, 2)
    graph = _gradients(loss, params).graph
    kept = BLOCK * (2 * len(point) + 1)
    values = [node.meta.get("val", None) for node in graph.nodes]
    passing = sum(value.numel() for value in values if isinstance(value, torch.Tensor)) // 2
    bytes_a_run = DOUBLE * (2 * kept + passing)
    fitting = int(memory_mb * 1e6 // bytes_a_run)
    if fitting < 1:
        raise ValueError(
            f"memory_mb must be at least {bytes_a_run / 1e6:.3g} for one run of {len(point):,} "
            f"parameters; got {memory_mb:g}."
        )
    return min(fitting, MOST_AT_ONCE)


class _Results:
    """What is known of every run of a sweep."""

    def __init__(self, count: int) -> None:
        self.losses = np.empty(count)
        self.gradient_norms = np.empty(count)
        self.rows = np.zeros(count, np.int64)
        self.turns = np.zeros(count, np.int64)
        self.reached = np.full(count, NEVER)
        self.diverged = np.zeros(count, np.int64)


class _Block:
    """Some rows of all runs of a batch; a parameter's numbers of all runs lie side by side.

    Attributes:
        losses: Shape (rows, k).
        gradients: Shape (rows, n, k).
        sizes: The largest absolute value in each gradient, shape (rows, k).
        is_inside: Whether all parameters are finite, shape (rows, k).
    """

    def __init__(self, losses: Tensor, gradients: Tensor, params: Tensor) -> None:
        self.losses, self.gradients = losses, gradients
        # The largest is not finite if any is not.
        self.sizes = gradients.abs().amax(1)
        self.is_inside = params.abs().amax(1).isfinite()

    def kept(self) -> Tensor:
        """Return which rows come before the first that is not finite, shape (rows, k)."""
        finite = self.is_inside & self.losses.isfinite() & self.sizes.isfinite()
        return finite.cummin(0).values


class _Runs:
    """A batch of runs on their way.

    Attributes:
        places: Where in the results each of them belongs.
    """

    def __init__(
        self,
        loss: Loss,
        point: NDArray[np.float64],
        rates: NDArray[np.float64],
        device: str,
        first_loss: float,
        tolerance: float | None,
    ) -> None:
        import torch

        self._loss, self._first, self._tolerance = loss, first_loss, tolerance
        self._rates = torch.tensor(rates.T.copy(), dtype=torch.float64, device=device)
        start = torch.tensor(point, dtype=torch.float64, device=device)
        self._params = start[:, None].repeat(1, len(rates))
        self._directions = torch.zeros_like(self._params)
        self._running = torch.ones(len(rates), dtype=torch.bool, device=device)
        self.places = torch.arange(len(rates), device=device)

    def descend(
        self, steps: int, results: _Results, begin: int, tell: Callable[[int], None] | None
    ) -> None:
        """Take all steps, and fill in `results` from the place `begin` on."""
        import torch

        count = len(self.places)
        gradients = _gradients(self._loss, self._params)
        with torch.no_grad():
            for row in range(0, steps + 1, BLOCK):
                rows = min(BLOCK, steps + 1 - row)
                running = self._look_at(self._block(gradients, rows), row, results, begin)
                if tell is not None:
                    tell(count * min(row + rows, steps))
                if not running.any():
                    break
                if int(running.sum()) <= STILL_RUNNING * len(running):
                    self._keep(running)
                    gradients = _gradients(self._loss, self._params)
        if tell is not None:
            tell(count * steps)

    def _block(self, gradients: Gradients, rows: int) -> _Block:
        """Take `rows` steps, and return the rows that they were taken from."""
        import torch

        shape = (rows, *self._params.shape)
        params, slopes = self._params.new_empty(shape), self._params.new_empty(shape)
        losses = self._params.new_empty(rows, shape[-1])
        for row in range(rows):
            params[row] = self._params
            slopes[row], losses[row] = gradients(self._params)
            self._params = torch.addcmul(self._params, self._rates, slopes[row], value=-1)
        return _Block(losses, slopes, params)

    def _look_at(self, block: _Block, row: int, results: _Results, begin: int) -> Tensor:
        """Write down what the runs did in a block that begins at `row`; return which go on."""
        kept = block.kept() & self._running
        count = kept.sum(0)
        places = (self.places + begin).cpu().numpy()
        self._write_last(block, count, places, results)
        results.rows[places] += count.cpu().numpy()
        results.turns[places] += self._turns(block, kept).cpu().numpy()
        if self._tolerance is not None:
            hits = kept & (block.losses <= self._tolerance)
            first = row + hits.byte().argmax(0).cpu().numpy()
            is_first = hits.any(0).cpu().numpy() & (results.reached[places] == NEVER)
            results.reached[places[is_first]] = first[is_first]
        goes_on = count == len(block.losses)
        self._write_stops(block, count, self._running & ~goes_on, places, results)
        self._running &= goes_on
        return self._running

    def _write_last(
        self, block: _Block, count: Tensor, places: NDArray[np.int64], results: _Results
    ) -> None:
        """Write down the loss and the size of the gradient in every run's last row."""
        import torch

        moved = (count > 0).nonzero().squeeze(1)
        last = count[moved] - 1
        gradient, largest = block.gradients[last, :, moved], block.sizes[last, moved]
        # Scaled, since the square of a huge number overflows.
        scaled = gradient / torch.where(largest > 0, largest, 1.0)[:, None]
        norms = largest * scaled.square().sum(-1).sqrt()
        written = places[moved.cpu().numpy()]
        results.losses[written] = block.losses[last, moved].cpu().numpy()
        results.gradient_norms[written] = norms.cpu().numpy()

    def _turns(self, block: _Block, kept: Tensor) -> Tensor:
        """Count the rows whose gradient points against that of the row before, shape (k,)."""
        import torch

        scale = torch.where(block.sizes > 0, block.sizes, 1.0)
        directions = block.gradients / scale[:, None]
        against = torch.empty_like(kept)
        against[0] = (directions[0] * self._directions).sum(0) < 0
        against[1:] = (directions[1:] * directions[:-1]).sum(1) < 0
        self._directions = directions[-1]
        return (against & kept).sum(0)

    def _write_stops(
        self,
        block: _Block,
        count: Tensor,
        stops: Tensor,
        places: NDArray[np.int64],
        results: _Results,
    ) -> None:
        """Write down which of the runs that stop in this block diverged, as `record` has it."""
        stopped = stops.nonzero().squeeze(1)
        row = count[stopped]
        loss = block.losses[row, stopped]
        is_outside = ~block.is_inside[row, stopped] | ~loss.isfinite()
        diverged = (is_outside | (loss > self._first)).long()
        results.diverged[places[stopped.cpu().numpy()]] = diverged.cpu().numpy()

    def _keep(self, running: Tensor) -> None:
        """Take out of the batch all runs but those that are `running`."""
        self._params, self._rates = self._params[:, running], self._rates[:, running]
        self._directions, self.places = self._directions[:, running], self.places[running]
        self._running = self._running[running]
