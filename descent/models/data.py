"""The data that a module and a criterion are given: arguments, keyword arguments and targets."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidType, InvalidValue, OutsideDomain
from descent.models.copies import copied
from descent.models.precision import in_double

if TYPE_CHECKING:
    from torch import Tensor

PLAIN = (str, bool, int, float, complex, type(None))  # passed on unchanged among arguments


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows of data: ``criterion(module(*args, **kwargs), targets)`` is their loss.

    Attributes:
        args: The module's arguments: tensors, or lists, tuples and dicts of tensors.
        kwargs: Its keyword arguments, likewise.
        targets: What the criterion compares the predictions with, likewise; None for nothing.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    targets: Any

    def tensors(self) -> list[Tensor]:
        """Return all tensors, in order."""
        return [*_tensors_in((self.args, self.kwargs)), *_tensors_in(self.targets)]

    def map(self, change: Callable[[Tensor], Any]) -> Batch:
        """Return the same data with each tensor changed."""
        args, kwargs, targets = _mapped((self.args, self.kwargs, self.targets), change)
        return Batch(args, kwargs, targets)

    def count(self) -> int:
        """Return the number of rows by which a batch is weighed."""
        return next((len(one) for one in self.tensors() if one.ndim), 1)

    def take(self, rows: Tensor) -> Batch:
        """Return some of the rows of every tensor; single numbers belong to all rows."""
        return self.map(lambda tensor: tensor[rows] if tensor.ndim else tensor)

    def whole_numbers(self) -> list[int]:
        """Return the places, among all tensors, of those of whole numbers."""
        tensors = enumerate(self.tensors())
        return [k for k, one in tensors if not one.is_floating_point() and not one.is_complex()]

    def with_double(self, places: Collection[int]) -> Batch:
        """Return the same data with the tensors at some places, among all tensors, in float64."""
        if not places:
            return self
        number = itertools.count()
        return self.map(lambda tensor: tensor.double() if next(number) in places else tensor)


def mean_over(loss: Callable[[Batch], Any], batches: Sequence[Batch]) -> Any:
    """Return the mean of a loss over batches, each with the weight of its rows."""
    if len(batches) == 1:
        return loss(batches[0])
    counts = [batch.count() for batch in batches]
    return sum(n * loss(batch) for n, batch in zip(counts, batches, strict=True)) / sum(counts)


def is_mapping(values: Any) -> bool:
    """Return whether `values` is a dict or another mapping."""
    return isinstance(values, Mapping)


def is_sequence(values: Any) -> bool:
    """Return whether `values` is a list or tuple, though not a packed sequence."""
    from torch.nn.utils.rnn import PackedSequence

    return isinstance(values, list | tuple) and not isinstance(values, PackedSequence)


def as_batch(inputs: Any, targets: Any) -> Batch:
    """Return copies of data as tensors, in float64 unless they are whole numbers.

    A tuple or list that holds tensors is the module's arguments, a dict its keyword arguments;
    None and () are no argument; anything else is one. The tensors of an object, such as a graph,
    are copied as well.
    """
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    if is_mapping(inputs):
        kwargs = {str(name): _part(value, f"inputs[{name!r}]") for name, value in inputs.items()}
    elif holds_tensors(inputs):
        args = tuple(_part(value, f"inputs[{k}]") for k, value in enumerate(inputs))
    elif not (inputs is None or is_sequence(inputs) and not inputs):
        args = (_values(inputs, "inputs"),)
    return Batch(args, kwargs, None if targets is None else _values(targets, "targets"))


def holds_tensors(values: Any) -> bool:
    """Return whether `values` is a list or tuple with a tensor in it that is not one number.

    In a tuple an array counts as one; a list of arrays is numbers.
    """
    from torch import Tensor
    from torch.nn.utils.rnn import PackedSequence

    if not is_sequence(values):
        return False
    kinds = (Tensor, PackedSequence, np.ndarray)[: 2 + (type(values) is tuple)]
    return any(_is_data(item, kinds) or holds_tensors(item) for item in values)


def _is_data(item: Any, kinds: Any) -> bool:
    return isinstance(item, kinds) and getattr(item, "ndim", 1) > 0


def _part(value: Any, what: str) -> Any:
    """Return one of several arguments; what is no data, such as a flag, is passed on."""
    return value if isinstance(value, PLAIN) else _values(value, what)


def _values(values: Any, what: str) -> Any:
    from torch import Tensor, float64
    from torch.nn.utils.rnn import PackedSequence

    if isinstance(values, Tensor) and values.is_meta:
        raise InvalidValue(what, "hold numbers", values, got="a tensor on the meta device")
    if isinstance(values, Tensor | PackedSequence):
        return _mapped(values, in_double)
    if is_mapping(values):
        return {name: _part(value, f"{what}[{name!r}]") for name, value in values.items()}
    if hasattr(values, "__dict__") and not hasattr(values, "__array__"):
        return copied(values, None, float64)[0]
    if holds_tensors(values):
        return _like(values, [_part(value, f"{what}[{k}]") for k, value in enumerate(values)])
    return _numbers(values, what)


def _numbers(values: Any, what: str) -> Tensor:
    """Return numbers as a tensor; those of lists never pass through float32."""
    import torch

    try:
        array = np.array(values, order="C")
    except (TypeError, ValueError, RuntimeError):
        array = np.empty(0, object)
    if array.dtype.kind not in "biufc":
        raise InvalidType(what, "consist of numbers", values, got=_glimpse(values))
    exact = {"f": np.float64, "c": np.complex128}.get(array.dtype.kind)
    numbers: Any = array.astype(exact or array.dtype.newbyteorder("="), copy=False)
    return torch.as_tensor(numbers)


def _glimpse(values: Any) -> str:
    is_text = isinstance(values, PLAIN) or is_sequence(values)
    return " ".join(repr(values).split())[:60] if is_text else f"a {type(values).__name__}"


def _mapped(values: Any, change: Callable[[Tensor], Any]) -> Any:
    """Return nested tuples, lists and dicts with each tensor changed."""
    from torch import Tensor
    from torch.nn.utils.rnn import PackedSequence

    if isinstance(values, PackedSequence):
        return values._replace(data=change(values.data))
    if isinstance(values, Tensor):
        return change(values)
    if is_mapping(values):
        return {name: _mapped(value, change) for name, value in values.items()}
    if is_sequence(values):
        return _like(values, [_mapped(value, change) for value in values])
    return values


def _like(values: Any, items: list[Any]) -> Any:
    """Return `items` as the kind of list, tuple or named tuple that `values` is."""
    if hasattr(values, "_fields"):
        return type(values)(*items)
    return tuple(items) if isinstance(values, tuple) else items


def _tensors_in(values: Any) -> list[Tensor]:
    found: list[Tensor] = []
    _mapped(values, found.append)
    return found


def check_rows(batch: Batch) -> int:
    """Return the number of rows, having checked that all tensors have as many."""
    counts: list[int] = []
    for part in [(batch.args, batch.kwargs)] + [batch.targets] * (batch.targets is not None):
        counts += [len(tensor) for tensor in _tensors_in(part) if tensor.ndim] or [0]
    if len(set(counts)) > 1 or not counts[0]:
        constraint = "have as many rows as each other to be taken in batches"
        got = " and ".join(map(str, counts))
        raise InvalidValue("inputs and targets", constraint, counts, got=got)
    return counts[0]


@contextmanager
def told_of_data(batches: Sequence[Batch]) -> Generator[None]:
    """Where a loss has no finite value, name the first number of its data that is not finite.

    A module may take such numbers, as one that masks them does: by themselves they are no mistake.
    """
    try:
        yield
    except OutsideDomain as error:
        for number, batch in enumerate(batches):
            where = f" of batch {number:,}" if len(batches) > 1 else ""
            for what, part in (("inputs", (batch.args, batch.kwargs)), ("targets", batch.targets)):
                for tensor in _tensors_in(part):
                    _check_finite(what, tensor, where, error)
        raise


def _check_finite(what: str, tensor: Tensor, where: str, error: Exception) -> None:
    from torch import strided

    if tensor.layout != strided:
        return
    wrong = (~tensor.isfinite()).nonzero()
    if len(wrong):
        place: tuple[int, ...] = tuple(int(index) for index in wrong[0])
        row = f" in row {place[0]:,}{where}" if place else ""
        repair = "leave such rows out." if place else ""
        raise InvalidValue(
            what, "be finite", got=f"{tensor[place].item()}{row}", repair=repair
        ) from error
