"""Every sentence of a film of a network is true of the run in all its parameters."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from scenes.claims import CLAIMS
from tests.marks import slow_except
from tests.truth import of_planes, of_runs, of_sharpness  # noqa: F401  # they fill ORACLES
from tests.truth.counterexamples import wrong_numbers_accepted
from tests.truth.mutants import opposites, other_numbers
from tests.truth.networks import NETWORKS, NetworkFacts
from tests.truth.oracle import ORACLES
from tests.truth.telling import Said, tell
from tests.truth.test_truth import is_true
from tests.truth.told import TOLD_OF_NETWORKS

pytestmark = [pytest.mark.usefixtures("coarse_landscapes")]
QUICK = ("crawling", "over-some-rows", "without-its-loss", "thinned", "three")
# What is true of a run in the plane alone, or not known of a network.
NEVER = ("outcomes.across", "outcomes.downhill", "outcomes.comes_near", "outcomes.each_step")


@cache
def told(name: str) -> tuple[NetworkFacts, list[Said]]:
    """Return the film of a network, and all that it says."""
    facts = NetworkFacts(name)
    return facts, tell(facts.slug, facts.inputs)


@pytest.mark.parametrize("name", slow_except(NETWORKS, *QUICK))
def test_every_sentence_is_true_of_all_parameters(name):
    facts, said = told(name)
    assert [one for one in said if not is_true(facts, one)] == []
    assert sorted({*TOLD_OF_NETWORKS.get(name, ())} - {one.name for one in said}) == []
    assert [one for one in said if one.name.startswith(NEVER)] == []


@pytest.mark.parametrize("name", slow_except(TOLD_OF_NETWORKS, *QUICK))
def test_every_oracle_refuses_another_sentence(name):
    facts, said = told(name)
    kinds = {one.name: one for one in said if one.name in TOLD_OF_NETWORKS[name]}
    assert [wrong_numbers_accepted(one, facts) for one in kinds.values()] == [[]] * len(kinds)
    for one in kinds.values():
        every = [*other_numbers(one.text), *opposites(one.text)]
        assert any(ORACLES[one.name].reads(text) for text in every)
        others = [replace(one, markup=text) for text in opposites(one.text)]
        assert not any(ORACLES[one.name].accepts(facts, other) for other in others)


def test_every_claim_of_planes_and_of_sharpness_is_told_of_some_network():
    tellings = {name for names in TOLD_OF_NETWORKS.values() for name in names}
    told_of_networks = {name for name in CLAIMS if "plane" in name or "sharpness." in name}
    assert told_of_networks - {"sharpness.is_the_same"} <= tellings
