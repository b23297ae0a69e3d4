"""Every sentence of generated lectures is true of what was recorded, by an oracle of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import pytest

from scenes import clip, wording
from scenes.claims import CLAIMS
from tests.film.watching import watch
from tests.marks import slow_except
from tests.truth import (  # noqa: F401  # they fill ORACLES
    of_autograd,
    of_captions,
    of_gradients,
    of_networks,
    of_pictures,
    of_planes,
    of_races,
    of_rates,
    of_rows,
    of_runs,
    of_sharpness,
    of_steps,
    of_titles,
)
from tests.truth.counterexamples import Spoilt, refusals, wrong_numbers_accepted
from tests.truth.lectures import generated
from tests.truth.oracle import ORACLES
from tests.truth.plain import plain
from tests.truth.telling import Said, tell
from tests.truth.told import NEVER_TOLD, TOLD
from tests.truth.witness import Facts
from understanding_gradients.lecture.record import record_lecture

LECTURES = generated()
BESIDE = ("caption", "title", "label")  # the line under the title
UNCLAIMED = ("", *BESIDE)
pytestmark = [
    pytest.mark.usefixtures("coarse_landscapes"),
    pytest.mark.filterwarnings("ignore:The gradient of the loss jumps"),
]

for module in iter_modules(wording.__path__):  # each fills CLAIMS
    import_module(f"{wording.__name__}.{module.name}")
# Their sentences are told in the tests that are not slow.
QUICK = ("default", "parabola-2", "flat-1")
# Recordings of which most sentences of other lectures are false.
OTHERS = ("default", "parabola-2", "flat-1", "years-1-own")


@cache
def facts_of(name: str) -> Facts:
    """Return the recordings of a lecture."""
    lecture = LECTURES[name]
    names = {recording for slug in lecture.slugs for recording in clip(slug).inputs}
    return Facts(lecture, record_lecture(lecture.settings, sorted(names)))


@cache
def told(name: str) -> list[Said]:
    """Return all that a lecture says."""
    return [said for slug in LECTURES[name].slugs for said in tell(slug, facts_of(name).inputs)]


@pytest.mark.parametrize("name", slow_except(LECTURES, *QUICK))
def test_every_sentence_is_true_of_the_recording(name):
    facts = facts_of(name)
    assert [said for said in told(name) if not is_true(facts, said)] == []
    assert sorted({*TOLD.get(name, ())} - {said.name for said in told(name)}) == []


def is_true(facts: Facts, said: Said) -> bool:
    """Return whether an oracle accepts what was said; a prompt claims nothing."""
    if said.name not in CLAIMS and said.name not in UNCLAIMED:
        return False
    if said.name in CLAIMS:
        return ORACLES[said.name].accepts(facts, said)
    judges = [one for key, one in ORACLES.items() if key.partition(".")[0] == said.name]
    return all(one.accepts(facts, said) for one in judges if one.reads(said.text))


@pytest.mark.parametrize("name", slow_except(("parabola-2", "default", "wavy-1"), "parabola-2"))
def test_the_same_is_said_with_all_motion(name):
    inputs = facts_of(name).inputs
    for slug in LECTURES[name].slugs:
        given = {recording: inputs[recording] for recording in clip(slug).inputs}
        shown = [plain(line.text) for line in watch(slug, given).lines]
        said = [
            one.text for one in told(name) if one.slug == slug and one.name not in UNCLAIMED[1:]
        ]
        if slug == "three-learning-rates":  # the recap is no line under the title
            said = said[: len(shown)]
        assert said == shown


def others_of(name: str) -> Iterator[tuple[str, Facts]]:
    """Yield other recordings than those of a lecture; they are recorded when they are needed."""
    yield "spoilt", Spoilt(facts_of(name).lecture, facts_of(name).inputs)
    yield from ((other, facts_of(other)) for other in OTHERS if other != name)


@pytest.mark.parametrize("name", slow_except(TOLD, "parabola-2", "flat-1"))
def test_every_oracle_refuses_another_sentence_or_another_recording(name):
    facts = facts_of(name)
    kinds = {said.name: said for said in told(name) if said.name in TOLD.get(name, ())}
    assert [
        said for said in kinds.values() if not any(refusals(said, facts, others_of(name)))
    ] == []
    assert [wrong_numbers_accepted(said, facts) for said in kinds.values()] == [[]] * len(kinds)


def test_every_claim_has_an_oracle_and_is_told_in_some_lecture():
    assert sorted({*CLAIMS} - {*ORACLES} - {*NEVER_TOLD}) == []
    tellings = [name for names in TOLD.values() for name in names]
    assert sorted({*CLAIMS} - {*tellings}) == sorted(NEVER_TOLD)
    assert len(tellings) == len({*tellings}) and {*TOLD} <= {*LECTURES}


def test_there_are_sixty_lectures_and_more():
    assert len(LECTURES) >= 60
