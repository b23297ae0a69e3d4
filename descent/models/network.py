"""The gradient of a network, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.arrays import read_only
from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue
from descent.checks.loss import check_result
from descent.models.data import mean_over
from descent.models.modules import check_module, linear_layers
from descent.models.preparation import prepared
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


@with_autograd
def network_gradient(
    module: Module, inputs: Any, targets: Any = None, criterion: Criterion | None = None
) -> NetworkGradient:
    """Return every weight and bias of the Linear layers with its partial derivative.

    ∂loss/∂w of loss = criterion(module(inputs), targets), for every number w in them, computed by
    torch.autograd on float64 copies, made as `model_loss` makes them; the module is not changed.

    Args:
        module: A network with at least one torch.nn.Linear.
        inputs: What it is given, in any form that `model_loss` takes.
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
    if not any(linear_layers(module)):
        raise InvalidValue("module", "have a torch.nn.Linear layer", module, got="none")
    given = prepared(module, inputs, targets, criterion)
    objective = given.objective.requires_grad_()
    layers = [layer for _, layer in linear_layers(objective.module)]
    used = _UsedTensors(layers)
    # Of a weight that is computed, as weight_norm does, one tensor is used throughout.
    with torch.nn.utils.parametrize.cached():
        loss = mean_over(objective, given.batches)
        check_result(loss)
        weights, biases = used.of_each_layer("weight"), used.of_each_layer("bias")
    return NetworkGradient(
        weights=tuple(map(_numbers, weights)),
        biases=tuple(map(_numbers, biases)),
        weight_gradients=tuple(_slopes(loss, weight) for weight in weights),
        bias_gradients=tuple(_slopes(loss, bias) for bias in biases),
        loss=float(loss.detach()),
    )


class _UsedTensors:
    """The weights and biases that layers compute with, which weight_norm and pruning replace."""

    def __init__(self, layers: Sequence[Module]) -> None:
        self._used: list[dict[str, list[Any]]] = [{"weight": [], "bias": []} for _ in layers]
        self._layers = layers
        for layer, used in zip(layers, self._used, strict=True):
            layer.register_forward_pre_hook(partial(self._note, used))

    def _note(self, used: dict[str, list[Any]], layer: Any, _: Any) -> None:
        for name, tensors in used.items():
            if all(tensor is not getattr(layer, name) for tensor in tensors):
                tensors.append(getattr(layer, name))

    def of_each_layer(self, name: str) -> list[list[Any]]:
        """Return the tensors of each layer; the layer's own where it was not called itself."""
        pairs = zip(self._layers, self._used, strict=True)
        return [used[name] or [getattr(layer, name)] for layer, used in pairs]


def _numbers(used: list[Any]) -> NDArray[np.float64]:
    return np.empty(0) if used[0] is None else used[0].detach().numpy()


def _slopes(loss: Any, used: list[Any]) -> NDArray[np.float64]:
    """Return the derivative of a loss by a tensor, added up over its appearances."""
    import torch

    if used[0] is None:
        return np.empty(0)
    found: Any = torch.autograd.grad(loss, used, retain_graph=True, allow_unused=True)
    slopes = [slope.numpy() for slope in found if slope is not None]
    if not slopes:
        got = "one that is not used"
        raise InvalidValue("loss", "depend on every Linear layer", got=got)
    return np.sum(slopes, 0)
