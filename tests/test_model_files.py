"""A network with its data from somebody's own file."""

from __future__ import annotations

import pytest
import torch

from descent import load_model, model_loss
from descent.checks.random_states import comparable_random_states, seed_random_states

GOOD = """
import torch

def line():
    x = torch.tensor([[0.0], [1.0], [2.0]])
    return torch.nn.Linear(1, 1), x, 2 * x + 1, torch.nn.MSELoss()

def seeded():
    torch.manual_seed(7)
    return line()

model = torch.nn.Linear(1, 1)
"""


def written(folder, body):
    """Return a reference to `make`, a function with this body."""
    path = folder / "my_model.py"
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    path.write_text(f"{GOOD}\ndef make():\n{lines}", encoding="utf-8")
    return f"{path}:make"


def test_a_file_gives_what_model_loss_gives_for_its_four_values(tmp_path):
    written(tmp_path, "pass")
    loss, start, names = load_model(f"{tmp_path / 'my_model.py'}:seeded")
    x = torch.tensor([[0.0], [1.0], [2.0]])
    torch.manual_seed(7)
    expected, its_start, its_names = model_loss(
        torch.nn.Linear(1, 1), x, 2 * x + 1, torch.nn.MSELoss()
    )
    assert (start.tolist(), names) == (its_start.tolist(), its_names)
    at = torch.tensor([0.5, -1.0], dtype=torch.float64)
    assert float(loss(at)) == float(expected(at))


def test_a_network_has_the_same_weights_each_time_and_nobody_elses_numbers_change(tmp_path):
    body = "import numpy, random\ndata = [[numpy.random.rand()], [random.random()]]\n"
    made = "return torch.nn.Linear(1, 1), data, data, torch.nn.L1Loss()"
    reference = written(tmp_path, f"{body}{made}")
    found = []
    for seed in (1, 2):
        seed_random_states(seed)
        before = comparable_random_states()
        loss, start, _ = load_model(reference)
        assert comparable_random_states() == before
        found.append((start.tolist(), float(loss(torch.tensor([0.3, 0.4], dtype=torch.float64)))))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("1 / 0", r"make in .*my_model\.py must return \(module, .*; got ZeroDivisionError: div"),
        ("raise SystemExit(2)", r"must return \(module, .*; got SystemExit: 2\.$"),
        ("return", "must be a function that returns .*; got one that returns nothing"),
        ("return torch.nn.Linear(1, 1)", "; got one that returns a Linear"),
        ("return line()[:3]", "; got one that returns 3 values"),
        ("return [*line(), 1]", "; got one that returns 5 values"),
        ("return (1,)", "; got one that returns 1 value"),
        ("return torch.nn.ReLU(), *line()[1:]", "make in .*: its module must .*; got none"),
        ("return 3, *line()[1:]", "make in .*: its module must be a torch.nn.Module, .*; got 3"),
        ("return *line()[:3], 5", "make in .*: its criterion must be a function of"),
        ("return torch.nn.Linear(2, 1), *line()[1:]", "its module must work on the inputs"),
    ],
)
def test_a_function_that_makes_no_network_is_refused_in_one_sentence(tmp_path, body, message):
    with pytest.raises((ValueError, TypeError), match=message) as caught:
        load_model(written(tmp_path, body))
    assert "\n" not in str(caught.value)


def test_the_module_itself_and_a_missing_name_are_refused(tmp_path):
    path = written(tmp_path, "pass").rpartition(":")[0]
    with pytest.raises(TypeError, match=r"returns \(module, .*; got the module, a Linear"):
        load_model(f"{path}:model")
    with pytest.raises(ValueError, match="must define lime; it does not: did you mean line"):
        load_model(f"{path}:lime")
    with pytest.raises(ValueError, match=r"must define zebra; it does not: it has line\b.*\.$"):
        load_model(f"{path}:zebra")
