"""Modules that do what few do: hooks, checkpoints, functions of their own, pruning, memory."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils import prune
from torch.utils.checkpoint import checkpoint

from tests.models.registry import Model, entry

functional = nn.functional


def table(rows: int = 10) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(rows, 3)
    return x, torch.sin(x.sum(dim=1, keepdim=True))


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))


@entry()
def forward_hook() -> Model:
    module = network()
    module[1].register_forward_hook(lambda _, __, output: 2 * output)
    return Model(module, *table(), nn.MSELoss())


@entry()
def gradient_hook() -> Model:
    module = network()
    module[0].weight.register_hook(lambda gradient: gradient.clamp(-0.01, 0.01))
    return Model(module, *table(), nn.MSELoss())


class Checkpointed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 1)

    def forward(self, x):
        hidden = checkpoint(lambda z: torch.tanh(self.first(z)), x, use_reentrant=False)
        return self.second(hidden)


@entry()
def checkpointed() -> Model:
    return Model(Checkpointed(), *table(), nn.MSELoss())


class Reversal(torch.autograd.Function):
    """The identity, whose gradient is turned round, as domain adaptation needs it."""

    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, slope):
        return -slope


class Adversarial(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features, self.label, self.domain = nn.Linear(3, 4), nn.Linear(4, 1), nn.Linear(4, 1)

    def forward(self, x):
        z = torch.tanh(self.features(x))
        return self.label(z), self.domain(Reversal.apply(z))


@entry()
def gradient_reversal() -> Model:
    domains = (torch.arange(10) % 2)[:, None].double()

    def loss(pair, y):
        aside = functional.binary_cross_entropy_with_logits(pair[1], domains)
        return functional.mse_loss(pair[0], y) + aside

    return Model(Adversarial(), *table(), loss)


class Rounded(nn.Module):
    """Weights of one bit, with gradients that go straight through."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.out = nn.Linear(3, 4), nn.Linear(4, 1)

    def forward(self, x):
        weight = self.layer.weight
        sign = weight + (torch.sign(weight) - weight).detach()
        return self.out(torch.tanh(functional.linear(x, sign, self.layer.bias)))


@entry()
def binary_weights() -> Model:
    return Model(Rounded(), *table(), nn.MSELoss())


@entry()
def pruned() -> Model:
    module = network()
    prune.l1_unstructured(module[0], "weight", amount=0.5)
    return Model(module, *table(), nn.MSELoss())


class MomentumEncoder(nn.Module):
    """BYOL and MoCo: a second network that follows the first at every call."""

    def __init__(self) -> None:
        super().__init__()
        self.online, self.target = nn.Linear(3, 2), nn.Linear(3, 2).requires_grad_(False)
        self.predict = nn.Linear(2, 2)

    def forward(self, x):
        with torch.no_grad():
            for slow, fast in zip(self.target.parameters(), self.online.parameters(), strict=True):
                slow.mul_(0.9).add_(fast, alpha=0.1)
            aim = self.target(x + 0.1)
        return functional.mse_loss(self.predict(torch.tanh(self.online(x))), aim)


def momentum_encoder_at_rest() -> Model:
    class AtRest(MomentumEncoder):
        def forward(self, x):
            aim = self.target(x + 0.1).detach()
            return functional.mse_loss(self.predict(torch.tanh(self.online(x))), aim)

    return Model(AtRest(), torch.randn(8, 3), torch.zeros(1), lambda value, _: value)


@entry(advised=momentum_encoder_at_rest)
def momentum_encoder() -> Model:
    return Model(MomentumEncoder(), torch.randn(8, 3), torch.zeros(1), lambda value, _: value)


class Queue(nn.Module):
    """A memory of what was seen before, against which the next rows are compared."""

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Linear(3, 2)
        self.register_buffer("memory", torch.randn(4, 2))

    def forward(self, x):
        z = functional.normalize(self.encode(x), dim=1)
        scores = z @ self.memory.clone().T
        self.memory = torch.cat([z.detach(), self.memory])[:4]
        return scores


class StandingQueue(Queue):
    """The same memory at every call."""

    def forward(self, x):
        return functional.normalize(self.encode(x), dim=1) @ self.memory.T


def standing_memory() -> Model:
    return Model(StandingQueue(), torch.randn(6, 3), torch.arange(6) % 4, nn.CrossEntropyLoss())


@entry(advised=standing_memory)
def memory_queue() -> Model:
    return Model(Queue(), torch.randn(6, 3), torch.arange(6) % 4, nn.CrossEntropyLoss())


class Critic(nn.Module):
    """WGAN-GP: a critic of what is real, and its slopes in between."""

    def __init__(self) -> None:
        super().__init__()
        self.critic = network()

    def forward(self, real, fake):
        slope = self.slope((real + fake) / 2)
        return self.critic(fake).mean() - self.critic(real).mean(), slope

    def slope(self, between):
        between = between.detach().requires_grad_()
        (slope,) = torch.autograd.grad(self.critic(between).sum(), between, create_graph=True)
        return slope


class CriticByFunc(Critic):
    """The same by torch.func."""

    def slope(self, between):
        return torch.func.grad(lambda x: self.critic(x).sum())(between)


def penalized(critic: nn.Module) -> Model:
    def loss(pair, _):
        return pair[0] + 10 * ((pair[1].norm(dim=1) - 1) ** 2).mean()

    return Model(critic, (torch.randn(6, 3), 1 + torch.randn(6, 3)), None, loss)


@entry()
def gradient_penalty_by_func() -> Model:
    return penalized(CriticByFunc())


@entry(advised=gradient_penalty_by_func)
def gradient_penalty() -> Model:
    return penalized(Critic())


@entry()
def layer_used_twice() -> Model:

    class Repeated(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 1)])

        def forward(self, x):
            for place in (0, 0, 1):
                x = self.layers[place](torch.tanh(x))
            return x

    return Model(Repeated(), *table(), nn.MSELoss())


@entry()
def written_in_place() -> Model:
    """Activations that are changed in place."""
    module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(inplace=True), nn.Linear(4, 1))
    return Model(module, *table(), nn.MSELoss())


class Assigned(nn.Module):
    """Columns that are written into a tensor, which is made within forward."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 1)

    def empty(self, rows):
        return torch.zeros(rows, 2)

    def forward(self, x):
        out = self.empty(len(x))
        out[:, :1] = self.layer(x)
        out[:, 1:] = self.layer(-x) ** 2
        return out.sum(dim=1, keepdim=True)


class AssignedAnew(Assigned):
    """The same into a tensor that is made from the parameters."""

    def empty(self, rows):
        return self.layer.weight.new_zeros(rows, 2)


def assigned_to_a_tensor_of_the_parameters() -> Model:
    return Model(AssignedAnew(), *table(), nn.MSELoss())


@entry(advised=assigned_to_a_tensor_of_the_parameters)
def assigned_in_place() -> Model:
    return Model(Assigned(), *table(), nn.MSELoss())
