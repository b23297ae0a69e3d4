"""The network of the lecture, what it is given, and what its neurons compute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.arrays import read_only
from descent.models.network import NetworkGradient, network_gradient
from descent.serialization import Saveable

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED = 53  # gives gradients of mixed signs and sizes
FLAT = 1e-3  # a slope of tanh below which a hidden neuron passes hardly any gradient
MOST_FLAT = 0.25  # of the hidden values: beyond it the data are standardised


@dataclass(frozen=True, eq=False)
class NetworkPass(Saveable):
    """What a network was given, and what each of its neurons computed for one row of it.

    Attributes:
        columns: The values of the picked row: its inputs, then those of each layer of neurons,
            after the activation; one array a column, shapes (n_0,), (n_1,), …
        activation: The function of the hidden neurons, such as "tanh".
        rows: How many rows there are.
        picked: The index of the row.
        is_standardised: Whether x and y were scaled to mean 0 and standard deviation 1.
        flat: The share of hidden values, over all rows of the data as they are, at which the
            slope of the activation is below `FLAT`.
    """

    columns: tuple[NDArray[np.float64], ...]
    activation: str
    rows: int
    picked: int
    is_standardised: bool
    flat: float

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        object.__setattr__(self, "columns", tuple(read_only(column) for column in self.columns))


class LectureNetwork:
    """One input, three hidden neurons with tanh, one output; float64.

    Where the data as they are would make tanh flat, it is given standardised data.

    Args:
        rows: One (x, y) a row, shape (N, 2).
        picked: The index of the row whose forward pass is shown.
    """

    def __init__(self, rows: NDArray[np.float64], picked: int) -> None:
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            self.module = torch.nn.Sequential(
                torch.nn.Linear(1, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)
            ).double()
        self.picked = picked
        hidden = self._columns(rows[:, :1])[1]
        self.flat = float((1 - hidden**2 < FLAT).mean())
        self.is_standardised = self.flat > MOST_FLAT
        self.rows = standardised(rows) if self.is_standardised else rows

    def gradient(self) -> NetworkGradient:
        """Return the partial of every weight and bias, of the mean squared error of all rows."""
        import torch

        return network_gradient(self.module, self.rows[:, :1], self.rows[:, 1:], torch.nn.MSELoss())

    def forward_pass(self) -> NetworkPass:
        """Return what each neuron computes for the picked row."""
        columns = self._columns(self.rows[self.picked : self.picked + 1, :1])
        return NetworkPass(
            tuple(column[0] for column in columns),
            "tanh",
            len(self.rows),
            self.picked,
            self.is_standardised,
            self.flat,
        )

    def _columns(self, inputs: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return the inputs, the hidden values and the predictions, each of shape (rows, n)."""
        import torch

        first, activation, last = self.module
        with torch.no_grad():
            given: Any = torch.tensor(inputs)
            hidden = activation(first(given))
            return [column.numpy() for column in (given, hidden, last(hidden))]


def standardised(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each column less its mean, over its standard deviation unless that is 0."""
    spread = rows.std(axis=0)
    return (rows - rows.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
