"""A network that tells points of a plane apart: what it answers anywhere on that plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.autograd import with_autograd
from descent.models.live import LiveModule
from descent.models.loss import ModelLoss

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.arrays import Loss


class Classifier:
    """A module that answers 0 or 1 for each point of a plane.

    Attributes:
        points: Those that it learns from, shape (rows, 2).
        labels: 0 or 1 for each of them, shape (rows,).
    """

    def __init__(
        self, module: LiveModule, points: NDArray[np.float64], labels: NDArray[np.int64]
    ) -> None:
        self._module, self.points, self.labels = module, points, labels

    @with_autograd
    def answers(
        self, params: NDArray[np.float64], points: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the probability that the module gives to class 1 at points.

        Args:
            params: Of the module, shape (n,).
            points: Shape (k, 2).

        Returns:
            Shape (k,).
        """
        import torch

        with torch.no_grad():
            self._module.move_to(params)
        outputs = self._module.predictions(torch.tensor(points))
        return _probability(self._module.criterion, outputs).numpy()


def classifier_of(loss: Loss) -> Classifier | None:
    """Return the classifier whose loss `loss` is; None if it is another one.

    It is one if `model_loss` made it of points with two coordinates each and of two classes, and of
    a criterion of PyTorch that compares probabilities or what they are made from.
    """
    found: Any = getattr(loss, "function", loss)  # of a NamedLoss
    if not (isinstance(found, ModelLoss) or hasattr(found, "live")):
        return None
    module: Any = found.live(is_evaluating=True)
    if not isinstance(module, LiveModule) or module.has_state or len(module.batches) != 1:
        return None
    (batch,) = module.batches
    if batch.kwargs or len(batch.args) != 1 or not _are_points(batch.args[0]):
        return None
    labels = _labels(module.criterion, batch.targets)
    if labels is None:
        return None
    return Classifier(module, batch.args[0].numpy(force=True), labels)


def _are_points(inputs: Any) -> bool:
    import torch

    is_tensor = isinstance(inputs, torch.Tensor) and inputs.is_floating_point()
    return is_tensor and inputs.ndim == 2 and inputs.shape[1] == 2


def _is_any(criterion: Any, *names: str) -> bool:
    """Return whether a criterion is one of PyTorch's, by the name of its class or function."""
    import torch

    functions = torch.nn.functional
    known = [getattr(torch.nn, name, None) for name in names]
    same = [getattr(functions, name, None) for name in names]
    return type(criterion) in known or any(criterion is one for one in same if one is not None)


BINARY = ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits")
PROBABLE = ("BCELoss", "binary_cross_entropy")
SEVERAL = ("CrossEntropyLoss", "cross_entropy")
LOGARITHMS = ("NLLLoss", "nll_loss")


def _labels(criterion: Any, targets: Any) -> NDArray[np.int64] | None:
    """Return the class of each row, 0 or 1; None if they are no two classes."""
    import torch

    if not isinstance(targets, torch.Tensor):
        return None
    is_flat = targets.ndim == 1 or (targets.ndim == 2 and targets.shape[1] == 1)
    is_whole = not targets.is_floating_point()
    fits = is_flat and _is_any(criterion, *BINARY, *PROBABLE)
    fits |= is_whole and targets.ndim == 1 and _is_any(criterion, *SEVERAL, *LOGARITHMS)
    values = targets.reshape(-1).numpy(force=True)
    if not fits or not np.isin(values, (0, 1)).all():
        return None
    return values.astype(np.int64)


def _probability(criterion: Any, outputs: Tensor) -> Tensor:
    """Return the probability of class 1 that outputs stand for, shape (k,)."""
    if _is_any(criterion, *BINARY):
        return outputs.reshape(-1).sigmoid()
    if _is_any(criterion, *PROBABLE):
        return outputs.reshape(-1)
    if _is_any(criterion, *LOGARITHMS):
        return outputs[:, 1].exp()
    return outputs.softmax(dim=1)[:, 1]
