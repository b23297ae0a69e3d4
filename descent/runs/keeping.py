"""Which rows and which parameters of a run are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from descent.checks.arguments import MAX_STEPS
from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.numbers import check_number, check_whole
from descent.checks.paths import MAX_FILE_BYTES, MAX_HEADER_BYTES
from descent.checks.texts import some_of, suggestion

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEGABYTE = 1_000_000
MOST_MB = (MAX_FILE_BYTES - MAX_HEADER_BYTES) // MEGABYTE  # that a file holds

Item = TypeVar("Item")


@dataclass(frozen=True)
class Keeping:
    """What is kept of a run.

    Attributes:
        every: At every how many steps the iterate and the gradient are kept.
        keep: Patterns of the names of parameters that are recorded; None for all.
        memory: Bytes that the rows may take.
    """

    every: int
    keep: tuple[str, ...] | None
    memory: float


def check_keeping(every: Any, keep: Any, memory_mb: Any) -> Keeping:
    """Return what is kept of a run, having checked what is asked for."""
    every = check_whole(every, "every", 1, MAX_STEPS)
    memory = check_number(memory_mb, "memory_mb")
    if not 0 < memory <= MOST_MB:
        constraint = f"be above 0 and at most {MOST_MB:,}, which a file holds"
        raise InvalidValue("memory_mb", constraint, memory_mb)
    if keep is None:
        return Keeping(every, None, memory * MEGABYTE)
    patterns: Any = (keep,) if isinstance(keep, str) else keep
    is_list = type(patterns) in (list, tuple) and len(patterns) > 0
    if not is_list or {*map(type, patterns)} != {str}:
        constraint = "be a name of parameters, such as 'fc.*', or a list of them"
        raise InvalidType("keep", constraint, keep)
    return Keeping(every, tuple(patterns), memory * MEGABYTE)


def matching(
    named: Mapping[str, Item],
    patterns: Sequence[str] | None,
    called: Mapping[str, str] | None = None,
) -> dict[str, Item]:
    """Return what has a name that one of some patterns matches, in its order.

    Args:
        named: What there is, by name.
        patterns: Names, in which * stands for any text, ? for any sign and [12] for any of these;
            None for all.
        called: What some of these are called besides, such as "W1" for "0.weight".

    Example:
        >>> from descent.runs.keeping import matching
        >>> matching({"fc.weight": 1, "fc.bias": 2, "head.bias": 3}, ["*.bias"])
        {'fc.bias': 2, 'head.bias': 3}
    """
    if patterns is None:
        return dict(named)
    names = {name: {name, (called or {}).get(name, name)} for name in named}
    for pattern in patterns:
        if not any(_matches(name, pattern) for own in names.values() for name in own):
            repair = suggestion(pattern, named)
            got = f"{pattern!r}, where there are {some_of(list(named))}"
            raise InvalidValue("keep", "name parameters", pattern, got=got, repair=repair)
    return {
        name: one
        for name, one in named.items()
        if any(_matches(each, pattern) for each in names[name] for pattern in patterns)
    }


def places_of_names(
    names: Sequence[str], patterns: Sequence[str] | None
) -> NDArray[np.int64] | None:
    """Return the places of the parameters that some patterns name; None for all.

    Args:
        names: The name of each parameter, such as "W1[0,1]".
        patterns: As of `matching`; those of tensors, such as "W1", name all their numbers.
    """
    if patterns is None:
        return None
    tensors = dict.fromkeys(name.partition("[")[0] for name in names)
    of_tensors = [one for one in patterns if any(_matches(name, one) for name in tensors)]
    of_numbers = [one for one in patterns if one not in of_tensors]
    for pattern in of_numbers:
        if not any(_matches(name, pattern) for name in names):
            matching(tensors, [pattern])
    whole = matching(tensors, of_tensors)
    kept = [
        name.partition("[")[0] in whole or any(_matches(name, one) for one in of_numbers)
        for name in names
    ]
    return np.flatnonzero(kept)


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)
