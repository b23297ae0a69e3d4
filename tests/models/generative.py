"""Generative models: autoencoders with noise, flows, diffusion, energies, mixtures."""

from __future__ import annotations

import math

import torch
from torch import nn

from tests.models.registry import Function, Model, entry, function_of

functional = nn.functional


class VAE(nn.Module):
    """A variational autoencoder whose noise is given, or drawn anew."""

    def __init__(self, noise: torch.Tensor | None) -> None:
        super().__init__()
        self.encode, self.decode = nn.Linear(4, 4), nn.Linear(2, 4)
        self.register_buffer("noise", noise)

    def forward(self, x):
        mean, logs = self.encode(x).chunk(2, dim=1)
        noise = torch.randn_like(mean) if self.noise is None else self.noise
        return self.decode(mean + noise * torch.exp(logs / 2)), mean, logs


def evidence(outputs, x):
    """The negative evidence lower bound, with a Gaussian likelihood."""
    again, mean, logs = outputs
    return functional.mse_loss(again, x) - 0.05 * (1 + logs - mean**2 - logs.exp()).mean()


@entry(quick=True)
def variational_autoencoder() -> Model:
    x = torch.randn(8, 4)
    return Model(VAE(torch.randn(8, 2)), x, x, evidence)


@entry(advised=variational_autoencoder)
def variational_autoencoder_with_drawn_noise() -> Model:
    x = torch.randn(8, 4)
    return Model(VAE(None), x, x, evidence)


class VectorQuantized(nn.Module):
    """A code book, with gradients that go straight through the choice."""

    def __init__(self) -> None:
        super().__init__()
        self.encode, self.codes, self.decode = nn.Linear(3, 2), nn.Embedding(4, 2), nn.Linear(2, 3)

    def forward(self, x):
        z = self.encode(x)
        nearest = ((z[:, None] - self.codes.weight) ** 2).sum(dim=-1).argmin(dim=1)
        code = self.codes(nearest)
        return self.decode(z + (code - z).detach()), ((code - z.detach()) ** 2).mean()


@entry()
def vector_quantized() -> Model:
    x = torch.randn(10, 3)
    return Model(VectorQuantized(), x, x, lambda pair, y: functional.mse_loss(pair[0], y) + pair[1])


class RealNVP(nn.Module):
    """Two affine couplings; the log density of each row."""

    def __init__(self) -> None:
        super().__init__()
        self.nets = nn.ModuleList(
            nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 2)) for _ in range(2)
        )

    def forward(self, x):
        a, b, volume = x[:, :1], x[:, 1:], 0.0
        for net in self.nets:
            scale, shift = net(a).chunk(2, dim=1)
            a, b, volume = b * torch.exp(torch.tanh(scale)) + shift, a, volume + torch.tanh(scale)
        return volume - 0.5 * (a**2 + b**2) - math.log(2 * math.pi)


@entry()
def real_nvp() -> Model:
    return Model(RealNVP(), torch.randn(10, 2) * 0.5 + 1, torch.zeros(1), lambda p, _: -p.mean())


