"""What each of autograd's nodes computed on the way forward.

Autograd's own nodes keep operations and edges but no results, so results are noted while a loss is
computed: by torch functions as they return, and below them, for what a composite function does
inside, by the sequence number that ties each kernel to its node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidValue
from descent.checks.texts import described
from descent.checks.watching import dispatch_mode

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ForwardValues:
    """What each of autograd's nodes computed, noted while a loss runs."""

    def __init__(self) -> None:
        """Begin with nothing noted."""
        self.values: dict[tuple[Any, int], NDArray[np.float64]] = {}
        self.kernels: dict[int, tuple[NDArray[np.float64], ...]] = {}

    def run(self, compute: Callable[[], Any]) -> Any:
        """Return what `compute` returns, having noted every result on the way."""
        try:
            with _function_mode(self), _kernel_mode(self):
                value = compute()
        except Exception as error:
            got = described(error)
            raise InvalidValue("loss", "work at the given point", error, got=got) from error
        self.see(value)
        return value

    def see(self, found: Any) -> None:
        """Note each tensor in `found` that autograd computed and that is new."""
        for item in _tensors(found):
            place = item.grad_fn, item.output_nr
            if item.grad_fn is not None and place not in self.values:
                # Copied now: a later in-place operation would change it.
                self.values[place] = to_array(item)

    def value(self, node: Any, output: int) -> NDArray[np.float64]:
        """Return what `node` computed as its output of that number."""
        if (node, output) in self.values:
            return self.values[node, output]
        shape = tuple(node._input_metadata[output].shape)
        kernel = self.kernels.get(node._sequence_nr(), ())
        if output < len(kernel) and kernel[output].shape == shape:
            return kernel[output]
        return np.full(shape, np.nan)


def _function_mode(noted: ForwardValues) -> Any:
    from torch.overrides import TorchFunctionMode

    class Mode(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            # Arguments too: results of custom autograd functions are first seen when used.
            noted.see(args)
            returned = func(*args, **(kwargs or {}))
            noted.see(returned)
            return returned

    return Mode()


def _kernel_mode(noted: ForwardValues) -> Any:
    class Mode(dispatch_mode()):
        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            # The node is made just before its kernel runs, and only the first one is its own.
            number = _next_sequence_number() - 1
            returned = func(*args, **(kwargs or {}))
            if number not in noted.kernels:
                noted.kernels[number] = tuple(to_array(item) for item in _tensors(returned))
            return returned

    return Mode()


def _next_sequence_number() -> int:
    import torch

    autograd: Any = torch.autograd
    return autograd._get_sequence_nr()


def _tensors(found: Any) -> Iterator[Any]:
    """Yield the tensors in what a torch function takes or returns."""
    import torch

    if isinstance(found, torch.Tensor):
        yield found
    elif type(found) in (tuple, list) or hasattr(found, "_fields"):
        for item in found:
            yield from _tensors(item)


def to_array(tensor: Any) -> NDArray[np.float64]:
    """Return a copy of a real tensor as an array."""
    if tensor.is_complex():
        got = str(tensor.dtype)
        raise InvalidValue("loss", "be computed from real numbers", tensor, got=got)
    return np.array(tensor.detach().to_dense().resolve_neg().cpu().numpy())
