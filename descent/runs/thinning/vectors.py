"""Vectors of all parameters that lie in parts, one tensor for each device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    Parts = Sequence[Tensor]

SMALL = 100_000  # numbers up to which norms are computed in the widest precision, in little time
FLOAT32 = 4  # bytes
WITHOUT_FLOAT64 = ("mps",)  # Apple's GPU
PIECE = 1024  # numbers whose squares are added in their own precision


def widest(device: Any) -> Any:
    """Return the widest precision that a device has."""
    import torch

    return torch.float32 if torch.device(device).type in WITHOUT_FLOAT64 else torch.float64


def differences(one: Parts, other: Parts) -> list[Tensor]:
    """Return one vector minus another."""
    return [a - b for a, b in zip(one, other, strict=True)]


def norm(vector: Parts) -> Tensor:
    """Return the length of a vector, in the widest precision of the first of its devices."""
    return _sum([_length(one).square() for one in vector]).sqrt()


def norm_of_pieces(pieces: Sequence[Any]) -> Tensor:
    """Return the length of the vector that some tensors make up, as `norm` does."""
    return norm([one.reshape(-1) for one in pieces])


def product(one: Parts, other: Parts) -> Tensor:
    """Return the scalar product of two vectors as a number, as `norm` does."""
    return _sum([_product(a, b) for a, b in zip(one, other, strict=True)])


def moved_to(number: Tensor, other: Tensor) -> Tensor:
    """Return a number in the precision and on the device of another one."""
    # Neither device need have the precision of the other.
    if number.itemsize < other.itemsize:
        return number.to(other.device).to(other.dtype)
    return number.to(other.dtype).to(other.device)


def _sum(numbers: Sequence[Tensor]) -> Tensor:
    """Return the sum of numbers on several devices, on the first of them."""
    import torch

    return torch.stack([moved_to(one, numbers[0]) for one in numbers]).sum()


def _length(vector: Any) -> Tensor:
    import torch

    linalg: Any = torch.linalg
    norm_of: Any = linalg.vector_norm
    wide = widest(vector.device)
    if vector.numel() <= SMALL:
        return norm_of(vector, dtype=wide)
    vector = vector.float() if vector.itemsize < FLOAT32 else vector
    # A million squares that are added one by one in float32 lose digits.
    whole = vector.numel() // PIECE * PIECE
    pieces: Any = norm_of(vector[:whole].view(-1, PIECE), dim=1)
    rest: Any = norm_of(vector[whole:], dtype=wide)
    return torch.hypot(norm_of(pieces, dtype=wide), rest)


def _product(one: Any, other: Any) -> Tensor:
    wide = widest(one.device)
    if one.numel() <= SMALL:
        return one.to(wide) @ other.to(wide)
    return (one @ other).to(wide)


def write_vector(parts: Parts, order: NDArray[np.int64] | None, row: NDArray[Any]) -> None:
    """Write a vector into a row of NumPy, in the order of the parameters, in the row's precision.

    Args:
        parts: The vector; none where it has no numbers.
        order: Where each number of the parts belongs in the row; None if they are in order.
        row: Shape (n,).
    """
    # NumPy has no bfloat16.
    numbers = [(one.float() if one.itemsize < FLOAT32 else one).cpu().numpy() for one in parts]
    if numbers:
        whole = numbers[0] if len(numbers) == 1 else np.concatenate(numbers)
        row[slice(None) if order is None else order] = whole
