"""A loss that carries what is known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.arrays import Loss
    from descent.views.landscape import Window


@dataclass(frozen=True, eq=False)
class NamedLoss:
    """A loss that knows what its parameters are called and where a descent may start.

    Everything from ``source`` on is optional: what is not known is left out. A plain function
    serves wherever a NamedLoss does.

    Attributes:
        name: What it is called on the command line, such as "rosenbrock".
        names: One name per parameter.
        function: Maps params, shape (n,), to a scalar tensor.
        start: A start that shows the loss well.
        description: Its formula, for people.
        source: Where it comes from; "" where that is nowhere in particular.
        minimisers: All its global minimisers, each a tuple of n numbers; () where they are not
            known, or are infinitely many.
        minimum: Its value there; None where it is not known.
        window: A part of parameter space that shows it well, (low, high) for each parameter.
        hessian: Maps params, shape (n,), to the matrix of second derivatives there, shape
            (n, n), by a closed form. `descent.hessian` computes one for any loss.

    Example:
        >>> import descent
        >>> loss = descent.NamedLoss(
        ...     "cup", ("u",), lambda params: params[0] ** 4, (1.0,), "u⁴", minimisers=((0.0,),)
        ... )
        >>> run = descent.record(loss, loss.start, learning_rate=0.1, steps=2)
        >>> run.names, run.iterates[1].tolist()
        (('u',), [0.6])
    """

    name: str
    names: tuple[str, ...]
    function: Loss
    start: tuple[float, ...]
    description: str
    source: str = ""
    minimisers: tuple[tuple[float, ...], ...] = ()
    minimum: float | None = None
    window: Window | None = None
    hessian: Callable[[Any], NDArray[Any]] | None = None

    def __call__(self, params: Tensor, /) -> Tensor:
        """Return the loss at `params`, a scalar tensor."""
        return self.function(params)
