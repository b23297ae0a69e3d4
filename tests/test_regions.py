"""What a classifier of points of a plane answers along a run is what torch answers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from descent import model_loss, record
from descent.losses.named import NamedLoss
from descent.models.classifier import classifier_of
from descent.pictures.regions import Regions, regions_of

X = torch.tensor([[0.0, 1], [1, 0], [2, 2], [-1, 1], [0.5, -2]])
LABELS = torch.tensor([0, 1, 1, 0, 1])
COLUMN = LABELS[:, None].float()


def net(outputs=1, *after):
    torch.manual_seed(2)
    return nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, outputs), *after)


KINDS = {
    "logits": (net(), COLUMN, nn.BCEWithLogitsLoss(), torch.sigmoid),
    "probabilities": (net(1, nn.Sigmoid()), COLUMN, nn.functional.binary_cross_entropy, None),
    "two classes": (net(2), LABELS, nn.CrossEntropyLoss(), lambda z: z.softmax(1)[:, 1:]),
    "logarithms": (net(2, nn.LogSoftmax(1)), LABELS, nn.NLLLoss(), lambda z: z.exp()[:, 1:]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_those_of_the_module(kind):
    module, targets, criterion, probability = KINDS[kind]
    loss, start, _ = model_loss(module, X, targets, criterion)
    found = classifier_of(loss)
    assert found is not None and found.labels.tolist() == LABELS.tolist()
    with torch.no_grad():
        expected = module(X)
    expected = expected if probability is None else probability(expected)
    np.testing.assert_allclose(found.answers(start, X.double().numpy()), expected[:, 0], atol=1e-6)
    other = found.answers(start + 1, X.double().numpy())
    assert np.abs(other - expected[:, 0].numpy()).max() > 1e-3
    np.testing.assert_allclose(found.answers(start, X.double().numpy()), expected[:, 0], atol=1e-6)


def test_asking_leaves_the_loss_as_it_is():
    loss, start, _ = model_loss(net(), X, COLUMN, nn.BCEWithLogitsLoss(), batch_size=2)
    before = float(loss(torch.tensor(start)))
    regions_of(loss, record(loss, start, learning_rate=0.5, steps=3))
    assert float(loss(torch.tensor(start))) == before


@pytest.mark.parametrize(
    ("module", "inputs", "targets", "criterion"),
    [
        (net(), X, COLUMN, nn.MSELoss()),
        (net(), X, COLUMN / 2, nn.BCEWithLogitsLoss()),
        (net(3), X, torch.tensor([0, 1, 2, 0, 1]), nn.CrossEntropyLoss()),
        (nn.Linear(3, 1), torch.randn(5, 3), COLUMN, nn.BCEWithLogitsLoss()),
        (nn.Sequential(net(), nn.BatchNorm1d(1)), X, COLUMN, nn.BCEWithLogitsLoss()),
    ],
)
def test_other_losses_have_no_regions(module, inputs, targets, criterion):
    loss, _, _ = model_loss(module, inputs, targets, criterion)
    assert classifier_of(loss) is None
    assert classifier_of(lambda p: (p**2).sum()) is None


def test_a_named_loss_is_looked_into():
    loss, start, names = model_loss(net(), X, COLUMN, nn.BCEWithLogitsLoss())
    assert classifier_of(NamedLoss("loss", names, loss, tuple(start), "")) is not None


def test_a_run_is_asked_at_its_start_its_end_and_evenly_between():
    loss, start, _ = model_loss(net(), X, COLUMN, nn.BCEWithLogitsLoss())
    run = record(loss, start, learning_rate=0.5, steps=200)
    found = regions_of(loss, run)
    assert found is not None and found.steps[[0, -1]].tolist() == [0, 200]
    assert len(found.steps) == 61 and set(np.diff(found.steps)) <= {3, 4}
    for t, right in zip(found.steps.tolist(), found.right.tolist(), strict=True):
        answers = classifier_of(loss).answers(run.iterates[t], X.double().numpy())
        assert right == ((answers > 0.5) == (LABELS.numpy() == 1)).sum()
    corner = np.array([[found.xs[4], found.ys[7]]])
    expected = classifier_of(loss).answers(run.iterates[found.steps[5]], corner)
    assert found.answers[5, 4, 7] == pytest.approx(expected[0])


def test_between_two_steps_answers_are_interpolated():
    answers = np.arange(3.0)[:, None, None] * np.ones((3, 2, 2))
    found = Regions(np.zeros((1, 2)), [0], [0, 1], [0, 1], [0, 4, 10], answers, [1, 1, 1])
    assert [float(found.at(t)[0, 0]) for t in (0, 2, 4, 7, 10, 99)] == [0, 0.5, 1, 1.5, 2, 2]
