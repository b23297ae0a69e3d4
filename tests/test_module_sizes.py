"""Data of a wrong size are refused for their size, whatever kind of numbers they are."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from descent import InvalidValue, model_loss

MSE = nn.MSELoss()


class Tagged(nn.Module):
    """Looks whole numbers up, and takes others as they are."""

    def __init__(self):
        super().__init__()
        self.tag, self.of = nn.Embedding(5, 2), nn.Linear(3, 2)

    def forward(self, tags, x):
        return self.tag(tags) + self.of(x)


def refused(*given):
    with pytest.raises(InvalidValue) as caught:
        model_loss(*given)
    return str(caught.value)


@pytest.mark.parametrize("numbers", [float, int])
@pytest.mark.parametrize("width", [2, 4])
def test_the_width_of_whole_numbers_is_told_as_that_of_others(width, numbers):
    inputs = [[numbers(1)] * width] * 5
    said = refused(nn.Linear(3, 1), inputs, torch.ones(5, 1), MSE)
    with pytest.raises(RuntimeError) as of_torch:
        nn.Linear(3, 1)(torch.ones(5, width))
    assert said == f"module must work on the inputs; got RuntimeError: {of_torch.value}."


def test_whole_numbers_that_are_looked_up_are_told_apart_from_those_that_are_not():
    tags, rows = torch.tensor([0, 4]), torch.ones(2, 3, dtype=torch.int64)
    module, targets = Tagged(), torch.ones(2, 2)
    model_loss(module, (tags, rows), targets, MSE)
    assert "IndexError" in refused(module, (tags + 1, rows), targets, MSE)
    with pytest.raises(RuntimeError) as of_torch:
        module.of(torch.ones(2, 4))
    wide = torch.ones(2, 4, dtype=torch.int64)
    assert str(of_torch.value) in refused(module, (tags, wide), targets, MSE)


CRITERIA = {
    "MSE": (1, nn.MSELoss(), torch.ones(3, 1)),
    "L1": (1, nn.L1Loss(), torch.ones(3, 1)),
    "binary": (1, nn.BCEWithLogitsLoss(), torch.ones(3, 1)),
    "labels": (2, nn.CrossEntropyLoss(), torch.tensor([0, 1, 1])),
    "labels in a column": (2, nn.CrossEntropyLoss(), torch.tensor([[0], [1], [1]])),
}


@pytest.mark.parametrize("name", CRITERIA)
def test_targets_of_another_number_of_rows_are_told_so(name):
    width, criterion, targets = CRITERIA[name]
    said = refused(nn.Linear(3, width), torch.ones(4, 3), targets, criterion)
    assert said.endswith(": give targets for all 4 rows of the inputs, not for 3.")
