"""The gradient of a network, layer by layer."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.arrays import read_only
from descent.checks.errors import InvalidValue
from descent.checks.loss import check_result
from descent.checks.texts import described
from descent.models.modules import check_module, doubled, linear_layers
from descent.serialization import Saveable

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch.nn import Module

    from descent.models.modules import Criterion


@dataclass(frozen=True, eq=False)
class NetworkGradient(Saveable):
    """The Linear layers of a network with the partial derivative of every weight and bias.

    Attributes:
        weights: One array a layer, shape (outputs, inputs), as torch.nn.Linear keeps them.
        biases: One array a layer, shape (outputs,); (0,) for a layer without.
        weight_gradients: ∂loss/∂weight, of the weights' shapes.
        bias_gradients: ∂loss/∂bias, of the biases' shapes.
        loss: The loss at these parameters.

    Raises:
        InvalidValue: If a gradient has not its parameter's shape.

    Example:
        >>> import descent, torch
        >>> found = descent.network_gradient(
        ...     torch.nn.Linear(2, 1, bias=False), [[1.0, 0.0]], [[5.0]], torch.nn.MSELoss()
        ... )
        >>> [weight.shape for weight in found.weights], found.bias_gradients[0].shape
        ([(1, 2)], (0,))
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
        pairs = {"weight_gradients": self.weights, "bias_gradients": self.biases}
        for name, values in pairs.items():
            gradients = getattr(self, name)
            if [v.shape for v in values] != [g.shape for g in gradients]:
                shapes = f"{[g.shape for g in gradients]} for {[v.shape for v in values]}"
                raise InvalidValue(name, "have the shapes of its parameters", gradients, got=shapes)


def network_gradient(
    module: Module, inputs: Any, targets: Any, criterion: Criterion
) -> NetworkGradient:
    """Return every weight and bias of the Linear layers with its partial derivative.

    ∂loss/∂w of loss = criterion(module(inputs), targets), for every number w in them, computed by
    ``loss.backward()`` on a float64 copy; the module is not changed.

    Args:
        module: A network with at least one torch.nn.Linear.
        inputs: What it is given, shape (rows, …).
        targets: What the criterion compares its predictions with, likewise.
        criterion: Maps (predictions, targets) to a scalar tensor.

    Returns:
        A NetworkGradient, layers in the order of ``module.named_modules()``.

    Raises:
        InvalidType: If `module` is not a torch.nn.Module, the data are not numbers, or the
            criterion returns something other than a tensor.
        InvalidValue: If there is no Linear layer, the loss does not depend on one of them, or it
            fails or is not a scalar.

    Example:
        >>> import descent, torch
        >>> neuron = torch.nn.Linear(1, 1)
        >>> _ = torch.nn.init.zeros_(neuron.weight), torch.nn.init.ones_(neuron.bias)
        >>> found = descent.network_gradient(neuron, [[3.0]], [[0.0]], torch.nn.MSELoss())
        >>> found.loss, found.weight_gradients[0].tolist(), found.bias_gradients[0].tolist()
        (1.0, [[6.0]], [2.0])
    """
    import torch

    check_module(module)
    twin = copy.deepcopy(module).double().requires_grad_()
    layers = [layer for _, layer in linear_layers(twin)]
    if not layers:
        raise InvalidValue("module", "have a torch.nn.Linear layer", module, got="none")
    twin.zero_grad()
    given, wanted = doubled(inputs, "inputs"), doubled(targets, "targets")
    with torch.enable_grad():
        try:
            loss = criterion(twin(given), wanted)
        except Exception as error:
            raise InvalidValue(
                "module and criterion", "work on the data", error, got=described(error)
            ) from error
        check_result(loss)
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
        got = "one that is not used"
        raise InvalidValue("loss", "depend on every Linear layer", got=got)
    return parameter.grad.numpy()
