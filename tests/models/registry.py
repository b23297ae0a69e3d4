"""Where models are registered: a new kind is one function with `entry` above it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

import descent


@dataclass(frozen=True)
class Model:
    """A module with its data, as `descent.model_loss` takes them."""

    module: nn.Module
    inputs: Any
    targets: Any
    criterion: Any
    batch_size: int | None = None

    def loss(self) -> tuple[Any, Any]:
        """Return what `descent.record` is given: the loss and the start."""
        parts = self.module, self.inputs, self.targets, self.criterion
        return descent.model_loss(*parts, batch_size=self.batch_size)[:2]


@dataclass(frozen=True)
class Function:
    """A loss of one vector of parameters, and where it starts."""

    function: Callable[[Any], Any]
    start: torch.Tensor

    def loss(self) -> tuple[Any, Any]:
        """Return what `descent.record` is given: the loss and the start."""
        return self.function, self.start


@dataclass(frozen=True)
class Entry:
    """One kind of model or loss.

    Attributes:
        build: Returns it, the same each time: torch's seed is set before.
        rate: A learning rate at which it can be descended.
        advised: Returns what the advice of a refused sweep leads to, of the same loss or, where
            the advice says so, of another.
        by_hand: Returns what a script makes of it where it does not run in float64 as it stands.
        quick: Whether it represents others in the default suite.
    """

    build: Callable[[], Model | Function]
    rate: float
    advised: Callable[[], Model | Function] | None
    by_hand: Callable[[], Model | Function]
    quick: bool

    def made(self) -> Model | Function:
        """Return a new one."""
        return seeded(self.build)

    def plain(self) -> Model | Function:
        """Return a new one as a plain loop in float64 needs it."""
        return seeded(self.by_hand)


ENTRIES: dict[str, Entry] = {}


def entry(
    rate: float = 0.05,
    *,
    advised: Callable[[], Model | Function] | None = None,
    by_hand: Callable[[], Model | Function] | None = None,
    quick: bool = False,
    name: str = "",
) -> Callable[[Any], Any]:
    """Register the function below, which builds a model or a loss, by its name."""

    def register(build: Any) -> Any:
        called = name or build.__name__
        assert called not in ENTRIES, f"{called} is registered twice"
        ENTRIES[called] = Entry(build, rate, advised, by_hand or build, quick)
        return build

    return register


def seeded(build: Callable[[], Any]) -> Any:
    """Return what `build` makes from a fixed state of torch's generator, which is put back."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build()


def function_of(module: nn.Module, loss_of: Callable[[nn.Module], Any]) -> Model:
    """Return a model whose loss needs the module alone: no data, no criterion of torch's."""
    return Model(_Whole(module, loss_of), torch.zeros(1), torch.zeros(1), lambda value, _: value)


class _Whole(nn.Module):
    def __init__(self, module: nn.Module, loss_of: Callable[[nn.Module], Any]) -> None:
        super().__init__()
        self.module, self.loss_of = module, loss_of

    def forward(self, _: Any) -> Any:
        return self.loss_of(self.module)
