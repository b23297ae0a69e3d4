"""Training loops as people write them: each trains with or without being watched.

A loop gives each loss to `note`, which returns it, and calls `log` with the losses of a step where
the step is about to use the gradients: what `log` saw is what a recording must hold.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import parameters_to_vector
from torch.optim import lr_scheduler, swa_utils

LOOPS: dict[str, Callable[[], Loop]] = {}


@dataclass
class Loop:
    """A model with its optimizers, and the loop that trains it.

    Attributes:
        model: What is watched.
        optimizers: One, or several.
        train: The loop; it takes `note` and `log`.
        others: What the loop changes beside the model.
    """

    model: nn.Module
    optimizers: list[torch.optim.Optimizer]
    train: Callable[[Any, Any], None]
    others: list[Any] = field(default_factory=list)

    def state(self):
        """Return all that the loop changes, and the random numbers that come next."""
        parts = [self.model, *self.optimizers, *self.others]
        states = [one.state_dict() for one in parts]
        gradients = [one.grad for one in self.model.parameters()]
        return copy.deepcopy(states), gradients, torch.get_rng_state()


def loop(make):
    LOOPS[make.__name__] = make
    return make


def data(rows=24, columns=4):
    x = torch.randn(rows, columns)
    return x, x.sin().sum(1, keepdim=True)


def mlp(columns=4):
    return nn.Sequential(nn.Linear(columns, 6), nn.Tanh(), nn.Linear(6, 1))


def train(optimizer, loss, recording, steps=3):
    for _ in range(steps):
        optimizer.zero_grad()
        recording.loss(loss()).backward()
        optimizer.step()


def quadratic(dtype=torch.float32, start=1.0):
    """Return a model whose only parameter is w, and its loss w²."""
    model = nn.Linear(1, 1, bias=False).to(dtype)
    nn.init.constant_(model.weight, start)
    return model, lambda: model.weight.square().sum()


def vector(tensors):
    return parameters_to_vector([one.detach().double() for one in tensors]).numpy()


def batches(x, y, steps, size=8):
    for _ in range(steps):
        rows = torch.randperm(len(x))[:size]
        yield x[rows], y[rows]


def plain(model, optimizer, *, steps=6, before=lambda t: None, after=lambda t: None, others=()):
    """Return the loop that everybody writes, with something before and after each step."""
    x, y = data()

    def train(note, log):
        for t, (xs, ys) in enumerate(batches(x, y, steps)):
            optimizer.zero_grad()
            loss = note(functional.mse_loss(model(xs), ys))
            loss.backward()
            before(t)
            log([loss])
            optimizer.step()
            after(t)

    return Loop(model, [optimizer], train, list(others))


@loop
def momentum():
    model = mlp()
    return plain(model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True))


@loop
def batch_norm_and_dropout():
    model = nn.Sequential(
        nn.Unflatten(1, (1, 4)),
        nn.Conv1d(1, 3, 3, padding=1),
        nn.BatchNorm1d(3),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Flatten(),
        nn.Linear(12, 1),
    )
    return plain(model, torch.optim.Adam(model.parameters(), lr=0.05))


@loop
def parameter_groups():
    model = mlp()
    groups = [
        {"params": model[2].parameters(), "lr": 0.2, "weight_decay": 0.1},
        {"params": model[0].parameters()},
    ]
    return plain(model, torch.optim.AdamW(groups, lr=0.01))


@loop
def one_cycle():
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    schedule = lr_scheduler.OneCycleLR(optimizer, 0.2, total_steps=7)
    return plain(model, optimizer, after=lambda t: schedule.step(), others=[schedule])


@loop
def clipping():
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return plain(
        model, optimizer, before=lambda t: nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    )


@loop
def accumulation():
    model, (x, y) = mlp(), data()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01)

    def train(note, log):
        losses = []
        for k, (xs, ys) in enumerate(batches(x, y, 12)):
            loss = note(functional.mse_loss(model(xs), ys))
            (loss / 3).backward()
            losses.append(loss)
            if k % 3 == 2:
                log(losses)
                optimizer.step()
                optimizer.zero_grad(set_to_none=False)
                losses = []

    return Loop(model, [optimizer], train)


@loop
def two_losses_of_one_pass():
    model, (x, y) = mlp(), data()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def train(note, log):
        for xs, ys in batches(x, y, 4):
            one = note(functional.mse_loss(model(xs), ys))
            other = note(functional.l1_loss(model(xs), ys))
            optimizer.zero_grad()
            (one + other).backward()
            log([one, other])
            optimizer.step()

    return Loop(model, [optimizer], train)


@loop
def bfloat16_parameters():
    model = mlp().to(torch.bfloat16)
    optimizer, (x, y) = torch.optim.SGD(model.parameters(), lr=0.1), data()

    def train(note, log):
        for xs, ys in batches(x, y, 5):
            optimizer.zero_grad()
            loss = note(functional.mse_loss(model(xs.bfloat16()).float(), ys))
            loss.backward()
            log([loss])
            optimizer.step()

    return Loop(model, [optimizer], train)


@loop
def autocast():
    model, (x, y) = mlp(), data()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)

    def train(note, log):
        for xs, ys in batches(x, y, 5):
            with torch.autocast("cpu", torch.bfloat16):
                loss = note(functional.mse_loss(model(xs), ys.bfloat16()))
            optimizer.zero_grad()
            loss.backward()
            log([loss])
            optimizer.step()

    return Loop(model, [optimizer], train)


def scaled(optimizer_of, *, empty_first, set_to_none=True):
    """Return a loop with a GradScaler, whose third step is skipped."""
    model, (x, y) = mlp(), data()
    optimizer = optimizer_of(model.parameters())
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)

    def train(note, log):
        for t, (xs, ys) in enumerate(batches(x, y, 6)):
            if empty_first:
                optimizer.zero_grad(set_to_none)
            loss = note(functional.mse_loss(model(xs), ys))
            if not empty_first:
                optimizer.zero_grad(set_to_none)
            scaler.scale(loss * (math.inf if t == 2 else 1)).backward()
            if t != 2:
                log([loss], scale=scaler.get_scale())
            scaler.step(optimizer)
            scaler.update()

    return Loop(model, [optimizer], train, [scaler])


@loop
def grad_scaler():
    return scaled(lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9), empty_first=True)


@loop
def grad_scaler_of_a_fused_optimizer():
    return scaled(lambda params: torch.optim.Adam(params, lr=0.1, fused=True), empty_first=True)


@loop
def grad_scaler_with_gradients_emptied_late():
    return scaled(lambda params: torch.optim.SGD(params, lr=0.1), empty_first=False)


@loop
def grad_scaler_with_gradients_set_to_zero():
    return scaled(
        lambda params: torch.optim.SGD(params, lr=0.1), empty_first=False, set_to_none=False
    )


@loop
def closure():
    model, (x, y) = mlp(), data()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=5)

    def train(note, log):
        for _ in range(3):
            losses = []

            def evaluate(losses=losses):
                optimizer.zero_grad()
                loss = note(functional.mse_loss(model(x), y))
                loss.backward()
                if not losses:
                    log([loss])
                losses.append(loss)
                return loss

            optimizer.step(evaluate)

    return Loop(model, [optimizer], train)


@loop
def closure_that_sets_gradients():
    model, (x, y) = mlp(), data()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=3)

    def train(note, log):
        for _ in range(3):
            losses = []

            def evaluate(losses=losses):
                loss = note(functional.mse_loss(model(x), y))
                slopes = torch.autograd.grad(loss, list(model.parameters()))
                for parameter, slope in zip(model.parameters(), slopes, strict=True):
                    parameter.grad = slope
                if not losses:
                    log([loss])
                losses.append(loss)
                return loss

            optimizer.step(evaluate)

    return Loop(model, [optimizer], train)


@loop
def closure_by_name():
    model, (x, y) = mlp(), data()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def train(note, log):
        def evaluate():
            optimizer.zero_grad()
            loss = note(functional.mse_loss(model(x), y))
            loss.backward()
            log([loss])
            return loss

        for _ in range(3):
            optimizer.step(closure=evaluate)

    return Loop(model, [optimizer], train)


@loop
def frozen_layer():
    model = mlp()
    model[0].requires_grad_(False)
    return plain(model, torch.optim.Adam(model.parameters(), lr=0.05))


@loop
def moving_average():
    model = mlp()
    average = swa_utils.AveragedModel(model, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.9))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return plain(
        model, optimizer, after=lambda t: average.update_parameters(model), others=[average]
    )


class Tied(nn.Module):
    """Reads and writes by one table."""

    def __init__(self):
        super().__init__()
        self.table, self.out = nn.Embedding(5, 3), nn.Linear(3, 5, bias=False)
        self.out.weight = self.table.weight

    def forward(self, x):
        return self.out(self.table(x.abs().long() % 5)).mean((1, 2))[:, None]


@loop
def tied_weights():
    model = Tied()
    return plain(model, torch.optim.SGD(model.parameters(), lr=0.1))


@loop
def sparse_gradients():
    model = nn.EmbeddingBag(5, 1, sparse=True)
    optimizer = torch.optim.SparseAdam(model.parameters(), lr=0.1)

    def train(note, log):
        for _ in range(4):
            optimizer.zero_grad()
            loss = note(model(torch.randint(5, (3, 2))).square().mean())
            loss.backward()
            log([loss])
            optimizer.step()

    return Loop(model, [optimizer], train)


@loop
def foreach():
    model = mlp()
    return plain(model, torch.optim.AdamW(model.parameters(), lr=0.05, foreach=True))


@loop
def fused():
    model = mlp()
    return plain(model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, fused=True))


@loop
def compiled():
    model = torch.compile(mlp(), backend="eager")
    return plain(model, torch.optim.SGD(model.parameters(), lr=0.1), steps=3)


@loop
def muon_and_adamw():
    model, (x, y) = mlp(), data()
    matrices = [one for one in model.parameters() if one.ndim == 2]
    vectors = [one for one in model.parameters() if one.ndim != 2]
    optimizers = [torch.optim.Muon(matrices, lr=0.02), torch.optim.AdamW(vectors, lr=0.05)]

    def train(note, log):
        for xs, ys in batches(x, y, 4):
            loss = note(functional.mse_loss(model(xs), ys))
            loss.backward()
            log([loss])
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad()

    return Loop(model, optimizers, train)


@loop
def adversaries():
    model = nn.ModuleDict({"judge": mlp(), "maker": nn.Linear(2, 4)})
    judge, maker = model["judge"], model["maker"]
    optimizers = [
        torch.optim.Adam(judge.parameters(), lr=0.02),
        torch.optim.Adam(maker.parameters(), lr=0.05),
    ]

    def train(note, log):
        for _ in range(3):
            made = maker(torch.randn(8, 2))
            optimizers[0].zero_grad()
            loss = note(functional.softplus(judge(made.detach()) - judge(torch.randn(8, 4))).mean())
            loss.backward()
            log([loss], judge.parameters())
            optimizers[0].step()
            optimizers[1].zero_grad()
            loss = note(functional.softplus(-judge(made)).mean())
            loss.backward()
            log([loss], maker.parameters())
            optimizers[1].step()

    return Loop(model, optimizers, train)
