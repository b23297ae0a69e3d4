"""A module, its data and a criterion, as they are given to the public functions."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidArgument, InvalidType
from descent.checks.random_states import kept_random_states
from descent.models.data import Batch, as_batch
from descent.models.loaders import LoaderBatches, batch_of, is_loader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from descent.models.objective import Objective

MOST_COMBINED = 4  # tensors of whole numbers of which every choice is tried


@dataclass(frozen=True, eq=False)
class Prepared:
    """An objective and the data that it takes.

    Attributes:
        objective: The copies of the module and the criterion.
        batches: All data: one batch, or those of a loader's first epoch.
        loader: Gives the batch of each step, where a loader was given.
        gradient: That of the loss over the first batch, shape (n,); None for what is no loss.
    """

    objective: Objective
    batches: list[Batch]
    loader: LoaderBatches | None
    gradient: NDArray[np.float64] | None


def prepared(module: Any, inputs: Any, targets: Any, criterion: Any) -> Prepared:
    """Return copies of a module, its data and a criterion that work together in float64.

    Whole numbers stay, as class labels and the rows of an Embedding do; where that fails, those
    become float64 that make it work.

    Raises:
        InvalidType: If one of them is of another kind.
        InvalidValue: If they do not work together, with the cause.
    """
    from descent.models.objective import Objective

    loader = _loader_of(inputs, targets)
    objective = Objective.of(module, criterion)
    batches = loader.first if loader else [_whole(inputs, targets)]
    parts: list[Any] = [part for part in (module, criterion) if hasattr(part, "parameters")]
    originals = [id(parameter) for part in parts for parameter in part.parameters()]
    places, gradient = _places_to_double(objective, batches[0], originals)
    batches = loader.double(places) if loader else [batches[0].with_double(places)]
    return Prepared(objective, batches, loader, gradient)


def _loader_of(inputs: Any, targets: Any) -> LoaderBatches | None:
    from torch.utils.data import DataLoader, Dataset, IterableDataset

    kinds: Any = (Dataset, DataLoader)
    if targets is not None:
        if isinstance(inputs, kinds):
            constraint = f"be left out with a {type(inputs).__name__}, which gives them"
            got, repair = f"a {type(targets).__name__}", "pass criterion=... by name."
            raise InvalidType("targets", constraint, targets, got=got, repair=repair)
        return None
    if isinstance(inputs, Dataset) and not isinstance(inputs, IterableDataset):
        return None
    return LoaderBatches(inputs) if is_loader(inputs) else None


def _whole(inputs: Any, targets: Any) -> Batch:
    """Return all data as one batch."""
    from torch import Generator
    from torch.utils.data import DataLoader, Dataset

    if not isinstance(inputs, Dataset):
        return as_batch(inputs, targets)
    rows: Any = inputs  # pyright: ignore[reportUnknownVariableType]
    with kept_random_states():
        return batch_of(next(iter(DataLoader(rows, len(rows), generator=Generator()))))


def _places_to_double(
    objective: Objective, batch: Batch, originals: Collection[int]
) -> tuple[tuple[int, ...], NDArray[np.float64] | None]:
    """Return which tensors of whole numbers the objective takes as float64, and its gradient."""
    from descent.models.diagnosis import check_is_loss, explained, predicts, progress
    from descent.models.live import kept_module

    failures: dict[tuple[int, ...], Exception] = {}
    for places in _choices(batch.whole_numbers()):
        try:
            gradient = objective.differentiate(batch.with_double(places), originals)
        except InvalidArgument:
            raise
        except Exception as error:
            failures[places] = error
            continue
        if gradient is None:
            check_is_loss(objective, batch.with_double(places))
        return places, gradient
    # Of the tries at which the module works, the one that changes least. Where it works at none,
    # it is the last that comes furthest: one in float64 fails by more than its kind of number.
    tries = [(batch.with_double(places), failures[places]) for places in sorted(failures, key=len)]
    working = (each for each in tries if predicts(objective, each[0]))
    tried, error = next(working, None) or max(
        reversed(tries), key=lambda each: progress(objective, each[0])
    )
    with kept_module(objective):
        raise explained(objective, tried, error) from error


def _choices(places: list[int]) -> Iterator[tuple[int, ...]]:
    """Return choices of `places`: none, all of them, then those in between."""
    yield ()
    if places:
        yield tuple(places)
    for size in range(1, len(places)) if len(places) <= MOST_COMBINED else ():
        yield from itertools.combinations(places, size)
