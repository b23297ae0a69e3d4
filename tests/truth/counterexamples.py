"""Other recordings, of which a sentence of one lecture must not be true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from scenes import clip
from tests.truth.mutants import opposites, other_numbers
from tests.truth.oracle import ORACLES
from tests.truth.telling import Said
from tests.truth.witness import Course, Facts


class Spoilt(Facts):
    """A lecture whose runs are elsewhere than their losses say, and lack a partial."""

    def _course(self, run: Any, part: str) -> Course:
        one = super()._course(run, part)
        places = 1000 * one.places + 7 * np.arange(len(one.places))[:, None]
        return replace(one, places=places, gradients=one.gradients[:, 1:])


def wrong_numbers_accepted(said: Said, facts: Facts) -> list[str]:
    """Return the sentences with another number that its oracle takes for true."""
    every = (replace(said, markup=text) for text in other_numbers(said.text))
    return [one.text for one in every if ORACLES[said.name].accepts(facts, one)]


def refusals(said: Said, facts: Facts, others: Iterable[tuple[str, Facts]]) -> Iterator[str]:
    """Return what a sentence's oracle refuses: other words, and the sentence of other recordings.

    A mutant counts if it can be read as a sentence of that kind: another form is no refusal.
    """
    oracle = ORACLES[said.name]
    for text in (*other_numbers(said.text), *opposites(said.text)):
        other = replace(said, markup=text)
        if oracle.reads(other.text) and not oracle.accepts(facts, other):
            yield text
    needed = {*clip(said.slug).inputs}
    for name, one in others:
        if needed <= {*one.inputs} and not oracle.accepts(one, said):
            yield name
