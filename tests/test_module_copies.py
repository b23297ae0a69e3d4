"""Modules and criteria as people have them, copied and computed in float64."""

from __future__ import annotations

import threading
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, prune
from torch.utils.checkpoint import checkpoint

from descent import check_loss, hessian, model_loss, network_gradient, record
from tests.plain_loop import plain_loop

generator = torch.Generator().manual_seed(12)
X = torch.randn(6, 3, generator=generator)
Y = torch.randn(6, 1, generator=generator)
LABELS = torch.tensor([0, 1, 0, 1, 1, 0])
WEIGHT = torch.tensor([0.2, 0.8])
MSE = nn.MSELoss()
NET = nn.Linear(3, 2)
STEPS = 4


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def equals_the_plain_loop(module, double, criterion=MSE, inputs=X, targets=Y, more=()):
    """Record a module, and compare it with the loop over a module that is in float64 already."""
    loss, start, _ = model_loss(module, inputs, targets, criterion)
    values = [check_loss(loss, start)[0] for _ in range(2)]
    assert values[0] == values[1]
    run = record(loss, start, learning_rate=0.1, steps=STEPS)
    given = inputs.double() if inputs.is_floating_point() else inputs
    wanted = targets.double() if targets.is_floating_point() else targets
    rule = more[0] if more else criterion
    learned = nn.ModuleList([double, rule] if more else [double]).parameters()
    torch.set_default_dtype(torch.float64)
    try:
        iterates, losses = plain_loop(learned, lambda: rule(double(given), wanted), STEPS)
    finally:
        torch.set_default_dtype(torch.float32)
    np.testing.assert_array_equal(run.iterates, iterates)
    np.testing.assert_array_equal(run.losses, losses)
    # Other parameters are put in the place of the module's own.
    moved = start + 0.1
    slope = check_loss(loss, moved)[1]
    direction = np.random.default_rng(0).standard_normal(len(start))
    ahead, behind = (check_loss(loss, moved + h * direction)[0] for h in (1e-5, -1e-5))
    np.testing.assert_allclose(slope @ direction, (ahead - behind) / 2e-5, rtol=1e-6, atol=1e-9)
    return loss, start


def twin_of(make):
    torch.manual_seed(0)
    one = make()
    torch.manual_seed(0)
    return one, (make(torch.float64) if make is Tables else make()).double()


# Criteria


class Scaled(nn.Module):
    """A criterion with a parameter of its own, as in uncertainty weighting."""

    def __init__(self):
        super().__init__()
        self.log_variance = nn.Parameter(torch.tensor(0.5))

    def forward(self, out, y):
        return MSE(out, y) * torch.exp(-self.log_variance) + self.log_variance


def closed_over(weight):
    return lambda out, y: F.cross_entropy(out, y, weight=weight)


def by_global(out, y):
    return F.cross_entropy(out, y, weight=WEIGHT)


def by_default_value(out, y, weight=WEIGHT, *, factor=torch.tensor([1.0])):  # noqa: B008
    return F.cross_entropy(out, y, weight=weight) * factor.sum()


class Callable:
    def __init__(self):
        self.kept = {"weight": [WEIGHT]}

    def __call__(self, out, y):
        return F.cross_entropy(out, y, weight=self.kept["weight"][0])


@pytest.mark.parametrize(
    "criterion",
    [
        nn.CrossEntropyLoss(weight=WEIGHT),
        closed_over(WEIGHT),
        closed_over(WEIGHT.half().float()),
        by_global,
        lambda out, y: by_global(out, y),
        (lambda inner: lambda out, y: inner(out, y))(closed_over(WEIGHT)),
        by_default_value,
        partial(F.cross_entropy, weight=WEIGHT),
        partial(by_default_value, factor=torch.tensor([1.0])),
        Callable(),
        nn.CrossEntropyLoss(weight=WEIGHT).forward,
    ],
    ids=[
        "module",
        "closure",
        "half",
        "global",
        "nested",
        "in a closure",
        "default",
        "partial",
        "both",
        "object",
        "method",
    ],
)
def test_a_criterion_may_hold_tensors_of_float32(criterion):
    module = nn.Linear(3, 2)
    loss, start, _ = model_loss(module, X, LABELS, criterion)
    weight = (WEIGHT.half() if criterion is None else WEIGHT).double()
    expected = F.cross_entropy(module.double()(X.double()), LABELS, weight=weight).item()
    assert check_loss(loss, start)[0] == pytest.approx(expected, rel=1e-3)
    assert torch.get_default_dtype() == WEIGHT.dtype == torch.float32


