"""Differentiating a loss twice: by kernels that can, and which of its operations cannot."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from descent.checks.autograd import recorded_nodes
from descent.checks.buffers import kept_state
from descent.checks.errors import InvalidValue
from descent.checks.numbers import listed
from descent.checks.threads import shared_by_threads
from descent.gradients.graph import operation_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.arrays import Loss

BY_OTHERS = "compute the same by operations that PyTorch differentiates twice."
BY_DENSE = "write into a dense matrix, as new_zeros(shape).index_put(places, numbers) does."
# Of operations, the names by which people call them.
SHORT = {
    "sparse_coo_tensor_with_dims_and_tensors": "sparse_coo_tensor",
    "sparse_compressed_tensor": "a compressed sparse tensor",
}
REPAIRS = {
    **dict.fromkeys(SHORT, BY_DENSE),
    "cdist": "take (a[:, None] - b[None, :]).norm(p, dim=-1) for the distances.",
    "embedding_bag": "take torch.nn.functional.embedding and its .sum, .mean or .amax.",
}


@contextmanager
def twice_differentiable() -> Generator[None]:
    """Compute by what can be differentiated twice, while a loss is evaluated.

    Fused kernels of attention and of recurrent layers have no second derivative, and neither has
    compiled code; the operations that they stand for have one.
    """
    import torch

    with torch.inference_mode(False), torch.enable_grad(), unfused():
        yield


@shared_by_threads
@contextmanager
def unfused() -> Generator[None]:
    """Compute by PyTorch's operations one by one, nothing fused and nothing compiled."""
    import torch
    from torch.nn import attention

    compiler: Any = torch.compiler
    kernels: Any = attention
    with ExitStack() as stack:
        stack.enter_context(kernels.sdpa_kernel(kernels.SDPBackend.MATH))
        stack.enter_context(torch.backends.cudnn.flags(enabled=False))
        # Without torch's compiler in memory nothing is compiled, and it takes seconds to load.
        if "torch._dynamo" in sys.modules:
            stack.enter_context(compiler.set_stance("force_eager"))
        yield


def _by_formula() -> Any:
    """Return a mode that computes by their formula functions whose second derivative is wrong.

    That of the fused kernel behind torch.nn.utils.parametrizations.weight_norm is.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    functions: Any = torch

    class ByFormula(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if func is functions._weight_norm:
                return _weight_norm(*args, **(kwargs or {}))
            return func(*args, **(kwargs or {}))

    def _weight_norm(v: Any, g: Any, dim: int = 0) -> Any:
        return v * (g / functions.norm_except_dim(v, 2, dim))

    return ByFormula()


def gradient_with_graph(loss: Loss, point: NDArray[np.float64]) -> tuple[Tensor, Tensor]:
    """Return the parameters and the gradient at `point`, which can be differentiated again.

    Raises:
        InvalidValue: If an operation of the loss cannot be differentiated twice.
    """
    import torch

    with kept_state(), twice_differentiable(), _by_formula(), differentiated_twice(loss, point):
        params = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        (gradient,) = torch.autograd.grad(loss(params), params, create_graph=True)
    return params, gradient


@contextmanager
def differentiated_twice(loss: Loss, point: NDArray[np.float64]) -> Generator[None]:
    """Turn PyTorch's failure to differentiate a loss twice into a sentence with its operation."""
    try:
        yield
    except RuntimeError as error:
        raise not_twice(operation_without(loss, point), point) from error


def not_twice(operation: str, point: NDArray[np.float64]) -> InvalidValue:
    """Return the refusal of a loss with an operation that PyTorch cannot differentiate twice."""
    return InvalidValue(
        "loss",
        f"have second derivatives at {listed(point)}",
        operation,
        got=f"{SHORT.get(operation, operation)}, which PyTorch cannot differentiate twice",
        repair=REPAIRS.get(operation, BY_OTHERS),
    )


def operation_without(loss: Loss, point: NDArray[np.float64]) -> str:
    """Return the name of the operation of `loss` that has no second derivative.

    The gradient is differentiated once more, and the last node that autograd begins with is the
    one that fails. It is told by the node of the loss whose derivative made it.
    """
    import torch

    with twice_differentiable():
        params = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        value = loss(params)
        makers = _Makers(value.grad_fn)
        try:
            (gradient,) = torch.autograd.grad(value, params, create_graph=True)
        except RuntimeError:
            return makers.current()
    begun: list[Any] = []
    for node in operations_of(gradient.grad_fn):
        node.register_prehook(_noting(node, begun))
    try:
        torch.autograd.grad(gradient, params, torch.ones_like(gradient), allow_unused=True)
    except RuntimeError:
        return makers.of(begun[-1]) if begun else makers.current()
    return makers.current()


class _Makers:
    """Which node of a loss made each node of its gradient."""

    def __init__(self, root: Any) -> None:
        self._begun: list[Any] = []
        self._made: dict[Any, Any] = {}
        self._spans: list[tuple[int, int, Any]] = []
        for node in operations_of(root):
            self._watch(node)

    def _watch(self, node: Any) -> None:
        import torch

        autograd: Any = torch.autograd
        starts: list[int] = []

        def begin(_: Any) -> None:
            self._begun.append(node)
            starts.append(autograd._get_sequence_nr())

        def end(inputs: Any, _: Any) -> None:
            self._spans.append((starts[-1], autograd._get_sequence_nr(), node))
            for one in inputs:
                if one is not None and one.grad_fn is not None:
                    self._made.setdefault(one.grad_fn, node)

        node.register_prehook(begin)
        node.register_hook(end)

    def current(self) -> str:
        """Return the name of the node that the first derivative came to last."""
        return operation_of(self._begun[-1]) if self._begun else "an operation"

    def of(self, node: Any) -> str:
        """Return the name of the node of the loss whose derivative made `node`."""
        if node in self._made:
            return operation_of(self._made[node])
        number = node._sequence_nr()
        inner = [one for first, last, one in self._spans if first <= number < last]
        return operation_of(inner[0] if inner else node)


def own_functions(loss: Loss, point: NDArray[np.float64]) -> list[Any]:
    """Return the classes of torch.autograd.Function in `loss`: their derivatives are in Python."""
    import torch

    with twice_differentiable():
        params = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        value = loss(params)
    nodes = operations_of(value.grad_fn)
    return list(dict.fromkeys(n._forward_cls for n in nodes if hasattr(n, "_forward_cls")))


def operations_of(root: Any) -> list[Any]:
    """Return all nodes of autograd from `root` back, but for the leaves."""
    return [node for node in recorded_nodes(root) if not hasattr(node, "variable")]


def _noting(node: Any, begun: list[Any]) -> Callable[[Any], None]:
    return lambda _: begun.append(node)
