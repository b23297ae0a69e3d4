"""Every sentence about the update rule is gone for a recording that does not bear it out."""

from descent import LOSSES, record, sample
from scenes.wording import update
from tests.claims.later import later
from tests.claims.runs import run_of


@later
def others_from(start):
    return {"very_small": run_of(start, 0.01)}


run_later = later(run_of)
BOWL = LOSSES["bowl"]  # 4 and 3 at (2, 1): its gradient there is (4, 6)
STEEP = run_later([2, 1], 0.1)
STRETCHED = run_later([2, 1], 1.5)
FLAT = run_later([0, 0], 0.1)
ENDED = run_later([2, 1], 1e300)
ADAM = run_later([2, 1], 0.1, optimizer="Adam")
WIDE, NARROW = (sample(BOWL, ((-size, size), (-size, size)), 3) for size in (20, 3))
UNEVEN = sample(BOWL, ((-20, 20), (-2000, 2000)), 3)
OTHERS, ELSEWHERE = others_from([2, 1]), others_from([1, 1])

CASES = [
    (update.uphill, (STEEP, WIDE), (FLAT, WIDE)),
    (update.uphill, (STEEP, WIDE), (STEEP, NARROW)),
    (update.uphill, (STEEP, WIDE), (STEEP, UNEVEN)),
    (update.slanting_uphill, (STEEP, UNEVEN), (FLAT, UNEVEN)),
    (update.slanting_uphill, (STEEP, UNEVEN), (STEEP, WIDE)),
    (update.far_uphill, (STEEP, NARROW), (STEEP, WIDE)),
    (update.flat, (FLAT,), (STEEP,)),
    (update.stays, (FLAT,), (STEEP,)),
    (update.downhill, (STEEP,), (FLAT,)),
    (update.shortened, (STEEP,), (STRETCHED,)),
    (update.shortened, (STEEP,), (ADAM,)),
    (update.stretched, (STRETCHED,), (STEEP,)),
    (update.ended, (ENDED,), (STEEP,)),
    (update.summed, (STEEP,), (ADAM,)),
    (update.own_rule, (ADAM,), (STEEP,)),
    (update.only_length, (STEEP, OTHERS), (STEEP, ELSEWHERE)),
    (update.only_length, (STEEP, OTHERS), (STEEP, {})),
]


def test_the_runs_are_what_the_table_takes_them_for():
    assert ENDED.value.trajectory.steps == 0 and FLAT.value.trajectory.steps == 1
    assert not ADAM.value.trajectory.follows_update_rule[0]
    assert record(BOWL, [2, 1], learning_rate=0.1, steps=1).gradients[0].tolist() == [4, 6]
