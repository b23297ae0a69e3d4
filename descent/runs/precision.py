"""The precisions that parameters are trained in, by torch's names."""

from __future__ import annotations

# The relative distance of neighbouring numbers, as torch.finfo has it.
EPSILONS = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}


def epsilon_of(dtype: str) -> float:
    """Return the coarsest epsilon of the precisions in `Trajectory.dtype`.

    Example:
        >>> from descent.runs.precision import epsilon_of
        >>> epsilon_of("float32") == epsilon_of("float64, float32") == 2.0**-23
        True
    """
    return max(EPSILONS.get(name, EPSILONS["float64"]) for name in dtype.split(", "))
