"""Losses of many shapes, for `--loss FILE.py:NAME`."""

import torch


def negative(p):
    return -torch.exp(-(p[0] ** 2 + 2 * p[1] ** 2) / 4)


def wavy(p):
    return torch.sin(3 * p[0]) + 0.1 * p[0] ** 2 + 2


def valley(p):
    return (p[0] ** 2 + p[1] - 3) ** 2 + (p[0] - p[1]) ** 2


def kink(p):
    return p[0].abs() + 2 * p[1].abs()


def kinked_bowl(p):
    return p[0].abs() + p[0] ** 2 + p[1] ** 2


def flat(p):
    return 2 + 0 * p.sum()


def unbounded(p):
    return -(p**2).sum()


def slope(p):
    return p[0] + 2 * p[1]


def shifted(p):
    return ((p - 1) ** 2).sum() + 5


def quartic(p):
    return p[0] ** 4


def barrier(p):
    return (p - torch.log(p)).sum()


def gutter(p):
    return p[0] * 0 + (p[1] - 2) ** 2


def huge(p):
    return 4e6 * p[0] ** 2 + 1e6 * p[1] ** 2


def tiny(p):
    return 3e-9 * (p[0] - 40) ** 2 + 1e-9 * (p[1] + 7) ** 2


def below_zero(p):
    return p[0] ** 2 + 3 * p[1] ** 2 - 7


def ripples(p):
    return torch.cos(p[0]) * torch.cos(p[1])
