"""Every sentence about the update rule is gone for a recording that does not bear it out."""

from descent import LOSSES, record, sample
from scenes.wording import update
from tests.claims.runs import run_of

BOWL = LOSSES["bowl"]  # 4 and 3 at (2, 1): its gradient there is (4, 6)
STEEP = run_of([2, 1], 0.1)
STRETCHED = run_of([2, 1], 1.5)
FLAT = run_of([0, 0], 0.1)
ENDED = run_of([2, 1], 1e300)
ADAM = run_of([2, 1], 0.1, optimizer="Adam")
WIDE, NARROW = (sample(BOWL, ((-size, size), (-size, size)), 3) for size in (20, 3))
UNEVEN = sample(BOWL, ((-20, 20), (-2000, 2000)), 3)
OTHERS, ELSEWHERE = {"very_small": run_of([2, 1], 0.01)}, {"very_small": run_of([1, 1], 0.01)}

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
    assert ENDED.trajectory.steps == 0 and FLAT.trajectory.steps == 1
    assert not ADAM.trajectory.follows_update_rule[0]
    assert record(BOWL, [2, 1], learning_rate=0.1, steps=1).gradients[0].tolist() == [4, 6]
