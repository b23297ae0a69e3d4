"""Vectors of all parameters that lie in parts, one tensor for each device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    Parts = Sequence[Tensor]

SMALL = 100_000  # numbers up to which norms are computed in float64, which takes little time
FLOAT32 = 4  # bytes
PIECE = 1024  # numbers whose squares are added in their own precision


def differences(one: Parts, other: Parts) -> list[Tensor]:
    """Return one vector minus another."""
    return [a - b for a, b in zip(one, other, strict=True)]


def norm(vector: Parts) -> Tensor:
    """Return the length of a vector as a float64 number on the first of its devices."""
    import torch

    squares = [_length(one).square() for one in vector]
    return torch.stack([one.to(squares[0].device) for one in squares]).sum().sqrt()


def norm_of_pieces(pieces: Sequence[Any]) -> Tensor:
    """Return the length of the vector that some tensors make up, as `norm` does."""
    return norm([one.reshape(-1) for one in pieces])


def product(one: Parts, other: Parts) -> Tensor:
    """Return the scalar product of two vectors as a float64 number, as `norm` does."""
    import torch

    found = [_product(a, b) for a, b in zip(one, other, strict=True)]
    return torch.stack([each.to(found[0].device) for each in found]).sum()


def _length(vector: Any) -> Tensor:
    import torch

    linalg: Any = torch.linalg
    norm_of: Any = linalg.vector_norm
    if vector.numel() <= SMALL:
        return norm_of(vector, dtype=torch.float64)
    vector = vector.float() if vector.itemsize < FLOAT32 else vector
    # A million squares that are added one by one in float32 lose digits.
    whole = vector.numel() // PIECE * PIECE
    pieces: Any = norm_of(vector[:whole].view(-1, PIECE), dim=1)
    rest: Any = norm_of(vector[whole:], dtype=torch.float64)
    return torch.hypot(norm_of(pieces, dtype=torch.float64), rest)


def _product(one: Any, other: Any) -> Tensor:
    if one.numel() <= SMALL:
        return one.double() @ other.double()
    return (one @ other).double()


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
