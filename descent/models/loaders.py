"""Batches as a torch.utils.data.DataLoader, or anything that can be read again, gives them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.random_states import (
    kept_random_states,
    random_states,
    set_random_states,
)
from descent.models.data import Batch, as_batch, holds_tensors, is_mapping, is_sequence

if TYPE_CHECKING:
    import torch


class LoaderBatches:
    """The batches that a loader gives, epoch after epoch, each the same whenever it is asked for.

    An epoch is what the loader gives when it is read once. The first begins with the random states
    of this moment: the loader's own generator's, and those of torch, NumPy and Python. All are put
    back after each reading, so that an ordinary loop over the loader has the same batches.

    Attributes:
        first: The batches of the first epoch, which are all data.
    """

    def __init__(self, loader: Any) -> None:
        if hasattr(loader, "__next__"):
            constraint = "be batches that can be read again, as a DataLoader's can"
            got, repair = f"a {type(loader).__name__}", "make a list of it."
            raise InvalidType("inputs", constraint, loader, got=got, repair=repair)
        self._loader, self._generators = loader, _generators_of(loader)
        self._beginning = self._now = self._states()
        self._doubled: Collection[int] = ()
        self._begin = 0  # the number of the first step of the epoch that is kept
        self.first = self._batches = self._read()
        if not self.first:
            raise InvalidValue("inputs", "give batches of data", loader, got="none")

    def double(self, places: Collection[int]) -> list[Batch]:
        """Take the tensors at some places of each batch as float64, and return the first epoch."""
        self._doubled = places
        self.first = self._batches = [batch.with_double(places) for batch in self.first]
        return self.first

    def batch(self, t: int) -> Batch:
        """Return the batch of step `t`."""
        if t < self._begin:
            self._now, self._begin = self._beginning, 0
            self._batches = self._read()
        while t >= self._begin + len(self._batches):
            self._begin += len(self._batches)
            self._batches = self._read()
        return self._batches[t - self._begin]

    def _read(self) -> list[Batch]:
        """Read the next epoch."""
        with kept_random_states():
            kept, _ = self._states()
            own, states = self._now
            self._put(own)
            set_random_states(states)
            try:
                return [batch_of(item).with_double(self._doubled) for item in self._loader]
            finally:
                self._now = self._states()
                self._put(kept)

    def _states(self) -> tuple[list[Any], tuple[Any, ...]]:
        return [generator.get_state() for generator in self._generators], random_states()

    def _put(self, states: list[Any]) -> None:
        for generator, state in zip(self._generators, states, strict=True):
            generator.set_state(state)


def is_loader(inputs: Any) -> bool:
    """Return whether `inputs` are batches with their targets, one after the other."""
    if is_sequence(inputs):
        return len(inputs) > 0 and all(map(_is_batch, inputs))
    is_data = hasattr(inputs, "__array__") or isinstance(inputs, str | bytes)
    return hasattr(inputs, "__iter__") and not is_data and not is_mapping(inputs)


def _is_batch(item: Any) -> bool:
    return holds_tensors(tuple(item.values()) if is_mapping(item) else item)


def batch_of(item: Any) -> Batch:
    """Return what a loader gives as a batch.

    It is (inputs, targets), or (a, b, …, targets) where the module takes several arguments. A dict
    and a tensor alone have no targets.
    """
    if not is_sequence(item):
        return as_batch(item, None)
    if len(item) < 2:
        return as_batch(item[0] if item else item, None)
    return as_batch(item[0] if len(item) == 2 else tuple(item[:-1]), item[-1])


def _generators_of(loader: Any) -> list[torch.Generator]:
    """Return the generators that a DataLoader draws from."""
    import torch

    batched: Any = getattr(loader, "batch_sampler", None)
    owners = (loader, getattr(loader, "sampler", None), batched, getattr(batched, "sampler", None))
    found = [getattr(owner, "generator", None) for owner in owners]
    return list({id(one): one for one in found if isinstance(one, torch.Generator)}.values())
