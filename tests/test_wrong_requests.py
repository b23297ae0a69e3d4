"""A wrong argument of a public function gets one sentence: what must be, and what was given."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import descent

BOWL = descent.LOSSES["bowl"]
RUN = descent.record(BOWL, [2, 1], learning_rate=0.1, steps=3)
FOUND = descent.sweep(BOWL, [2, 1], [0.1, 0.2], 3, keep=2)
ONES, ERROR, NEURON = torch.ones(3, 1), torch.nn.MSELoss(), torch.nn.Linear(1, 1)


def recorded(**more):
    return descent.record(BOWL, [2, 1], learning_rate=0.1, steps=1, **more)


CASES = {
    "a window": (lambda: descent.sample(BOWL, 5), ValueError, r"window must be .*; got shape \(\)"),
    "ends of a window": (
        lambda: descent.sample(BOWL, [(0, "a"), (0, 1)]),
        TypeError,
        r"window must be \(low, high\) for each parameter; got",
    ),
    "a resolution": (
        lambda: descent.sample(BOWL, [(0, 1), (0, 1)], resolution=2.5),
        TypeError,
        "resolution must be a whole number; got 2.5",
    ),
    "half a character in a name": (
        lambda: recorded(names=["a", "\ud800"]),
        ValueError,
        r"names\[1\] must be a text that UTF-8 can hold; got '\\ud800'",
    ),
    "half a character in a title": (
        lambda: RUN.plot(BOWL, title="\ud800"),
        ValueError,
        "title must be a text that UTF-8 can hold",
    ),
    "a plane's origin": (
        lambda: descent.Plane("a", [[1, 0], [0, 1]]),
        TypeError,
        "origin must consist of numbers; got 'a'",
    ),
    "a sampled loss": (
        lambda: descent.sample(5, [(0, 1)]),
        TypeError,
        "loss must be a function of the parameters; got 5",
    ),
    "points": (lambda: descent.window_around("a"), TypeError, "points must consist of numbers"),
    "a run": (
        lambda: descent.sharpness_along(BOWL, 5),
        TypeError,
        r"trajectory must be a descent\.Trajectory; got 5",
    ),
    "a lazy layer": (
        lambda: descent.model_loss(torch.nn.LazyLinear(1), ONES, ONES, ERROR),
        ValueError,
        "must know the shapes of its parameters; got weight without one: call the module",
    ),
    "inputs": (
        lambda: descent.model_loss(NEURON, "a", ONES, ERROR),
        TypeError,
        "inputs must consist of numbers; got 'a'",
    ),
    "inputs of a network": (
        lambda: descent.network_gradient(NEURON, torch.ones(3, 2), ONES, ERROR),
        ValueError,
        "module and criterion must work on the data; got RuntimeError",
    ),
    "a criterion": (
        lambda: descent.network_gradient(NEURON, ONES, ONES, 5),
        ValueError,
        "must work on the data; got TypeError",
    ),
    "a criterion of vectors": (
        lambda: descent.network_gradient(NEURON, ONES, ONES, torch.nn.MSELoss(reduction="none")),
        ValueError,
        r"a scalar tensor; got shape \(3, 1\)",
    ),
    "names": (lambda: recorded(names=5), TypeError, "names must be a list of texts.*; got 5"),
    "one text as names": (lambda: recorded(names="ab"), TypeError, "a list of texts.*; got 'ab'"),
    "the same name twice": (
        lambda: descent.sweep(BOWL, [2, 1], [0.1], 2, names=["a", "a"]),
        ValueError,
        r"texts that differ from one another; got \['a', 'a'\]",
    ),
    "names of a plane": (
        lambda: descent.random_plane([1, 2], names=[1, 2]),
        TypeError,
        "names must be a list of texts",
    ),
    "a seed": (
        lambda: descent.random_plane([1, 2, 3], seed="x"),
        TypeError,
        "seed must be a whole number; got 'x'",
    ),
    "a negative seed": (
        lambda: descent.random_plane([1, 2, 3], seed=-1),
        ValueError,
        "seed must be from 0",
    ),
    "a loss on a plane": (
        lambda: descent.path_plane(RUN).restrict(5),
        TypeError,
        "loss must be a function of the parameters; got 5",
    ),
    "a title": (
        lambda: descent.plot_runs(RUN, title=5),
        TypeError,
        "title must be a text; got 5",
    ),
    "a theme": (
        lambda: descent.plot_runs(RUN, theme=["dark"]),
        ValueError,
        "theme must be one of dark, light",
    ),
    "a page's path": (lambda: FOUND.to_html(5), TypeError, "path must be a path; got 5"),
    "a page's impossible path": (
        lambda: FOUND.to_html("a\0b"),
        ValueError,
        "path must be one that a file can have",
    ),
    "a page's folder that is not there": (
        lambda: FOUND.to_html("/nonexistent/a"),
        FileNotFoundError,
        "^/nonexistent must be an existing folder; there is none.$",
    ),
    "where a run is kept": (lambda: RUN.save(3), TypeError, "path must be a path; got 3"),
    "where a run was kept": (
        lambda: descent.Trajectory.load(3),
        TypeError,
        "path must be a path; got 3",
    ),
    "an impossible path": (
        lambda: RUN.save("a\0b"),
        ValueError,
        "path must be one that a file can have",
    ),
    "a scheduler that is switched off": (
        lambda: recorded(scheduler=False),
        TypeError,
        "scheduler must make a torch.optim.lr_scheduler; got False",
    ),
    "a loss whose graph is asked for": (
        lambda: descent.backward_graph(None, [1]),
        TypeError,
        "loss must be a function of the parameters; got None",
    ),
    "truth values as groups": (
        lambda: descent.sweep(BOWL, [2, 1], [[0.1, 0.2]], 2, groups=[False, True]),
        TypeError,
        r"groups must be one whole number a parameter, 0, 1, …; got \[False, True\]",
    ),
    "a truth value as a place": (
        lambda: descent.sweep(BOWL, [2, 1], [0.1, 0.2], 2, keep=[True]),
        TypeError,
        "keep must name places by whole numbers; got True",
    ),
    "a truth value among rates": (
        lambda: descent.sweep(BOWL, [2, 1], [[True, 0.1]], 2, groups=[0, 1]),
        TypeError,
        "learning_rates must consist of numbers",
    ),
    "half a number of kept runs": (
        lambda: descent.sweep(BOWL, [2, 1], [0.1, 0.2], 2, keep=np.array(0.5)),
        TypeError,
        "keep must be a whole number or a list of places",
    ),
    "a negative memory": (
        lambda: descent.sweep(BOWL, [2, 1], [0.1, 0.2], 2, memory_mb=-3),
        ValueError,
        "memory_mb must be positive; got -3",
    ),
    "a device without numbers": (
        lambda: descent.sweep(BOWL, [2, 1], [0.1, 0.2], 2, device="meta"),
        ValueError,
        "device must be one that torch can compute float64 on.*; got 'meta'",
    ),
    "a folder that is not there": (
        lambda: RUN.save("/nonexistent/a"),
        FileNotFoundError,
        "^/nonexistent must be an existing folder; there is none.$",
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_what_is_wrong_is_said_in_a_sentence(what):
    action, error, said = CASES[what]
    with pytest.raises(error, match=said):
        action()


def test_names_are_checked_before_any_work_is_done():
    calls = []

    def counted(params):
        calls.append(params)
        return (params**2).sum()

    with pytest.raises(ValueError, match="differ from one another"):
        descent.sweep(counted, np.ones(2), [0.1], 2, names=["a", "a"])
    assert calls == []