def test_the_weights_of_binary_cross_entropy_are_doubled_to_the_bit():
    one, double = twin_of(lambda: nn.Linear(3, 1))
    targets, weight = (Y > 0).float(), torch.tensor([1.7])
    wanted = nn.BCEWithLogitsLoss(pos_weight=weight.double())
    given = nn.BCEWithLogitsLoss(pos_weight=weight)
    equals_the_plain_loop(one, double, given, targets=targets, more=(wanted,))


def test_the_parameters_of_a_criterion_are_learned_along():
    one, double = twin_of(lambda: nn.Linear(3, 1))
    criterion = Scaled()
    equals_the_plain_loop(one, double, criterion, more=(Scaled().double(),))
    assert model_loss(one, X, Y, criterion)[2][-1] == "criterion.log_variance"
    assert criterion.log_variance.item() == 0.5


def penalty(module):
    return sum(p.square().sum() for p in module.parameters())


class Penalized(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, out, y):
        return F.cross_entropy(out, y) + penalty(self.module)


class Elsewhere:
    net = NET


in_features = nn.Parameter(torch.ones(2))  # a global variable of the name of an attribute


def averaged(out, y):
    return F.cross_entropy(out, y) / NET.in_features


def test_a_criterion_that_refers_to_the_module_refers_to_what_is_learned():
    def closure(out, y, net=NET):
        return F.cross_entropy(out, y) + penalty(net)

    criteria = [lambda out, y: F.cross_entropy(out, y) + penalty(NET), closure, Penalized(NET)]
    double = nn.Linear(3, 2).double()
    double.load_state_dict(NET.state_dict())
    for criterion in criteria:
        equals_the_plain_loop(NET, double, criterion, targets=LABELS, more=(Penalized(double),))
        double.load_state_dict(NET.state_dict())


def test_a_criterion_that_reaches_the_module_unseen_is_refused_with_a_repair_that_works():
    with pytest.raises(ValueError, match="reach the module's parameters .*: make the criterion a"):
        model_loss(NET, X, LABELS, lambda out, y: F.cross_entropy(out, y) + penalty(Elsewhere.net))
    assert model_loss(NET, X, LABELS, Penalized(NET))[1].shape == (8,)


def test_a_lone_parameter_in_a_criterion_is_refused_with_the_repair():
    scale = nn.Parameter(torch.ones(2))
    with pytest.raises(
        ValueError, match=r"hold its parameters as .* got one of shape \(2,\): or .det"
    ):
        model_loss(NET, X, LABELS, lambda out, y: F.cross_entropy(out * scale, y))
    fixed = scale.detach()
    for criterion in (lambda out, y: F.cross_entropy(out * fixed, y), averaged):
        assert model_loss(NET, X, LABELS, criterion)[1].size == 8


def test_a_teacher_in_a_criterion_teaches_and_does_not_learn():
    teacher = nn.Linear(3, 1)
    one, double = twin_of(lambda: nn.Linear(3, 1))
    target = teacher.weight.detach().clone()
    loss, start, names = model_loss(one, X, X, lambda out, x: MSE(out, teacher(x)))
    assert names == ("W1[0,0]", "W1[0,1]", "W1[0,2]", "b1")
    expected = MSE(double(X.double()), teacher.double()(X.double())).item()
    assert check_loss(loss, start)[0] == expected
    assert torch.equal(teacher.weight.float(), target)
    assert teacher.weight.grad is None


def test_a_criterion_that_counts_its_calls_still_does():
    calls = []

    def counted(out, y):
        calls.append(1)
        return MSE(out, y)

    model_loss(nn.Linear(3, 1), X, Y, counted)
    assert calls


# Precision


class Recurrent(nn.Module):
    """Makes its first hidden state itself, as most tutorials do."""

    def __init__(self, **options):
        super().__init__()
        self.cells, self.options = nn.GRU(3, 2, batch_first=True), options
        self.head = nn.Linear(2, 1)

    def forward(self, x):
        hidden = torch.zeros(1, len(x), 2, **self.options)
        return self.head(self.cells(x[:, None], hidden)[0][:, -1])


