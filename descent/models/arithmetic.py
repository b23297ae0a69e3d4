"""In which precision and on which device a loss is descended."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.numbers import listed
from descent.models.precision import in_precision

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

DTYPES = ("float64", "float32", "float16", "bfloat16")


@dataclass(frozen=True)
class Arithmetic:
    """A precision, by torch's name for it, and a device.

    Example:
        >>> from descent.models.arithmetic import Arithmetic
        >>> Arithmetic("float32").vector([0.1]).tolist()
        [0.10000000149011612]
    """

    dtype: str = "float64"
    device: str = "cpu"

    @cached_property
    def torch_dtype(self) -> torch.dtype:
        """The precision as torch has it."""
        import torch

        return getattr(torch, self.dtype)

    def vector(self, start: NDArray[np.float64]) -> Tensor:
        """Return numbers, shape (n,), as a tensor of this precision and on this device."""
        import torch

        # Apple's GPU has no float64: in its precision first.
        return torch.tensor(start, dtype=self.torch_dtype, device="cpu").to(self.device)

    def convert(self, tensor: Tensor) -> Tensor:
        """Return a tensor of data in this precision, unless it is of whole numbers, and here."""
        return tensor if self == USUAL else in_precision(tensor, self.torch_dtype, self.device)


USUAL = Arithmetic()


def check_arithmetic(dtype: Any, device: Any) -> Arithmetic:
    """Return the precision and the device that were asked for, having tried them out.

    Args:
        dtype: A dtype of torch, or its name.
        device: A device of torch, or its name.
    """
    import torch

    name = str(dtype).removeprefix("torch.")
    if not isinstance(dtype, str | torch.dtype):
        raise InvalidType("dtype", f"be one of {', '.join(DTYPES)}, or torch's own", dtype)
    if name not in DTYPES:
        raise InvalidValue("dtype", f"be one of {', '.join(DTYPES)}", dtype, got=f"{name!r}")
    if not isinstance(device, str | torch.device):
        raise InvalidType("device", 'be one of torch, such as "cuda"', device)
    wanted = Arithmetic(name, str(device))
    try:
        wanted.vector(np.ones(1)).add(1).item()
    except (RuntimeError, AssertionError, TypeError) as error:
        constraint = f'be one that torch can compute {name} on, such as "cpu"'
        got = f"{str(device)!r}, of which torch says: {_first_words(error)}"
        raise InvalidValue("device", constraint, device, got=got) from error
    return wanted


def _first_words(error: Exception) -> str:
    """Return the first line of an error of torch, without its list of all devices there are."""
    line = str(error).partition("\n")[0]
    if line.startswith("Expected one of"):
        return "there is no such device"
    return line.rstrip(".")


def check_in_precision(point: NDArray[np.float64], arithmetic: Arithmetic) -> None:
    """Check that a start is finite in a precision too."""
    found = Arithmetic(arithmetic.dtype).vector(point)
    if not found.isfinite().all():
        got = listed(point[~found.isfinite().numpy()])
        raise InvalidValue("start", f"be finite in {arithmetic.dtype}", point, got=got)
