"""A sentence of the film can only be shown where it is true."""

import pytest

from scenes.claims import CLAIMS, Claim, claim, first_true


@pytest.fixture
def falls():
    @claim(lambda before, after: after < before)
    def falls(before, after):
        return f"The loss falls to {after}"

    yield falls
    del CLAIMS[f"{__name__.rpartition('.')[2]}.falls"]


def test_a_claim_is_made_only_where_its_condition_holds(falls):
    assert falls(2, 1) == "The loss falls to 1"
    assert falls(1, 2) is None


def test_a_claim_remembers_what_it_was_made_from(falls):
    made = falls(2, after=1)
    assert isinstance(made, Claim)
    assert made.given == ((2,), {"after": 1})
    assert CLAIMS[made.name].holds(*made.given[0], **made.given[1])


def test_the_first_true_claim_is_taken(falls):
    assert first_true(falls(1, 2), falls(4, 3), falls(2, 1)) == "The loss falls to 3"
    with pytest.raises(LookupError, match="none of the claims is true of the recording"):
        first_true(falls(1, 2))