class Factories(nn.Module):
    """Computes with tensors that torch makes in its default dtype."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 1)

    def forward(self, x):
        here = torch.tensor([[0.1], [0.2], [0.3]])
        there = torch.linspace(0, 1, 3)[:, None] + torch.arange(3)[:, None] / 3
        return self.layer(x) + x @ here + x @ there + torch.full((1,), 0.1)


@pytest.mark.parametrize("make", [Recurrent, Factories])
def test_what_a_module_makes_while_it_runs_is_float64(make):
    equals_the_plain_loop(*twin_of(make))
    assert torch.get_default_dtype() == torch.float32


def test_a_module_that_asks_for_float32_is_refused_with_a_repair_that_works():
    with pytest.raises(
        ValueError, match="^module must compute in float64.*dtype=x.dtype.*"
    ) as told:
        model_loss(Recurrent(dtype=torch.float32), X, Y, MSE)
    assert "\n" not in str(told.value)
    assert model_loss(Recurrent(dtype=X.double().dtype), X, Y, MSE)[1].size


def test_a_criterion_of_float32_out_of_sight_is_refused_with_a_repair_that_works():
    class Hidden:
        weight = WEIGHT

    with pytest.raises(ValueError, match=r"^criterion must compute in float64.*\.double\(\)"):
        model_loss(NET, X, LABELS, lambda out, y: F.cross_entropy(out, y, weight=Hidden.weight))
    Hidden.weight = WEIGHT.double()
    loss, *_ = model_loss(
        NET, X, LABELS, lambda out, y: F.cross_entropy(out, y, weight=Hidden.weight)
    )
    assert loss is not None


def test_the_default_dtype_is_restored_after_an_exception_and_kept_while_threads_overlap():
    class Failing(nn.Linear):
        def forward(self, x):
            raise ArithmeticError("as asked")

    with pytest.raises(ValueError, match="module must work on the inputs; got ArithmeticError"):
        model_loss(Failing(3, 1), X, Y, MSE)
    assert torch.get_default_dtype() == torch.float32
    inside, may_leave = threading.Event(), threading.Event()

    class Waiting(nn.Linear):
        def forward(self, x):
            if self.waits:
                inside.set()
                may_leave.wait(10)
            return super().forward(x) + torch.zeros(1)

    waiting = Waiting(3, 1)
    waiting.waits = False
    loss, start, _ = model_loss(waiting, X, Y, MSE)
    loss._objective.module.waits = True
    thread = threading.Thread(target=check_loss, args=(loss, start))
    thread.start()
    assert inside.wait(10)
    assert model_loss(Factories(), X, Y, MSE)[1].size == 4
    assert torch.get_default_dtype() == torch.float64
    may_leave.set()
    thread.join(10)
    assert torch.get_default_dtype() == torch.float32


def test_tensors_come_to_the_cpu_before_they_become_float64(monkeypatch):
    order, thread = [], threading.get_ident()  # another may be at work for another test
    for name in ("cpu", "to"):
        real = getattr(torch.Tensor, name)

        def noted(tensor, *given, _real=real, _name=name, **options):
            if threading.get_ident() == thread:
                order.append(_name)
            return _real(tensor, *given, **options)

        monkeypatch.setattr(torch.Tensor, name, noted)
    model_loss(nn.Linear(3, 1), X, Y, MSE)
    assert order[:2] == ["cpu", "to"]
    assert order.count("cpu") >= 4


# Copies


def old_weight_norm():
    layer = nn.Linear(3, 1)
    with pytest.warns(FutureWarning):
        return nn.Sequential(nn.utils.weight_norm(layer), nn.Tanh())


def used(module):
    module(X.to(next(module.parameters()).dtype))
    return module


def remembering():
    """Return a module that keeps its last activation, which has a graph behind it."""
    module = nn.Linear(3, 1)
    module.register_forward_hook(lambda own, _, out: setattr(own, "last", out))
    return module


class Tables(nn.Module):
    """Keeps tensors wherever Python can: in lists, dicts, objects; and complex ones."""

    def __init__(self, dtype=torch.float32):
        super().__init__()
        self.layer = nn.Linear(3, 1)
        self.masks = {"first": [torch.tensor([[0.1], [0.2], [0.3]]).to(dtype)]}
        zeros, ones = torch.zeros(3, dtype=dtype), torch.eye(3, dtype=dtype)
        self.prior = torch.distributions.MultivariateNormal(zeros, ones)
        angle = torch.ones(1, dtype=torch.float32)
        self.register_buffer("phase", torch.polar(angle, angle).to(dtype.to_complex()))
        self.points = torch.ones(3, dtype=dtype, requires_grad=True)

    def forward(self, x):
        turned = (self.layer(x) * self.phase).real
        (slope,) = torch.autograd.grad(self.layer(self.points), self.points, create_graph=True)
        found = x @ self.masks["first"][0] + self.prior.log_prob(x)[:, None]
        return turned + found * slope.square().sum()


class Lists(nn.Module):
    def __init__(self):
        super().__init__()
        self.list = nn.ParameterList([torch.ones(3, 1), torch.ones(1)])
        self.dict = nn.ParameterDict({"scale": torch.ones(1)})

    def forward(self, x):
        return (x @ self.list[0] + self.list[1]) * self.dict["scale"]


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False)
        self.second.weight = self.first.weight
        self.alias = self.first

    def forward(self, x):
        return (self.second(self.alias(x).tanh()) + x @ self.first.weight).sum(1, keepdim=True)


class Checkpointed(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 1)

    def forward(self, x):
        return self.second(checkpoint(self.inner, x, use_reentrant=False))

    def inner(self, x):
        return torch.tanh(self.first(torch.tanh(self.first(x))))


MODULES = {
    "weight_norm of old": lambda: used(old_weight_norm()),
    "weight_norm of new": lambda: parametrizations.weight_norm(nn.Linear(3, 1)),
    "pruned": lambda: used(prune.l1_unstructured(nn.Linear(3, 1), "weight", amount=1)),
    "remembering": lambda: used(remembering()),
    "tables": Tables,
    "lists": Lists,
    "tied": Tied,
    "checkpointed": Checkpointed,
    "LSTM": lambda: nn.Sequential(nn.LSTM(3, 2), Head()),
    "bfloat16": lambda: nn.Linear(3, 1).bfloat16().float(),
}


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, found):
        return self.layer(found[0])


@pytest.mark.parametrize("make", MODULES.values(), ids=MODULES)
def test_a_module_of_any_make_is_the_plain_loop_to_the_bit(make):
    equals_the_plain_loop(*twin_of(make))


def test_a_checkpointed_module_has_the_hessian_of_the_module_itself():
    class Plain(Checkpointed):
        def forward(self, x):
            return self.second(self.inner(x))

    point = np.linspace(-1, 1, 16)
    both = [hessian(model_loss(one(), X, Y, MSE)[0], point) for one in (Checkpointed, Plain)]
    np.testing.assert_allclose(*both, rtol=1e-12, atol=1e-12)


def test_what_cannot_be_copied_is_shared():
    module = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
    module[0].lock = threading.Lock()
    module.kept = [threading.Lock(), (number for number in range(3)), X]
    module.again = {"layer": [module[0]]}
    equals_the_plain_loop(module, nn.Sequential(*(own_double(layer) for layer in module)))
    assert next(module.kept[1]) == 0


def own_double(layer):
    twin = nn.Linear(layer.in_features, layer.out_features).double()
    twin.load_state_dict(layer.state_dict())
    return twin


def test_what_refuses_to_be_copied_at_all_is_refused_in_one_sentence():
    class Refusing(nn.Linear):
        def __deepcopy__(self, memo):
            raise RuntimeError("not me\nnor mine")

    with pytest.raises(ValueError, match="be such as copy.deepcopy can copy; got .*not me: keep"):
        model_loss(Refusing(3, 1), X, Y, MSE)


def test_the_hooks_of_parameters_change_the_gradient_as_in_a_plain_loop():
    def make():
        layer = nn.Linear(3, 1)
        layer.weight.register_hook(lambda slope: slope * torch.tensor([[1.0, 0.0, 1.0]]))
        return layer

    one, double = make(), nn.Linear(3, 1).double()
    double.load_state_dict(one.state_dict())
    double.weight.register_hook(lambda slope: slope * torch.tensor([[1.0, 0.0, 1.0]]))
    loss, start, _ = model_loss(one, X, Y, MSE)
    run = record(loss, start, learning_rate=0.1, steps=STEPS)
    steps = plain_loop(double.parameters(), lambda: MSE(double(X.double()), Y.double()), STEPS)
    np.testing.assert_array_equal(run.iterates, steps[0])
    assert run.gradients[0, 1] == 0 == check_loss(loss, start)[1][1]


@pytest.mark.parametrize("wrap", ["compiled", "compiled child", "compiled in place", "parallel"])
def test_what_wraps_a_module_is_taken_off(wrap):
    inner = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
    expected = model_loss(inner, X, Y, MSE)
    if wrap == "compiled":
        module = torch.compile(inner, backend="eager")
    elif wrap == "compiled child":
        module = nn.Sequential(torch.compile(inner[0], backend="eager"), inner[1])
    elif wrap == "parallel":
        module = nn.DataParallel(inner)
    else:
        module = inner
        module.compile(backend="eager")
    loss, start, names = model_loss(module, X, Y, MSE)
    assert names == expected[2]
    assert check_loss(loss, start)[0] == check_loss(expected[0], start)[0]
    assert network_gradient(module, X, Y, MSE).loss == check_loss(loss, start)[0]


class InAList(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 1)
        self.penalized = [self.layer.weight]

    def forward(self, x):
        return self.layer(x) + sum(weight.square().sum() for weight in self.penalized)


@pytest.mark.parametrize(
    ("module", "kind", "said"),
    [
        (lambda: torch.jit.trace(nn.Linear(3, 1), X), TypeError, "got one of torch.jit: give the"),
        (lambda: nn.LazyLinear(1), ValueError, "got weight without one: call the module on its"),
        (lambda: nn.LazyBatchNorm1d(affine=False), ValueError, "got running_mean without one"),
        (InAList, ValueError, "reach its parameters by .*: keep them in a torch.nn.ParameterList"),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_module_that_cannot_be_taken_is_refused_with_the_repair(module, kind, said):
    with pytest.raises(kind, match=said):
        model_loss(module(), X, Y, MSE)


def test_a_slice_of_a_list_of_parameters_is_refused_and_the_repair_works():
    class Sliced(Lists):
        def forward(self, x):
            first, (second,) = self.list[0], self.list[1:]
            return x @ first + second

    class OneByOne(Lists):
        def forward(self, x):
            first, second = self.list
            return x @ first + second

    with pytest.raises(ValueError, match="one by one, not by a slice, which holds copies"):
        model_loss(Sliced(), X, Y, MSE)
    equals_the_plain_loop(*twin_of(OneByOne))


def test_the_repair_for_a_list_of_parameters_works():
    class Repaired(InAList):
        def __init__(self):
            super().__init__()
            self.penalized = nn.ParameterList([self.layer.weight])

    equals_the_plain_loop(*twin_of(Repaired))


def test_a_lazy_module_that_has_been_called_is_one_like_any_other():
    module = used(nn.LazyLinear(1))
    assert model_loss(module, X, Y, MSE)[1].shape == (4,)


@pytest.mark.parametrize("make", [old_weight_norm, lambda: nn.Sequential(MODULES["pruned"]())])
def test_the_gradient_of_a_computed_weight_is_that_of_the_weight_that_is_used(make):
    module = make()
    found = network_gradient(module, X, Y, MSE)
    weight = found.weights[0]
    predictions = X.double() @ torch.tensor(weight.T) + torch.tensor(found.biases[0])
    slope = 2 * (predictions - Y.double()) / len(X)
    if isinstance(module[-1], nn.Tanh):
        slope = 2 * (predictions.tanh() - Y.double()) / len(X) * (1 - predictions.tanh() ** 2)
    np.testing.assert_allclose(
        found.weight_gradients[0], (slope.T @ X.double()).numpy(), rtol=1e-12
    )
    np.testing.assert_allclose(found.bias_gradients[0], slope.sum(0).numpy(), rtol=1e-12)


# Devices


def test_a_loss_is_computed_where_its_parameters_are():
    weighted = closed_over(WEIGHT)
    module = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), Shift())
    loss, start, _ = model_loss(module, X, LABELS, weighted)
    assert loss(torch.tensor(start)).device.type == "cpu"
    assert loss(torch.tensor(start, device="meta")).device.type == "meta"
    batched, *_ = model_loss(module, X, LABELS, weighted, batch_size=3)
    assert batched(torch.tensor(start, device="meta")).device.type == "meta"


class Shift(nn.Module):
    def forward(self, x):
        return x + torch.full((2,), 0.1)


@pytest.mark.filterwarnings("ignore")
def test_torchs_default_device_does_not_matter():
    module, targets = nn.Sequential(Factories()), Y
    expected = record(*model_loss(module, X, targets, MSE)[:2], learning_rate=0.1, steps=3)
    torch.set_default_device("meta")
    try:
        loss, start, _ = model_loss(module, X.tolist(), targets.tolist(), MSE)
        run = record(loss, start, learning_rate=0.1, steps=3)
        network_gradient(module, X, targets, MSE)
    finally:
        torch.set_default_device("cpu")
    assert run.to_bytes() == expected.to_bytes()


def test_a_sparse_gradient_is_a_gradient():
    def make():
        return nn.Sequential(nn.Embedding(4, 2, sparse=True), nn.Linear(2, 1))

    torch.manual_seed(0)
    sparse = make()
    dense = nn.Sequential(nn.Embedding(4, 2), nn.Linear(2, 1))
    dense.load_state_dict(sparse.state_dict())
    rows = torch.tensor([0, 1, 2, 1, 1, 3])
    one, double = sparse, make().double()
    double.load_state_dict(sparse.state_dict())
    loss, start = equals_the_plain_loop(one, double, inputs=rows)
    expected = hessian(model_loss(dense, rows, Y, MSE)[0], start)
    np.testing.assert_allclose(hessian(loss, start), expected, atol=1e-12)
