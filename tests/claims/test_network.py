"""What is said of a network can be said only where it is true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from descent import NetworkGradient
from scenes.facts.partials import Partial, partials
from scenes.wording import network as wording
from understanding_gradients.lecture.network import NetworkPass


def network(size=3, biased=True, loss=2.5):
    weights, biases = (np.ones((size, 1)), np.ones((1, size))), (np.ones(size), np.ones(1))
    if not biased:
        biases = (np.empty(0), np.empty(0))
    return NetworkGradient(weights, biases, weights, biases, loss=loss)


PASS = NetworkPass((np.ones(1), np.ones(3), np.ones(1)), "tanh", 5, 3, True, 0.9)
RAW = replace(PASS, is_standardised=False, flat=0.0)
WIDE = replace(PASS, columns=(np.ones(2), np.ones(3), np.ones(1)))
INFINITE = replace(PASS, columns=(np.ones(1), np.array([np.inf]), np.ones(1)))
ONE_ROW = replace(PASS, rows=1, picked=0)
POSITIVE = partials(network())
ONE = [Partial("W", 1, (0, 0), True, -3.0)]
ZEROS = [replace(one, value=0.0) for one in POSITIVE]
MIXED = [replace(POSITIVE[0], value=-2.0), *POSITIVE[1:]]
NO_NUMBERS = [replace(one, value=np.nan) for one in POSITIVE]

CASES = [
    (wording.edges_and_rings, (network(),), (network(biased=False),)),
    (wording.edges, (network(biased=False),), (network(),)),
    (wording.one_number_per_edge, (network(),), (network(size=1),)),
    (wording.number_of_parameters, (network(size=1),), (network(),)),
    (wording.standardised, (PASS, 0.25), (RAW, 0.25)),
    (wording.row_forward, (PASS,), (WIDE,)),
    (wording.neurons_compute, (WIDE,), (INFINITE,)),
    (wording.loss_of_all_rows, (network(), PASS), (network(), ONE_ROW)),
    (wording.loss_of_all_rows, (network(), PASS), (network(loss=np.inf), PASS)),
    (wording.loss_of_one_row, (network(), ONE_ROW), (network(), PASS)),
    (wording.largest_of_layer, (POSITIVE, 2), (ZEROS, 2)),
    (wording.layer_of_zeros, (ZEROS, 1), (MIXED, 1)),
    (wording.layer_without_numbers, (NO_NUMBERS, 1), (POSITIVE, 1)),
    (wording.some_are_negative, (MIXED, 10), (POSITIVE, 10)),
    (wording.some_are_negative, (MIXED, 10), (MIXED, 9)),
    (wording.none_is_negative, (POSITIVE, 10), (MIXED, 10)),
    (wording.one_collected, (ONE, 1), (MIXED, 10)),
    (wording.largest_collected, (POSITIVE, 9), (POSITIVE, 10)),
    (wording.gradient_together, (MIXED,), (ZEROS,)),
    (wording.gradient_alone, (ONE,), (MIXED,)),
    (wording.gradient_of_zeros, (ZEROS,), (MIXED,)),
]


def test_numbers_of_claims_follow_from_the_recording():
    assert wording.some_are_negative(MIXED, 10).startswith("1 of 10 is negative")
    assert wording.largest_collected(POSITIVE, 9) == "The 9 largest of 10"
    assert wording.caption_of_counting(POSITIVE).endswith("W1[2,0] belongs to the third neuron.")
    assert wording.caption_of_counting(ONE) == "Each partial stands beside its parameter."
    assert "Layer 1: the largest partial is" in wording.largest_of_layer(MIXED, 1)
    assert "partial W_(1) [0,0]" in wording.largest_of_layer(MIXED, 1)