class PlanarFlow(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.u, self.w = nn.Parameter(torch.randn(2)), nn.Parameter(torch.randn(2))
        self.b = nn.Parameter(torch.zeros(()))

    def forward(self, z):
        inner = torch.tanh(z @ self.w + self.b)
        volume = torch.log((1 + (1 - inner**2) * (self.u @ self.w)).abs() + 1e-3)
        moved = z + inner[:, None] * self.u
        return 0.5 * ((moved - 1) ** 2).sum(dim=1) - volume


@entry()
def planar_flow() -> Model:
    return Model(PlanarFlow(), torch.randn(12, 2), torch.zeros(1), lambda p, _: p.mean())


class Denoiser(nn.Module):
    """Predicts the noise from a noisy row and its time."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 8), nn.SiLU(), nn.Linear(8, 2))

    def forward(self, table):
        noisy, time = table[:, :2], table[:, 2:]
        return self.net(torch.cat([noisy, torch.sin(time), torch.cos(time)], dim=1))


@entry()
def diffusion() -> Model:
    clean, noise, time = torch.randn(12, 2), torch.randn(12, 2), torch.rand(12, 1)
    noisy = torch.sqrt(1 - time) * clean + torch.sqrt(time) * noise
    return Model(Denoiser(), torch.cat([noisy, time], dim=1), noise, nn.MSELoss())


@entry()
def energy_based() -> Model:
    """Data against negatives that are fixed, as one step of contrastive divergence."""
    net = nn.Sequential(nn.Linear(2, 6), nn.SiLU(), nn.Linear(6, 1))
    x = torch.cat([torch.randn(8, 2), 3 * torch.randn(8, 2)])

    def loss(energy, _):
        return energy[:8].mean() - energy[8:].mean() + 0.1 * (energy**2).mean()

    return Model(net, x, torch.zeros(1), loss)


@entry()
def discriminator() -> Model:
    net = nn.Sequential(nn.Linear(2, 6), nn.LeakyReLU(0.2), nn.Linear(6, 1))
    x = torch.cat([torch.randn(8, 2), 1 + torch.randn(8, 2)])
    return Model(net, x, torch.cat([torch.ones(8, 1), torch.zeros(8, 1)]), nn.BCEWithLogitsLoss())


def energy_net() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 6), nn.Softplus(), nn.Linear(6, 1))


class ScoreByJacobian(nn.Module):
    """The score of an energy by torch.func, and its divergence."""

    def __init__(self) -> None:
        super().__init__()
        self.energy = energy_net()

    def forward(self, x):
        from torch.func import jacrev, vmap

        def energy(row):
            return self.energy(row)[0]

        score, second = vmap(jacrev(energy))(x), vmap(jacrev(jacrev(energy)))(x)
        return 0.5 * (score**2).sum(dim=1) - second.diagonal(dim1=1, dim2=2).sum(dim=1)


class ScoreByGrad(nn.Module):
    """The same by torch.autograd.grad, as tutorials write it."""

    def __init__(self) -> None:
        super().__init__()
        self.energy = energy_net()

    def forward(self, x):
        x = x.detach().requires_grad_()
        (score,) = torch.autograd.grad(self.energy(x).sum(), x, create_graph=True)
        divergence = sum(
            torch.autograd.grad(score[:, k].sum(), x, create_graph=True)[0][:, k] for k in range(2)
        )
        return 0.5 * (score**2).sum(dim=1) - divergence


@entry(0.02)
def score_matching_by_func() -> Model:
    return Model(ScoreByJacobian(), torch.randn(6, 2), torch.zeros(1), lambda s, _: s.mean())


@entry(0.02, advised=score_matching_by_func)
def score_matching() -> Model:
    return Model(ScoreByGrad(), torch.randn(6, 2), torch.zeros(1), lambda s, _: s.mean())


class MixtureDensity(nn.Module):
    """Weights, means and widths of three Gaussians."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1, 5), nn.Tanh(), nn.Linear(5, 9))

    def forward(self, x):
        return self.net(x).chunk(3, dim=1)


def mixture_likelihood(parts, y):
    weights, means, logs = parts
    normal = -0.5 * ((y - means) * torch.exp(-logs)) ** 2 - logs
    return -torch.logsumexp(weights.log_softmax(dim=1) + normal, dim=1).mean()


@entry()
def mixture_density() -> Model:
    y = torch.linspace(-1, 1, 12)[:, None]
    return Model(MixtureDensity(), torch.sin(4 * y), y, mixture_likelihood)


@entry()
def gaussian_mixture() -> Function:
    x = torch.cat([torch.randn(8) - 2, torch.randn(8) + 2]).double()[:, None]

    def loss(p):
        weights, means, logs = p.view(3, 2)
        normal = -0.5 * ((x - means) * torch.exp(-logs)) ** 2 - logs
        return -torch.logsumexp(weights.log_softmax(dim=0) + normal, dim=1).mean()

    return Function(loss, torch.tensor([0.0, 0.1, -1.0, 1.0, 0.0, 0.0]).double())


@entry()
def bayes_by_backprop() -> Model:
    """Means and widths of weights, with noise that is fixed."""
    noise = torch.randn(5, 3)
    x = torch.randn(8, 3)
    y = x.sum(dim=1)

    class Posterior(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mean, self.rho = nn.Parameter(torch.zeros(3)), nn.Parameter(-torch.ones(3))

    def loss(module):
        width = functional.softplus(module.rho)
        drawn = module.mean + width * noise.to(width)
        fit = ((drawn @ x.T.to(width) - y.to(width)) ** 2).mean()
        return fit + 0.1 * (0.5 * (module.mean**2 + width**2) - width.log()).sum()

    return function_of(Posterior(), loss)


@entry()
def gumbel_softmax() -> Function:
    """A choice made soft, with noise that is fixed."""
    noise = -torch.log(-torch.log(torch.rand(20, 4).double()))
    value = torch.tensor([1.0, -0.5, 0.3, 0.0]).double()
    return Function(
        lambda logits: -(((logits + noise) / 0.5).softmax(dim=1) @ value).mean(),
        torch.zeros(4).double(),
    )
