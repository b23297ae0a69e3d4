"""A wrong argument of a public function gets one sentence: what must be, and what was given."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from descent import (
    LOSSES,
    Plane,
    Trajectory,
    backward_graph,
    model_loss,
    network_gradient,
    path_plane,
    plot_runs,
    random_plane,
    record,
    sample,
    sharpness_along,
    sweep,
    window_around,
)

BOWL = LOSSES["bowl"]
RUN = record(BOWL, [2, 1], learning_rate=0.1, steps=3)
FOUND = sweep(BOWL, [2, 1], [0.1, 0.2], 3, keep=2)
ONES, ERROR, NEURON = torch.ones(3, 1), torch.nn.MSELoss(), torch.nn.Linear(1, 1)


def swept(**more):
    return sweep(BOWL, [2, 1], [0.1, 0.2], 2, **more)


def recorded(**more):
    return record(BOWL, [2, 1], learning_rate=0.1, steps=1, **more)


WRONG_TYPES = [
    (
        lambda: sample(BOWL, [(0, "a"), (0, 1)]),
        r"window must be \(low, high\) for each parameter; got",
    ),
    (
        lambda: sample(BOWL, [(0, 1), (0, 1)], resolution=2.5),
        "resolution must be a whole number; got 2.5",
    ),
    (lambda: Plane("a", [[1, 0], [0, 1]]), "origin must consist of numbers; got 'a'"),
    (lambda: sample(5, [(0, 1)]), "loss must be a function of the parameters; got 5"),
    (lambda: window_around("a"), "points must consist of numbers"),
    (lambda: sharpness_along(BOWL, 5), r"trajectory must be a descent\.Trajectory; got 5"),
    (lambda: model_loss(NEURON, "a", ONES, ERROR), "inputs must consist of numbers; got 'a'"),
    (
        lambda: network_gradient(NEURON, ONES, ONES, 5),
        r"criterion must be a function of \(predictions, targets\); got 5",
    ),
    (
        lambda: model_loss(NEURON, ONES, ONES, torch.nn.MSELoss),
        r"criterion must be .*; got the class MSELoss: MSELoss\(\) makes one.",
    ),
    (lambda: recorded(names=5), "names must be a list of texts.*; got 5"),
    (lambda: recorded(names="ab"), "a list of texts.*; got 'ab'"),
    (lambda: random_plane([1, 2], names=[1, 2]), "names must be a list of texts"),
    (lambda: random_plane([1, 2, 3], seed="x"), "seed must be a whole number; got 'x'"),
    (lambda: path_plane(RUN).restrict(5), "loss must be a function of the parameters; got 5"),
    (lambda: plot_runs(RUN, title=5), "title must be a text; got 5"),
    (lambda: FOUND.to_html(5), "path must be a path; got 5"),
    (lambda: RUN.save(3), "path must be a path; got 3"),
    (lambda: Trajectory.load(3), "path must be a path; got 3"),
    (
        lambda: recorded(scheduler=False),
        "scheduler must make a torch.optim.lr_scheduler; got False",
    ),
    (lambda: backward_graph(None, [1]), "loss must be a function of the parameters; got None"),
    (
        lambda: sweep(BOWL, [2, 1], [[0.1, 0.2]], 2, groups=[False, True]),
        r"groups must be one whole number per parameter, 0, 1, …; got \[False, True\]",
    ),
    (lambda: swept(keep=[True]), "keep must name places by whole numbers; got True"),
    (
        lambda: sweep(BOWL, [2, 1], [[True, 0.1]], 2, groups=[0, 1]),
        "learning_rates must consist of numbers",
    ),
    (lambda: swept(keep=np.array(0.5)), "keep must be a whole number or a list of places"),
]
WRONG_VALUES = [
    (lambda: sample(BOWL, 5), r"window must be .*; got shape \(\)"),
    (
        lambda: recorded(names=["a", "\ud800"]),
        r"names\[1\] must be a text that UTF-8 can hold; got '\\ud800'",
    ),
    (lambda: RUN.plot(BOWL, title="\ud800"), "title must be a text that UTF-8 can hold"),
    (
        lambda: model_loss(torch.nn.LazyLinear(1), ONES, ONES, ERROR),
        "must know the shapes of its parameters; got weight without one: call the module",
    ),
    (
        lambda: network_gradient(NEURON, torch.ones(3, 2), ONES, ERROR),
        "module must work on the inputs; got RuntimeError",
    ),
    (
        lambda: network_gradient(NEURON, ONES, ONES, torch.nn.MSELoss(reduction="none")),
        r"a scalar tensor; got shape \(3, 1\)",
    ),
    (
        lambda: sweep(BOWL, [2, 1], [0.1], 2, names=["a", "a"]),
        r"texts that differ from one another; got \['a', 'a'\]",
    ),
    (lambda: random_plane([1, 2, 3], seed=-1), "seed must be from 0"),
    (lambda: plot_runs(RUN, theme=["dark"]), "theme must be one of dark, light"),
    (lambda: FOUND.to_html("a\0b"), "path must be one that a file can have"),
    (lambda: RUN.save("a\0b"), "path must be one that a file can have"),
    (lambda: swept(memory_mb=-3), "memory_mb must be positive; got -3"),
    (
        lambda: swept(device="meta"),
        "device must be one that torch can compute float64 on.*; got 'meta'",
    ),
]
NO_FOLDERS = [
    (
        lambda: FOUND.to_html("/nonexistent/a"),
        "^/nonexistent must be an existing folder; there is none.$",
    ),
    (
        lambda: RUN.save("/nonexistent/a"),
        "^/nonexistent must be an existing folder; there is none.$",
    ),
]
CASES = [
    *((TypeError, *case) for case in WRONG_TYPES),
    *((ValueError, *case) for case in WRONG_VALUES),
    *((FileNotFoundError, *case) for case in NO_FOLDERS),
]


@pytest.mark.parametrize(("error", "action", "said"), CASES)
def test_what_is_wrong_is_said_in_a_sentence(error, action, said):
    with pytest.raises(error, match=said):
        action()


def test_names_are_checked_before_any_work_is_done():
    calls = []

    def counted(params):
        calls.append(params)
        return (params**2).sum()

    with pytest.raises(ValueError, match="differ from one another"):
        sweep(counted, np.ones(2), [0.1], 2, names=["a", "a"])
    assert calls == []
