"""What thinning measures on a device without float64, as Apple's GPU is, by the CPU as one."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from descent.runs.thinning import vectors
from descent.runs.thinning.meter import NormMeter
from descent.runs.thinning.path import ThinnedPath

STEPS = 5


class WithoutFloat64(TorchDispatchMode):
    """Refuses what would be float64, as Apple's GPU does."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        found = func(*args, **(kwargs or {}))
        if any(getattr(one, "dtype", None) == torch.float64 for one in tree_leaves(found)):
            raise TypeError("Cannot convert a MPS Tensor to float64 dtype")
        return found


def measured(count, device):
    """Measure and thin a path of `count` parameters in float32, each row of it on a device."""
    generator = torch.Generator().manual_seed(3)
    rows = [torch.randn(count, generator=generator) for _ in range(STEPS)]
    path, meter = ThinnedPath(count, None, 1, 1e6), NormMeter(has_products=True)
    for number, row in enumerate(rows[:-1]):
        gradient = row.sin()
        with device:
            path.add(number, [row], meter.add([row], [gradient]))
    ended = path.ended(STEPS - 1, rows[-1:], is_over=True)
    whole = meter.measured(rows[-1:], np.ones(STEPS - 1, bool)).rows
    return whole, ended.exact, ended.sketches


@pytest.mark.parametrize("count", [30, vectors.SMALL + 30])
def test_norms_and_sketches_are_those_of_a_device_that_has_it(monkeypatch, count):
    expected = measured(count, nullcontext())
    with pytest.raises(TypeError, match="to float64"):
        measured(count, WithoutFloat64())
    monkeypatch.setattr(vectors, "WITHOUT_FLOAT64", ("cpu",))
    for one, other in zip(measured(count, WithoutFloat64()), expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-4 * np.nanmax(np.abs(other)))


@pytest.mark.parametrize("kinds", [("float32", "float64"), ("float64", "float32")])
def test_numbers_of_two_devices_are_added_in_the_precision_of_the_first(kinds):
    parts = [torch.ones(8, dtype=getattr(torch, kind)) for kind in kinds]
    assert vectors.norm(parts).item() == 4
    assert vectors.moved_to(parts[1], parts[0]).dtype == parts[0].dtype
