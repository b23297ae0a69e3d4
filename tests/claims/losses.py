"""Losses of which the film once said what was not true of them."""

import torch


def negative(p):
    return -torch.exp(-(p[0] ** 2 + 2 * p[1] ** 2) / 4)


def wavy(p):
    return torch.sin(3 * p[0]) + 0.1 * p[0] ** 2 + 2


def valley(p):
    return (p[0] ** 2 + p[1] - 3) ** 2 + (p[0] - p[1]) ** 2


def unbounded(p):
    return -(p**2).sum()


def shifted(p):
    return ((p - 1) ** 2).sum() + 5
