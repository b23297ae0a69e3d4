"""Modules that return more than a tensor: what is said, and that the advice works."""

from __future__ import annotations

import re
from collections import namedtuple
from dataclasses import dataclass

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from descent import check_loss, model_loss, network_gradient

X = torch.randn(4, 5, 3, generator=torch.Generator().manual_seed(3))
Y = torch.randn(4, 5, 2, generator=torch.Generator().manual_seed(4))
Output = namedtuple("Output", ["hidden", "logits"])


@dataclass
class Result:
    hidden: torch.Tensor
    logits: torch.Tensor


class Returning(nn.Module):
    """Returns its predictions, of shape (4, 5, 2), and its inputs packed up."""

    def __init__(self, pack):
        super().__init__()
        self.layer, self.pack = nn.Linear(3, 2), pack

    def forward(self, x):
        return self.pack(x, self.layer(x))


class Last(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.layer = nn.Linear(3, size)

    def forward(self, x):
        return self.layer(x[:, -1])


def absolute(out, y):
    return (out - y).abs().mean()


MODULES = [
    (
        nn.LSTM(3, 2, batch_first=True),
        "a tuple of a tensor of shape (4, 5, 2) and a tuple",
        "out[0]",
    ),
    (
        Returning(lambda x, y: {"hidden": x, "logits": y}),
        "a dict of 'hidden', 'logits'",
        "out['logits']",
    ),
    (
        Returning(lambda x, y: [x, [y]]),
        "a list of a tensor of shape (4, 5, 3) and a list",
        "out[1][0]",
    ),
    (
        Returning(Output),
        "an Output of a tensor of shape (4, 5, 3) and a tensor of shape",
        "out.logits",
    ),
    (Returning(Result), "a Result", "out.logits"),
    (Returning(lambda _, y: torch.distributions.Normal(y, 1.0)), "a Normal", "out.loc"),
]
CRITERIA = {"MSELoss()": nn.MSELoss(), "mse_loss": F.mse_loss, "absolute": absolute}


@pytest.mark.parametrize("name", CRITERIA)
@pytest.mark.parametrize(("module", "kind", "part"), MODULES)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_the_advice_for_a_module_that_returns_no_tensor_works(module, kind, part, name):
    for function in (model_loss, network_gradient)[: 1 if isinstance(module, nn.LSTM) else 2]:
        with pytest.raises(
            ValueError, match="^criterion must take what the module returns"
        ) as told:
            function(module, X, Y, CRITERIA[name])
        said = str(told.value)
        assert f"got {kind}" in said
        advice = f"lambda out, y: {name}({part}, y)"
        assert said.endswith(f": pass criterion={advice}.")
    known = {"MSELoss": nn.MSELoss, "mse_loss": F.mse_loss, "absolute": absolute}
    loss, start, _ = model_loss(module, X, Y, eval(advice, known))
    assert check_loss(loss, start)[0] > 0


RESULTS = {
    "a tuple of a tensor of shape () and a tensor": (lambda d: (d.mean(), d), "(out, y)[0]"),
    "a dict of 'size', 'loss'": (lambda d: {"size": 4, "loss": d.mean()}, "(out, y)['loss']"),
    "shape (4, 5, 2)": (lambda d: d, "(out, y).mean()"),
    "shape (1,)": (lambda d: d.mean()[None], "(out, y).mean()"),
}


@pytest.mark.parametrize("kind", RESULTS)
def test_the_advice_for_a_criterion_that_returns_no_scalar_works(kind):
    result, call = RESULTS[kind]

    def criterion(out, y):
        return result((out - y) ** 2)

    for function in (model_loss, network_gradient):
        with pytest.raises(
            (ValueError, TypeError),
            match=f"^criterion must return a scalar tensor; got {re.escape(kind)}",
        ) as told:
            function(nn.Linear(3, 2), X, Y, criterion)
        advice = f"lambda out, y: criterion{call}"
        assert str(told.value).endswith(f": pass criterion={advice}.")
    module = nn.Linear(3, 2)
    loss, start, _ = model_loss(module, X, Y, eval(advice, {"criterion": criterion}))
    expected = F.mse_loss(module.double()(X.double()), Y.double()).item()
    assert check_loss(loss, start)[0] == pytest.approx(expected)


@pytest.mark.parametrize("detached", [lambda d: d.mean().item(), lambda d: d.detach().mean()])
def test_a_criterion_that_leaves_the_graph_is_told_what_to_leave_out(detached):
    with pytest.raises(
        (ValueError, TypeError), match=r"without \.detach\(\), \.item\(\) and NumPy"
    ):
        model_loss(nn.Linear(3, 2), X, Y, lambda out, y: detached(out - y))


def test_a_criterion_without_a_name_is_called_one():
    with pytest.raises(ValueError, match=r"criterion=lambda out, y: criterion\(out\[0\], y\)\.$"):
        model_loss(nn.GRU(3, 2, batch_first=True), X, Y, lambda out, y: F.mse_loss(out, y))


LABELS = torch.tensor([[0, 1, 1, 0, 1]] * 4)
CALLS = [
    (nn.Linear(3, 2), LABELS, nn.CrossEntropyLoss(), "out.transpose(1, 2), y"),
    (Last(2), LABELS[0][:4].double(), nn.CrossEntropyLoss(), "out, y.long()"),
    (Last(2), LABELS[0][:4, None], nn.CrossEntropyLoss(), "out, y.squeeze(-1)"),
    (Last(2), LABELS[0][:4, None].double(), nn.CrossEntropyLoss(), "out, y.squeeze(-1).long()"),
    (Last(1), torch.ones(4), nn.BCEWithLogitsLoss(), "out.squeeze(-1), y"),
    (Last(2), (Y[:, 0], Y[:, 0].exp()), nn.GaussianNLLLoss(), "out, *y"),
    (Last(2), {"target": Y[:, 0]}, nn.MSELoss(), "out, **y"),
    (Returning(lambda x, y: (y, y + 1, y - 1)), None, nn.TripletMarginLoss(), "*out"),
    (
        Returning(lambda x, y: (y, y.exp())),
        Y,
        lambda m, v, t: F.gaussian_nll_loss(m, t, v),
        "*out, y",
    ),
    (Returning(lambda x, y: {"input": y, "target": x[..., :2]}), None, nn.MSELoss(), "**out"),
    (Returning(lambda x, y: y), None, lambda out: out.square().sum(), "out"),
]


@pytest.mark.parametrize(("module", "targets", "criterion", "call"), CALLS)
def test_the_advice_for_a_criterion_that_takes_its_arguments_otherwise_works(
    module, targets, criterion, call
):
    with pytest.raises((ValueError, TypeError), match="^criterion must ") as told:
        model_loss(module, X, targets, criterion)
    name = f"{type(criterion).__name__}()" if isinstance(criterion, nn.Module) else "criterion"
    assert str(told.value).endswith(f": pass criterion=lambda out, y: {name}({call}).")
    known = {type(criterion).__name__: lambda: criterion, "criterion": criterion}
    loss, start, _ = model_loss(module, X, targets, eval(f"lambda out, y: {name}({call})", known))
    assert check_loss(loss, start)[0] > -10


@pytest.mark.parametrize(
    ("module", "targets", "criterion", "said"),
    [
        (
            nn.Linear(2, 2),
            Y,
            nn.MSELoss(),
            "module must work on the inputs; got RuntimeError: mat1",
        ),
        (
            nn.Linear(3, 2),
            Y[:, :3],
            F.mse_loss,
            "criterion must work on the predictions and targets",
        ),
        (nn.Linear(3, 2), Y, lambda out: out.sum(), "criterion must work on .*; got TypeError"),
        (nn.Linear(3, 2), Y, lambda out, y: out - y, r"a scalar tensor; got shape \(4, 5, 2\)"),
        (nn.Linear(3, 2), Y, lambda out, y: y.sum(), "depend on its parameters"),
        (nn.Linear(3, 2), Y, lambda out, y: (out - y).sum().item(), "a scalar tensor; got a float"),
        (nn.Linear(3, 2), Y, lambda out, y: (out - y).float().sum(), "float64; got torch.float32"),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_what_fails_is_named_in_one_sentence(module, targets, criterion, said):
    for function in (model_loss, network_gradient):
        with pytest.raises((ValueError, TypeError), match=said) as told:
            function(module, X, targets, criterion)
        assert "\n" not in str(told.value)
