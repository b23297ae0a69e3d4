"""Recorded networks, filmed on a plane: their losses a second time in NumPy, and what is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import torch

from descent import Trajectory, model_loss, record, sharpness_along
from descent.pictures.bare import bare_picture
from descent.pictures.single import single_run
from scenes.registry import clip
from scenes.wording.titles import run_told
from tests.truth.formulas import Formula
from tests.truth.lectures import Lecture
from tests.truth.witness import Course, Facts
from understanding_gradients.commands.subjects import CLIP_OF_BEHAVIOR, THREE_RUNS
from understanding_gradients.lecture.from_runs import comparison_inputs

SIZES = (2, 4, 4, 1)  # 37 parameters


@dataclass(frozen=True)
class Network:
    """A run of a network, or three.

    Attributes:
        rates: Its learning rate, or three.
        steps: How many are taken.
        options: For `descent.record`.
        batch_size: Of its mini-batches; 0 for all data.
        drawn_rows: Over how many rows the loss is drawn; 0 for all.
        has_loss: Whether its loss is at hand where it is drawn.
        is_classifier: Whether it learns the sign of its targets, by BCEWithLogitsLoss.
        is_measured: Whether the film ends with the sharpness along the run.
    """

    rates: tuple[float, ...]
    steps: int
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    batch_size: int = 0
    drawn_rows: int = 0
    has_loss: bool = True
    is_classifier: bool = False
    is_measured: bool = False


NETWORKS: dict[str, Network] = {
    "crawling": Network((0.002,), 40),
    "falling": Network((0.1,), 8, is_measured=True),
    "one-step": Network((0.1,), 1),
    "arriving": Network((0.1,), 200),
    "turning": Network((0.9,), 8),
    "turning-for-long": Network((0.9,), 60),
    "exploding": Network((40.0,), 400),
    "sharpening": Network((0.35,), 100, is_measured=True),
    "hovering": Network((0.45,), 240, is_measured=True),
    "sharper-and-sharper": Network((0.3,), 60, is_measured=True),
    "sharp-and-blunt": Network((0.45,), 48, is_measured=True),
    "adam": Network((0.05,), 10, {"optimizer": "Adam"}, is_measured=True),
    "momentum": Network((0.05,), 30, {"momentum": 0.9}),
    "adam-far": Network((0.3,), 30, {"optimizer": "Adam"}),
    "batches": Network((0.1,), 12, batch_size=6),
    "over-some-rows": Network((0.1,), 8, drawn_rows=7),
    "without-its-loss": Network((0.1,), 8, has_loss=False),
    "thinned": Network((0.1,), 20, {"every": 7}),
    "classifying": Network((0.5,), 120, is_classifier=True),
    "three": Network((0.005, 0.1, 0.9), 8),
    "three-with-one-gone": Network((0.005, 0.1, 40.0), 8),
}


def rows() -> tuple[np.ndarray, np.ndarray]:
    """Return 24 points of a plane, and a number for each."""
    x = np.random.default_rng(3).standard_normal((24, 2))
    return x, np.sign(x[:, :1] * x[:, 1:]) + 0.3 * x[:, :1]


def formula(p: Any) -> Any:
    """Return the mean squared error of the network, by its parameters in PyTorch's order."""
    return ((outputs(p) - rows()[1]) ** 2).mean()


def cross_entropy(p: Any) -> Any:
    """Return the mean binary cross entropy of the network."""
    z = outputs(p)
    return (np.log1p(np.exp(z)) - (rows()[1] > 0) * z).mean()


def outputs(p: Any) -> Any:
    """Return what the network makes of each point, shape (24, 1)."""
    at, found = 0, rows()[0]
    for layer, (inside, outside) in enumerate(zip(SIZES, SIZES[1:], strict=False)):
        weights = p[at : at + inside * outside].reshape(outside, inside)
        at += inside * outside
        found = found @ weights.T + p[at : at + outside]
        at += outside
        found = np.tanh(found) if layer < len(SIZES) - 2 else found
    return found


