"""Why a loss has no second derivatives of its gradient: the repair that is told works."""

from __future__ import annotations

import pytest
import torch

from descent import InvalidValue, backward_graph, check_loss, hessian, record, sharpness

pytestmark = pytest.mark.filterwarnings("ignore:Sparse")
POINT, PLACES = [0.3, 0.6], torch.tensor([[0, 1], [1, 0]])


def quarters(values):
    return (4 * values).round() / 4


class Quarters(torch.autograd.Function):
    """Rounds to quarters, with the derivative of the identity."""

    @staticmethod
    def forward(ctx, x):
        return quarters(x)

    @staticmethod
    def backward(ctx, *gradients):
        return gradients[0]


class Held(torch.autograd.Function):
    """Squares, with a backward that PyTorch cannot see into."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, *gradients):
        (x,) = ctx.saved_tensors
        return 2 * x.detach() * gradients[0]


def squares(values):
    return ((values - 1.3) ** 2).sum()


def sparse(params):
    return torch.sparse_coo_tensor(PLACES, params, (2, 2))


def compressed(params):
    return torch.sparse_csr_tensor([0, 1, 2], [1, 0], params, (2, 2))


def dense(params):
    return params.new_zeros(2, 2).index_put(tuple(PLACES), params)


ONES = torch.ones(2, 1, dtype=torch.float64)
ESTIMATOR, BY_DENSE = r"leave out the straight-through estimator", r"index_put\(places, numbers\)"
# The loss, what is told, and the same loss when that is followed.
FOLLOWED = {
    "x + (q - x)": (lambda p: squares(p + (quarters(p) - p).detach()), ESTIMATOR, squares),
    "q + x - x": (lambda p: squares(quarters(p).detach() + p - p.detach()), ESTIMATOR, squares),
    "own": (lambda p: squares(Quarters.apply(p)), ESTIMATOR, squares),
    "held in its own": (
        lambda p: Held.apply(p).sum(),
        r"compute the backward of Held by PyTorch's operations alone, without \.detach",
        lambda p: (p**2).sum(),
    ),
    "and a slope": (
        lambda p: squares(p + (quarters(p) - p).detach()) + (p**2).sum(),
        "or a straight-through estimator as a whole",
        lambda p: squares(p) + (p**2).sum(),
    ),
    "half of it": (lambda p: (p.detach() * p).sum(), r"leave out \.detach", lambda p: (p**2).sum()),
    "sparse": (
        lambda p: (torch.sparse.mm(sparse(p), ONES) ** 2).sum(),
        rf"got sparse_coo_tensor, which .*{BY_DENSE}",
        lambda p: ((dense(p) @ ONES) ** 2).sum(),
    ),
    "sparse and dense": (
        lambda p: (torch.sparse.mm(sparse(p), p[:, None]) ** 2).sum(),
        rf"got sparse_coo_tensor, which .*{BY_DENSE}",
        lambda p: ((dense(p) @ p[:, None]) ** 2).sum(),
    ),
    "values": (
        lambda p: (sparse(p).coalesce().values() ** 2).sum(),
        rf"got sparse_coo_tensor, which .*{BY_DENSE}",
        lambda p: (dense(p) ** 2).sum(),
    ),
    "compressed": (
        lambda p: ((compressed(p) @ ONES) ** 2).sum(),
        rf"got a compressed sparse tensor, which .*{BY_DENSE}",
        lambda p: ((dense(p) @ ONES) ** 2).sum(),
    ),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_a_refusal_of_second_derivatives_tells_what_works(name):
    loss, told, followed = FOLLOWED[name]
    for measure in (sharpness, hessian):
        with pytest.raises(InvalidValue, match=told):
            measure(loss, POINT)
    params = torch.tensor(POINT, dtype=torch.float64)
    dense_hessian = torch.autograd.functional.hessian(followed, params)
    assert sharpness(followed, POINT) == pytest.approx(torch.linalg.eigvalsh(dense_hessian)[-1])
    assert record(loss, POINT, learning_rate=0.01, steps=3).steps == 3


def test_a_sparse_matrix_has_a_graph_of_the_backward_pass():
    loss = FOLLOWED["sparse"][0]
    graph = backward_graph(loss, POINT)
    value, gradient = check_loss(loss, POINT)
    assert graph.nodes[-1].value == pytest.approx(value)
    assert [float(node.gradient) for node in graph.nodes if node.name] == gradient.tolist()
