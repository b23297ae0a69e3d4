"""The test functions that descents are shown on, each with what is known of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from descent.checks.numbers import check_start
from descent.checks.texts import suggestion
from descent.losses.named import NamedLoss

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    Matrix = NDArray[np.float64]


def constant_hessian(rows: Any, names: tuple[str, ...]) -> Callable[[Any], NDArray[np.float64]]:
    """Return the Hessian of a quadratic: the same matrix at every point that has these `names`."""
    matrix = np.array(rows, dtype=np.float64)

    def hessian(at: Any) -> NDArray[np.float64]:
        check_start(at, names)
        return matrix.copy()

    return hessian


def _parabola(params: Tensor) -> Tensor:
    return params[0] ** 2


def _double_well(params: Tensor) -> Tensor:
    return (params[0] ** 2 - 1) ** 2 + params[0] / 4


def _double_well_hessian(at: Any) -> Matrix:
    (x,) = check_start(at, _SINGLE)
    return np.array([[12 * x**2 - 4]])


def _bowl(params: Tensor) -> Tensor:
    return params[0] ** 2 + 3 * params[1] ** 2


def _ravine(params: Tensor) -> Tensor:
    return params[0] ** 2 + 25 * params[1] ** 2


def _rosenbrock(params: Tensor) -> Tensor:
    return (1 - params[0]) ** 2 + 100 * (params[1] - params[0] ** 2) ** 2


def _rosenbrock_hessian(at: Any) -> Matrix:
    x, y = check_start(at, _PAIR)
    return np.array([[2 + 1200 * x**2 - 400 * y, -400 * x], [-400 * x, 200]])


def _beale(params: Tensor) -> Tensor:
    x, y = params[0], params[1]
    misses = (1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3)
    return misses[0] ** 2 + misses[1] ** 2 + misses[2] ** 2


def _beale_hessian(at: Any) -> Matrix:
    x, y = check_start(at, _PAIR)
    matrix = np.zeros((2, 2))
    for power, offset in enumerate((1.5, 2.25, 2.625), start=1):
        miss, slope = offset - x + x * y**power, power * y ** (power - 1)
        bend = power * (power - 1) * x * y ** max(power - 2, 0)
        gradient = np.array([y**power - 1, x * slope])
        # Of a squared miss m², the Hessian is 2 (∇m ∇mᵀ + m ∇²m).
        matrix += 2 * np.outer(gradient, gradient)
        matrix += 2 * miss * np.array([[0, slope], [slope, bend]])
    return matrix


def _himmelblau(params: Tensor) -> Tensor:
    return (params[0] ** 2 + params[1] - 11) ** 2 + (params[0] + params[1] ** 2 - 7) ** 2


def _himmelblau_hessian(at: Any) -> Matrix:
    x, y = check_start(at, _PAIR)
    across = 4 * (x + y)
    return np.array([[12 * x**2 + 4 * y - 42, across], [across, 12 * y**2 + 4 * x - 26]])


def _saddle(params: Tensor) -> Tensor:
    return params[0] ** 2 + (params[1] ** 2 / 2 - 1) ** 2


def _saddle_hessian(at: Any) -> Matrix:
    _, y = check_start(at, _PAIR)
    return np.array([[2, 0], [0, 3 * y**2 - 2]])


def _rastrigin(params: Tensor) -> Tensor:
    return 20 + (params**2 - 10 * (2 * math.pi * params).cos()).sum()


def _rastrigin_hessian(at: Any) -> Matrix:
    point = check_start(at, _PAIR)
    return np.diag(2 + 40 * math.pi**2 * np.cos(2 * math.pi * point))


_SINGLE = ("θ1",)
_PAIR = ("θ1", "θ2")
_ORIGIN = ((0.0, 0.0),)
_WIDE = ((-3.0, 3.0), (-2.0, 2.0))

CLASSICS = (
    NamedLoss(
        *("parabola", _SINGLE, _parabola, (2.0,), "θ1²"),
        source="elementary: one curvature, the same everywhere",
        minimisers=((0.0,),),
        minimum=0.0,
        window=((-2.5, 2.5),),
        hessian=constant_hessian([[2]], _SINGLE),
    ),
    NamedLoss(
        *("double_well", _SINGLE, _double_well, (1.6,), "(θ1² − 1)² + θ1/4"),
        source="elementary: the quartic double well, tilted so that its left well is the deeper",
        minimisers=((-1.0298959850506604,),),  # the least root of 4 θ³ − 4 θ + 1/4
        minimum=-0.2537912372204689,
        window=((-1.8, 1.8),),
        hessian=_double_well_hessian,
    ),
    NamedLoss(
        *("bowl", _PAIR, _bowl, (2.0, 1.0), "θ1² + 3 θ2²"),
        source="elementary: a quadratic of condition number 3",
        minimisers=_ORIGIN,
        minimum=0.0,
        window=_WIDE,
        hessian=constant_hessian([[2, 0], [0, 6]], _PAIR),
    ),
    NamedLoss(
        *("ravine", _PAIR, _ravine, (2.0, 0.5), "θ1² + 25 θ2²"),
        source="elementary: a quadratic of condition number 25",
        minimisers=_ORIGIN,
        minimum=0.0,
        window=_WIDE,
        hessian=constant_hessian([[2, 0], [0, 50]], _PAIR),
    ),
    NamedLoss(
        *("rosenbrock", _PAIR, _rosenbrock, (-1.2, 1.0), "(1 − θ1)² + 100 (θ2 − θ1²)²"),
        source="Rosenbrock (1960), doi:10.1093/comjnl/3.3.175",
        minimisers=((1.0, 1.0),),
        minimum=0.0,
        window=((-2.0, 2.0), (-1.0, 3.0)),
        hessian=_rosenbrock_hessian,
    ),
    NamedLoss(
        *("beale", _PAIR, _beale, (0.5, -0.5)),
        description="(1.5 − θ1 + θ1 θ2)² + (2.25 − θ1 + θ1 θ2²)² + (2.625 − θ1 + θ1 θ2³)²",
        source="Beale (1958), Technical Report 25, Statistical Techniques Research Group, "
        "Princeton University",
        minimisers=((3.0, 0.5),),
        minimum=0.0,
        window=((-4.5, 4.5), (-4.5, 4.5)),
        hessian=_beale_hessian,
    ),
    NamedLoss(
        *("himmelblau", _PAIR, _himmelblau, (1.0, -1.0)),
        description="(θ1² + θ2 − 11)² + (θ1 + θ2² − 7)²",
        source="Himmelblau (1972), Applied Nonlinear Programming, McGraw-Hill",
        minimisers=(
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.2831859912861696),
            (3.5844283403304917, -1.8481265269644036),
        ),
        minimum=0.0,
        window=((-6.0, 6.0), (-5.0, 5.0)),
        hessian=_himmelblau_hessian,
    ),
    NamedLoss(
        *("saddle", _PAIR, _saddle, (1.5, 0.1), "θ1² + (θ2²/2 − 1)²"),
        source="elementary: two wells with a saddle between them, at the origin",
        minimisers=((0.0, math.sqrt(2)), (0.0, -math.sqrt(2))),
        minimum=0.0,
        window=((-3.0, 3.0), (-2.0, 2.0)),
        hessian=_saddle_hessian,
    ),
    NamedLoss(
        *("rastrigin", _PAIR, _rastrigin, (1.4, -0.7)),
        description="20 + θ1² + θ2² − 10 cos 2πθ1 − 10 cos 2πθ2",
        source="Rastrigin (1974), Systems of Extremal Control, Nauka, Moscow (in Russian)",
        minimisers=_ORIGIN,
        minimum=0.0,
        window=((-5.12, 5.12), (-5.12, 5.12)),
        hessian=_rastrigin_hessian,
    ),
)


class KnownLosses(dict[str, NamedLoss]):
    """Losses by name; the error for an unknown name lists the known ones."""

    def __missing__(self, name: object) -> NoReturn:
        hint = suggestion(name, self)
        end = f": {hint}" if hint else "."
        raise KeyError(f"a loss must be one of {', '.join(self)}; got {name!r}{end}")


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
