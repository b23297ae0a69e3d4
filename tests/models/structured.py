"""Graphs, factors, likelihoods of structures, rewards, rankings and decompositions."""

from __future__ import annotations

import torch
from torch import nn

from tests.models.registry import Function, Model, entry

functional = nn.functional


def ring(count: int = 6) -> torch.Tensor:
    """Return the adjacency of a ring with loops, each row's sum 1."""
    eye = torch.eye(count)
    return (eye + eye.roll(1, 0) + eye.roll(-1, 0)) / 3


class GraphConvolution(nn.Module):
    def __init__(self, adjacency: torch.Tensor) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)
        self.register_buffer("adjacency", adjacency)

    def forward(self, x):
        x = torch.relu(self.adjacency @ self.first(x))
        return self.adjacency @ self.second(x)


@entry()
def graph_convolution() -> Model:
    module = GraphConvolution(ring())
    return Model(module, torch.randn(6, 3), torch.arange(6) % 2, nn.CrossEntropyLoss())


@entry()
def sparse_graph_convolution() -> Model:
    module = GraphConvolution(ring().to_sparse())
    return Model(module, torch.randn(6, 3), torch.arange(6) % 2, nn.CrossEntropyLoss())


class GraphAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.project, self.left, self.right = nn.Linear(3, 4), nn.Linear(4, 1), nn.Linear(4, 1)
        self.out = nn.Linear(4, 2)
        self.register_buffer("edges", ring() > 0)

    def forward(self, x):
        h = self.project(x)
        scores = functional.leaky_relu(self.left(h) + self.right(h).T, 0.2)
        return self.out(scores.masked_fill(~self.edges, -torch.inf).softmax(dim=1) @ h)


@entry()
def graph_attention() -> Model:
    return Model(GraphAttention(), torch.randn(6, 3), torch.arange(6) % 2, nn.CrossEntropyLoss())


class MessagePassing(nn.Module):
    """Messages along edges, added where they arrive."""

    def __init__(self) -> None:
        super().__init__()
        self.message, self.out = nn.Linear(6, 4), nn.Linear(4, 2)
        self.register_buffer("ends", torch.tensor([[0, 1, 2, 3, 4, 5, 0], [1, 2, 3, 4, 5, 0, 3]]))

    def forward(self, x):
        source, target = self.ends
        sent = torch.tanh(self.message(torch.cat([x[source], x[target]], dim=1)))
        return self.out(sent.new_zeros(len(x), 4).index_add(0, target, sent))


@entry()
def message_passing() -> Model:
    return Model(MessagePassing(), torch.randn(6, 3), torch.arange(6) % 2, nn.CrossEntropyLoss())


class Factors(nn.Module):
    """Users and items, each with a bias."""

    def __init__(self) -> None:
        super().__init__()
        self.users, self.items = nn.Embedding(4, 2), nn.Embedding(5, 2)
        self.biases = nn.Embedding(5, 1)

    def forward(self, pairs):
        user, item = pairs.T
        product = (self.users(user) * self.items(item)).sum(dim=1)
        return product + self.biases(item)[:, 0]


def ratings(kind: type[nn.Module], are_binary: bool = False) -> Model:
    pairs = torch.stack([torch.randint(4, (14,)), torch.randint(5, (14,))], dim=1)
    targets = torch.rand(14).round() if are_binary else torch.rand(14) * 5
    return Model(Factors(), pairs, targets, kind())


@entry()
def matrix_factorisation() -> Model:
    return ratings(nn.MSELoss)


@entry()
def logistic_matrix_factorisation() -> Model:
    return ratings(nn.BCEWithLogitsLoss, are_binary=True)


@entry()
def sparse_embedding() -> Model:
    module = nn.Sequential(nn.Embedding(5, 2, sparse=True), nn.Linear(2, 1))
    return Model(module, torch.arange(10) % 5, torch.randn(10, 1), nn.MSELoss())


@entry()
def factorisation() -> Function:
    table = torch.randn(5, 4).double()
    return Function(
        lambda p: ((p[:10].view(5, 2) @ p[10:].view(2, 4) - table) ** 2).mean(),
        0.3 * torch.randn(18).double(),
    )


@entry()
def principal_components() -> Function:
    x = (torch.randn(15, 4) * torch.tensor([3.0, 1.0, 0.5, 0.2])).double()
    return Function(
        lambda p: ((x - x @ p.view(4, 2) @ p.view(4, 2).T) ** 2).mean(), torch.randn(8).double() / 2
    )


@entry()
def independent_components() -> Function:
    x = (torch.rand(20, 2) - 0.5).double() @ torch.tensor([[1.0, 0.6], [0.2, 1.0]]).double()

    def loss(p):
        matrix = p.view(2, 2)
        return torch.log(torch.cosh(x @ matrix)).mean() - torch.linalg.slogdet(matrix)[1]

    return Function(loss, torch.eye(2).flatten().double())


