"""Any torch.nn.Module with its data, as a loss of one vector of parameters."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.arrays import read_only
from descent.checks import check_loss
from descent.files import Saveable

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor
    from torch.nn import Module, Parameter

    from descent.arrays import Loss

Criterion = Callable[[Any, Any], Any]


def model_loss(
    module: Module, inputs: Any, targets: Any, criterion: Criterion
) -> tuple[Loss, NDArray[np.float64], tuple[str, ...]]:
    """Return ``(loss, start, names)`` for a module, ready for `record`.

    The module itself is never changed: the loss works on a float64 copy of it. Floating inputs,
    targets and buffers become float64 too; whole numbers, such as class labels, stay. Parameters
    that require no gradient are held where they are.

    Args:
        module: Maps inputs to predictions.
        inputs: What the module is given: a tensor, or anything torch.as_tensor takes.
        targets: What the criterion compares the predictions with, likewise.
        criterion: Maps (predictions, targets) to a scalar tensor, as torch.nn.MSELoss() does.

    Returns:
        The loss of a vector of shape (n,); the module's present parameters, shape (n,); and
        their names: "W2[0,1]" and "b2[0]" for the second Linear layer ("W1" and "b1" where it has
        one weight and one bias), else torch's name with an index.

    Raises:
        ValueError: If the module has no parameter to learn, or its loss is no finite scalar.
    """
    import torch

    twin = copy.deepcopy(module).double()
    learned = {name: p for name, p in twin.named_parameters() if p.requires_grad}
    if not learned:
        raise ValueError("the module must have parameters that require a gradient; got none.")
    buffers = {name: buffer.detach() for name, buffer in twin.named_buffers()}
    given, wanted = _doubled(inputs), _doubled(targets)

    def loss(params: Tensor) -> Tensor:
        vector: Any = params
        pieces = vector.split([p.numel() for p in learned.values()])
        shaped = {n: s.view(p.shape) for (n, p), s in zip(learned.items(), pieces, strict=True)}
        # Clones, since some layers write into their buffers (BatchNorm counts its batches).
        state = {**{n: b.clone() for n, b in buffers.items()}, **shaped}
        predictions = torch.func.functional_call(twin, state, (given,))
        return criterion(predictions, wanted)

    start = torch.cat([p.detach().reshape(-1) for p in learned.values()]).numpy().copy()
    check_loss(loss, start)
    names = parameter_names(twin)
    return loss, start, tuple(name for key in learned for name in names[key])


def parameter_names(module: Module) -> dict[str, tuple[str, ...]]:
    """Return, for each parameter by torch's name, a name for each of its numbers.

    The k-th Linear layer's are "Wk[i,j]" and "bk[i]", or plain "Wk" and "bk" where there is only
    one number; others keep torch's name, as in "0.weight[1,2]".
    """
    short: dict[str, str] = {}
    for number, (path, _) in enumerate(_linear_layers(module), start=1):
        prefix = f"{path}." if path else ""
        short |= {f"{prefix}weight": f"W{number}", f"{prefix}bias": f"b{number}"}
    return {
        name: _indexed(short.get(name, name), parameter)
        for name, parameter in module.named_parameters()
    }


def _indexed(name: str, parameter: Parameter) -> tuple[str, ...]:
    if math.prod(parameter.shape) == 1:
        return (name,)
    places = itertools.product(*(range(size) for size in parameter.shape))
    return tuple(f"{name}[{','.join(map(str, place))}]" for place in places)


def _linear_layers(module: Module) -> Iterator[tuple[str, Any]]:
    from torch.nn import Linear

    anything: Any = module
    return ((path, m) for path, m in anything.named_modules() if isinstance(m, Linear))


def _doubled(values: Any) -> Any:
    import torch

    tensor = torch.as_tensor(values)
    return tensor.detach().double() if tensor.is_floating_point() else tensor.detach()


@dataclass(frozen=True, eq=False)
class NetworkGradient(Saveable):
    """The Linear layers of a network with the partial derivative of every weight and bias.

    Attributes:
        weights: One array a layer, shape (outputs, inputs), as torch.nn.Linear keeps them.
        biases: One array a layer, shape (outputs,); (0,) for a layer without.
        weight_gradients: ∂loss/∂weight, of the weights' shapes.
        bias_gradients: ∂loss/∂bias, of the biases' shapes.
        loss: The loss at these parameters.
    """

    weights: tuple[NDArray[np.float64], ...]
    biases: tuple[NDArray[np.float64], ...]
    weight_gradients: tuple[NDArray[np.float64], ...]
    bias_gradients: tuple[NDArray[np.float64], ...]
    loss: float

    def __post_init__(self) -> None:
        """Freeze the arrays and check that gradients match parameters."""
        for name in ("weights", "biases", "weight_gradients", "bias_gradients"):
            object.__setattr__(self, name, tuple(read_only(array) for array in getattr(self, name)))
        pairs = ((self.weights, self.weight_gradients), (self.biases, self.bias_gradients))
        for values, gradients in pairs:
            if [v.shape for v in values] != [g.shape for g in gradients]:
                raise ValueError("each gradient must have its parameter's shape; got others.")


def network_gradient(
    module: Module, inputs: Any, targets: Any, criterion: Criterion
) -> NetworkGradient:
    """Return every weight and bias of the Linear layers with its partial derivative.

    Computed by ``loss.backward()`` on a float64 copy; the module is not changed.

    Args:
        module: A network with at least one torch.nn.Linear.
        inputs: What it is given.
        targets: What the criterion compares its predictions with.
        criterion: Maps (predictions, targets) to a scalar tensor.

    Returns:
        A NetworkGradient, layers in the order of ``module.named_modules()``.

    Raises:
        ValueError: If there is no Linear layer, or the loss does not depend on one of them.
    """
    import torch

    twin = copy.deepcopy(module).double().requires_grad_()
    layers = [layer for _, layer in _linear_layers(twin)]
    if not layers:
        raise ValueError("the module must have a torch.nn.Linear layer; got none.")
    twin.zero_grad()
    with torch.enable_grad():
        loss = criterion(twin(_doubled(inputs)), _doubled(targets))
        loss.backward()
    return NetworkGradient(
        weights=tuple(_numbers(layer.weight) for layer in layers),
        biases=tuple(_numbers(layer.bias) for layer in layers),
        weight_gradients=tuple(_slopes(layer.weight) for layer in layers),
        bias_gradients=tuple(_slopes(layer.bias) for layer in layers),
        loss=float(loss.detach()),
    )


def _numbers(parameter: Any) -> NDArray[np.float64]:
    return np.empty(0) if parameter is None else parameter.detach().numpy()


def _slopes(parameter: Any) -> NDArray[np.float64]:
    if parameter is None:
        return np.empty(0)
    if parameter.grad is None:
        raise ValueError("the loss must depend on every Linear layer; got one that is not used.")
    return parameter.grad.numpy()
