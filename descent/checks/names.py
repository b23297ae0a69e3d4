"""The names of many parameters in a short form: once for each tensor or each row of numbers."""

from __future__ import annotations

import bisect
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

FIRST = re.compile(r"(.*)\[(0(?:,0)*)\]", re.DOTALL)  # of a tensor
NUMBERED = re.compile(r"(.*?)(0|[1-9][0-9]*)", re.DOTALL)
VERY_MANY_NAMES = 100_000  # from which on they are not all spelled out
MOST_DIGITS = 18
OF_GROUP = " of group "
MOST_AXES = 32


def indexed(name: str, shape: Sequence[int]) -> Iterator[str]:
    """Yield a name for each number of a tensor: "W1[0,0]", "W1[0,1]" and so on, in order."""
    *rows, columns = shape
    ends = [f"{column}]" for column in range(columns)]
    for row in itertools.product(*map(range, rows)):
        start = f"{name}[{''.join(f'{place},' for place in row)}"
        for end in ends:
            yield start + end


def shortened(names: Sequence[str]) -> list[Any]:
    """Return names, where many follow from a few, in a form that `spelled_out` takes.

    Example:
        >>> from descent.checks.names import shortened
        >>> shortened(["W1[0,0]", "W1[0,1]", "b1", "x1", "x2", "x3"])
        [['W1', [1, 2]], 'b1', ['x', 1, 3]]
    """
    short: list[Any] = []
    place = 0
    while place < len(names):
        entry, count = _tensor(names, place) or _numbers(names, place) or (names[place], 1)
        short.append(entry)
        place += count
    return short


def _tensor(names: Sequence[str], place: int) -> tuple[Any, int] | None:
    """Return the tensor whose names begin at `place`, and their number."""
    found = FIRST.fullmatch(names[place])
    if found is None:
        return None
    name, end = found[1], place
    while end < len(names) and names[end].startswith(f"{name}["):
        end += 1
    last = names[end - 1][len(name) + 1 : -1].split(",")
    if not all(part.isdecimal() and len(part) < MOST_DIGITS for part in last):
        return None
    shape, count = [int(part) + 1 for part in last], end - place
    is_whole = math.prod(shape) == count and tuple(indexed(name, shape)) == tuple(names[place:end])
    return ([name, shape], count) if is_whole else None


def _numbers(names: Sequence[str], place: int) -> tuple[Any, int] | None:
    """Return the row of numbered names that begins at `place`, and their number."""
    found = NUMBERED.fullmatch(names[place])
    if found is None or len(found[2]) > MOST_DIGITS:
        return None
    name, first, count = found[1], int(found[2]), 1
    while place + count < len(names) and names[place + count] == f"{name}{first + count}":
        count += 1
    return ([name, first, count], count) if count > 1 else None


def spelled_out(short: Sequence[Any], most: int) -> tuple[str, ...]:
    """Return the names that `shortened` made short, which may be `most` at most.

    Raises:
        ValueError: If they are more, or `short` is not what `shortened` returns.
    """
    counts = [_count(entry) for entry in short]
    if sum(counts) > most:
        raise ValueError(f"it names {sum(counts):,} numbers, more than it can hold")
    return tuple(itertools.chain.from_iterable(map(_spelled, short)))


class ParameterNames(Sequence[str]):
    """The names of a million parameters, each spelled out when it is asked for.

    Args:
        short: Names in the form that `shortened` returns.

    Example:
        >>> from descent.checks.names import ParameterNames
        >>> names = ParameterNames([["W1", [128, 9216]], ["b1", [128]]])
        >>> len(names), names[-1], names[9217], names[:2]
        (1179776, 'b1[127]', 'W1[1,1]', ('W1[0,0]', 'W1[0,1]'))
    """

    def __init__(self, short: Iterable[Any]) -> None:
        self.short: list[Any] = list(short)
        self._ends = list(itertools.accumulate(map(_count, self.short)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...
    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        places = range(len(self))[place]
        return self._at(places) if isinstance(places, int) else tuple(map(self._at, places))

    def __iter__(self) -> Iterator[str]:
        return itertools.chain.from_iterable(map(_spelled, self.short))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ParameterNames):
            is_same = self.short == other.short
            return is_same or (len(self) == len(other) and all(map(str.__eq__, self, other)))
        return tuple(self) == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash((len(self), self[:1]))

    def __repr__(self) -> str:
        return f"ParameterNames({self.short!r})"

    def are_distinct(self) -> bool:
        """Return whether no two names are the same."""
        plain = [entry for entry in self.short if isinstance(entry, str)]
        tensors = [entry[0] for entry in self.short if len(entry) == 2 and type(entry) is not str]
        if len(plain) + len(tensors) == len(self.short):  # a tensor's names end with a bracket
            is_apart = not any(name.endswith("]") for name in plain)
            if is_apart and len({*plain}) == len(plain) and len({*tensors}) == len(tensors):
                return True
        return len(set(self)) == len(self)

    def texts(self) -> list[str]:
        """Return the texts that the names begin with."""
        return [entry if isinstance(entry, str) else entry[0] for entry in self.short]

    def _at(self, place: int) -> str:
        k = bisect.bisect_right(self._ends, place)
        entry, rest = self.short[k], place - (self._ends[k - 1] if k else 0)
        if isinstance(entry, str):
            return entry
        if len(entry) == 3:
            return f"{entry[0]}{entry[1] + rest}"
        indices: list[str] = []
        for size in reversed(entry[1]):
            rest, index = divmod(rest, size)
            indices.append(str(index))
        return f"{entry[0]}[{','.join(reversed(indices))}]"


def _count(entry: Any) -> int:
    """Return how many names follow from an entry."""
    match entry:
        case str():
            return 1
        case [str(), [_, *_] as shape] if len(shape) <= MOST_AXES and all(map(_is_size, shape)):
            return math.prod(shape)
        case [str(), int(first), count] if _is_size(first + 1) and _is_size(count):
            return count
        case _:
            raise ValueError("it holds names of an impossible form")


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 < value < 10**MOST_DIGITS


def _spelled(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        return iter([entry])
    if len(entry) == 2:
        return indexed(*entry)
    name, first, count = entry
    return (f"{name}{number}" for number in range(first, first + count))


def of_group(name: str, group: int) -> str:
    """Return what an option of one parameter group is called: "momentum of group 1"."""
    return f"{name}{OF_GROUP}{group}"


def is_rate_of_group(name: str) -> bool:
    """Return whether a name is that of the learning rate of one parameter group."""
    return name != "lr" and without_group(name) == "lr"


def without_group(name: str) -> str:
    """Return the option of an optimizer that `of_group` made a name of; another as it is."""
    return name.partition(OF_GROUP)[0]
