"""Every claim of the film is made where it is true, and nowhere else.

A case is a claim, arguments of which it is true, and arguments of which it is not. The cases stand
in the file of their wording.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import pytest

from scenes import wording
from scenes.claims import CLAIMS, Claim
from tests.claims.later import made

FILES = (
    *(
        "answers",
        "autograd",
        "boundary",
        "differences",
        "instant",
        "network",
        "neuron",
        "outcomes",
        "planes",
    ),
    *("race", "recap", "rows", "runs", "sharpness", "two_pictures", "update"),
)
CASES = [case for name in FILES for case in import_module(f"tests.claims.test_{name}").CASES]
for found in iter_modules(wording.__path__):  # each adds its claims to `CLAIMS`
    import_module(f"{wording.__name__}.{found.name}")


@pytest.mark.parametrize(("claim", "true", "false"), CASES)
def test_a_claim_is_made_where_it_is_true_and_nowhere_else(claim, true, false):
    assert isinstance(claim(*made(true)), Claim)
    assert claim(*made(false)) is None


def test_every_claim_of_the_film_has_a_case():
    claims = {(claim.__module__, claim.__name__) for claim, _, _ in CASES}
    assert {f"{module.rpartition('.')[2]}.{name}" for module, name in claims} == set(CLAIMS)
