"""The test functions for descent, by name."""

from __future__ import annotations

import difflib
from typing import NoReturn

from descent.losses.classics import CLASSICS
from descent.losses.named import NamedLoss


class KnownLosses(dict[str, NamedLoss]):
    """Losses by name; who asks for another is told which there are."""

    def __missing__(self, name: object) -> NoReturn:
        near = difflib.get_close_matches(str(name), self, n=1, cutoff=0.5)
        hint = f": did you mean {near[0]}?" if near else "."
        raise KeyError(f"a loss must be one of {', '.join(self)}; got {name!r}{hint}")


LOSSES: dict[str, NamedLoss] = KnownLosses((loss.name, loss) for loss in CLASSICS)
"""The test functions by name, each a NamedLoss with formula, source, minimisers and Hessian.

Example:
    >>> import descent
    >>> descent.LOSSES["rosenbrock"].description
    '(1 − θ1)² + 100 (θ2 − θ1²)²'
    >>> for loss in descent.LOSSES.values():
    ...     print(loss.name, loss.minimum, len(loss.minimisers))
    parabola 0.0 1
    double_well -0.2537912372204689 1
    bowl 0.0 1
    ravine 0.0 1
    rosenbrock 0.0 1
    beale 0.0 1
    himmelblau 0.0 4
    saddle 0.0 2
    rastrigin 0.0 1
"""