def model() -> torch.nn.Module:
    """Return the network."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        layers: list[torch.nn.Module] = []
        for pair in zip(SIZES, SIZES[1:], strict=False):
            layers += [torch.nn.Linear(*pair), torch.nn.Tanh()]
        return torch.nn.Sequential(*layers[:-1])


@cache
def recorded(name: str) -> tuple[list[Trajectory], Any]:
    """Return the runs of a network, and their loss."""
    one = NETWORKS[name]
    x, y = (torch.tensor(part) for part in rows())
    criterion: torch.nn.Module = torch.nn.MSELoss()
    if one.is_classifier:
        y, criterion = (y > 0).double(), torch.nn.BCEWithLogitsLoss()
    loss, start, _ = model_loss(model().double(), x, y, criterion, one.batch_size or None)
    runs = [
        record(loss, start, learning_rate=rate, steps=one.steps, **one.options)
        for rate in one.rates
    ]
    return runs, loss


class NetworkFacts(Facts):
    """A film of a network: its runs in all parameters, and its loss as a formula."""

    def __init__(self, name: str) -> None:
        self.runs, loss = recorded(name)
        if len(self.runs) > 1:
            self.slug, inputs = THREE_RUNS, comparison_inputs(self.runs, loss)
        else:
            sharpness = _along(name, loss)
            rows = NETWORKS[name].drawn_rows
            picture = single_run(self.runs[0], loss, sharpness=sharpness, rows=rows)
            self.slug = CLIP_OF_BEHAVIOR[run_told(picture).behavior]
            inputs = {clip(self.slug).inputs[0]: picture}
            if not NETWORKS[name].has_loss:
                inputs = dict.fromkeys(inputs, bare_picture(self.runs[0]))
        super().__init__(Lecture(_settings(), (self.slug,)), inputs)
        self.loss: Formula = cross_entropy if NETWORKS[name].is_classifier else formula
        self.is_quadratic = False

    def formula(self, name: str) -> Formula:
        """Return the loss that all runs descend."""
        return self.loss

    def minimum(self, name: str) -> None:
        """Return that no minimum is known of a network."""
        return None

    @property
    def sharpness(self) -> float:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The largest curvature at the start."""
        from tests.truth.formulas import hessian

        return float(np.linalg.eigvalsh(hessian(self.loss, self.runs[0].iterates[0]))[-1])

    def _course(self, run: Any, part: str) -> Course:
        """Return the steps in all parameters of which a recording is the picture."""
        steps = getattr(run, part).steps
        one = next(one for one in self.runs if one.learning_rates[0] == run.learning_rate)
        one = one.first(steps) if one.steps > steps else one
        return Course(one.losses, one.iterates, one.gradients, run.learning_rate, one.names)


def _along(name: str, loss: Any) -> np.ndarray | None:
    """Return the sharpness along a run, at some 40 places; None if it is not told."""
    (run,), one = recorded(name)[0], NETWORKS[name]
    return sharpness_along(loss, run, max(1, one.steps // 40)) if one.is_measured else None


def sharpness(place: np.ndarray) -> float:
    """Return the largest curvature of the mean squared error, by differences of `slopes`."""
    width, axes = 1e-5, np.eye(len(place))
    rows_of = [slopes(place + width * one) - slopes(place - width * one) for one in axes]
    matrix = np.array(rows_of) / (2 * width)
    return float(np.linalg.eigvalsh((matrix + matrix.T) / 2)[-1])


def slopes(p: np.ndarray) -> np.ndarray:
    """Return the gradient of the mean squared error, layer by layer from the last."""
    at, layers, values = 0, list[Any](), [rows()[0]]
    for k, (inside, outside) in enumerate(zip(SIZES, SIZES[1:], strict=False)):
        weights = p[at : at + inside * outside].reshape(outside, inside)
        at += inside * outside + outside
        found = values[-1] @ weights.T + p[at - outside : at]
        values.append(np.tanh(found) if k < len(SIZES) - 2 else found)
        layers.append(weights)
    back, parts = 2 * (values[-1] - rows()[1]) / len(rows()[1]), list[np.ndarray]()
    for k in reversed(range(len(layers))):
        parts = [(back.T @ values[k]).ravel(), back.sum(axis=0), *parts]
        back = (back @ layers[k]) * (1 - values[k] ** 2)
    return np.concatenate(parts)


def _settings() -> Any:
    from tests.lectures import DEFAULT

    return DEFAULT.replace(steps=8)