@entry(0.02)
def cox() -> Function:
    """The negative log partial likelihood of lives that are sorted by their length."""
    x, seen = torch.randn(12, 3).double(), (torch.arange(12) % 3 > 0).double()

    def loss(beta):
        risks = x @ beta
        return -((risks - risks.flip(0).logcumsumexp(dim=0).flip(0)) * seen).sum()

    return Function(loss, torch.zeros(3).double())


@entry()
def weibull() -> Function:
    lives = torch.rand(15).double() * 3 + 0.1

    def loss(logs):
        shape, scale = logs.exp()
        ratio = lives / scale
        return -(shape.log() - scale.log() + (shape - 1) * ratio.log() - ratio**shape).mean()

    return Function(loss, torch.zeros(2).double())


@entry()
def distributions() -> Function:
    """Likelihoods by torch.distributions, which check their arguments."""
    x = torch.rand(15).double() * 0.8 + 0.1
    return Function(
        lambda p: -torch.distributions.Beta(p[0].exp(), p[1].exp()).log_prob(x).mean(),
        torch.zeros(2).double(),
    )


@entry()
def hidden_markov() -> Function:
    """The negative log likelihood of observations, by the forward algorithm in logs."""
    seen = torch.tensor([0, 0, 1, 2, 1, 0, 2, 2])

    def loss(p):
        first = p[:2].log_softmax(dim=0)
        moves = p[2:6].view(2, 2).log_softmax(dim=1)
        shows = p[6:].view(2, 3).log_softmax(dim=1)
        state = first + shows[:, seen[0]]
        for value in seen[1:]:
            state = torch.logsumexp(state[:, None] + moves, dim=0) + shows[:, value]
        return -torch.logsumexp(state, dim=0)

    return Function(loss, torch.randn(12).double())


@entry()
def policy_gradient() -> Model:
    """Episodes that are fixed: states, actions, and what followed."""
    policy = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))
    actions, returns = torch.randint(2, (12,)), torch.randn(12)

    def loss(logits, _):
        chosen = logits.log_softmax(dim=1).gather(1, actions[:, None])[:, 0]
        return -(chosen * returns).mean()

    return Model(policy, torch.randn(12, 3), torch.zeros(1), loss)


class Bootstrapped(nn.Module):
    """Q-learning: what follows is valued by the same network, without a gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))

    def forward(self, pair):
        now, then = pair[:, :3], pair[:, 3:]
        with torch.no_grad():
            target = self.net(then).amax(dim=1)
        return self.net(now)[:, 0], 0.9 * target


@entry()
def q_learning() -> Model:
    def loss(pair, reward):
        return functional.smooth_l1_loss(pair[0], reward + pair[1])

    return Model(Bootstrapped(), torch.randn(10, 6), torch.rand(10), loss)


@entry()
def ranking() -> Function:
    """Plackett and Luce: the likelihood of orders."""
    orders = torch.tensor([[0, 1, 2, 3], [1, 0, 2, 3], [0, 2, 1, 3]])

    def loss(scores):
        ordered = scores[orders]
        return -(ordered - ordered.flip(1).logcumsumexp(dim=1).flip(1)).sum(dim=1).mean()

    return Function(loss, torch.zeros(4).double())


@entry(0.02)
def stress() -> Function:
    """Places of points whose distances are known."""
    pairs = torch.triu_indices(5, 5, 1)
    wanted = torch.rand(10).double() + 0.5

    def loss(p):
        places = p.view(5, 2)
        return ((torch.linalg.norm(places[pairs[0]] - places[pairs[1]], dim=1) - wanted) ** 2).sum()

    return Function(loss, torch.randn(10).double())


@entry(0.02)
def stress_by_cdist() -> Function:
    """The same by torch.cdist, which PyTorch differentiates once."""
    wanted = torch.rand(5, 5).double() + 0.5

    def loss(p):
        places = p.view(5, 2)
        return (torch.cdist(places, places + 1e-3) - wanted).triu(1).pow(2).sum()

    return Function(loss, torch.randn(10).double())


@entry(0.01)
def transport() -> Function:
    """Places that are carried to others at least cost, by Sinkhorn's iterations."""
    there = torch.randn(5, 2).double()

    def loss(p):
        cost = ((p.view(4, 2)[:, None] - there) ** 2).sum(dim=-1)
        left, right = torch.zeros(4, 1).double(), torch.zeros(1, 5).double()
        for _ in range(10):
            left = -torch.logsumexp(right - cost, dim=1, keepdim=True)
            right = -torch.logsumexp(left - cost, dim=0, keepdim=True)
        return (torch.exp(left + right - cost) * cost).sum()

    return Function(loss, torch.randn(8).double())
