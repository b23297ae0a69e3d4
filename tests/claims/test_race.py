"""Every sentence about three runs is gone for recordings that do not bear it out."""

from scenes.wording import race
from tests.claims.later import later
from tests.claims.runs import run_of

NAMES = {"very_small": "very small", "just_right": "just right", "very_large": "very large"}


@later
def three(small, right, large, start=(2, 1), other=None):
    """Six steps of the bowl 4 θ1²/4 + 3 θ2² at three rates; 2/λ is 1/3."""
    rates = dict(zip(NAMES, (small, right, large), strict=True))
    starts = {"very_large": other or start}
    return {name: run_of(list(starts.get(name, start)), rate, 6) for name, rate in rates.items()}


USUAL = three(0.003, 0.25, 0.4)
CALM = three(0.003, 0.25, 0.26)
SMALL_WINS = three(0.25, 0.35, 0.4)
GONE = three(0.003, 0.25, 1e300)
ALL_GONE = three(1e299, 1e300, 2e300)
TIED = three(0.003, 0.25, 0.4, start=(0, 0))
TWO_STARTS = three(0.003, 0.25, 0.4, other=(1, 1))

CASES = [
    (race.one_start, (USUAL,), (TWO_STARTS,)),
    (race.one_is_best, (USUAL, NAMES), (CALM, NAMES)),
    (race.one_is_best, (USUAL, NAMES), (SMALL_WINS, NAMES)),
    (race.one_is_lowest, (SMALL_WINS, NAMES), (TIED, NAMES)),
    (race.some_tie, (TIED, NAMES), (USUAL, NAMES)),
    (race.all_gone, (ALL_GONE, NAMES), (GONE, NAMES)),
]


def test_the_winner_and_who_is_gone_are_named():
    assert "just right" in race.one_is_lowest(GONE.value, NAMES)
    assert race.one_is_lowest(GONE.value, NAMES).endswith("left the finite numbers")
    assert "very small" in race.one_is_lowest(SMALL_WINS.value, NAMES)
    assert "ended higher" in race.one_is_best(USUAL.value, NAMES)
