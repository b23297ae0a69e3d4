"""The sharpness along a run is drawn below it, with the bound of its method."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from descent import LOSSES, InvalidValue, record, sharpness_along
from descent.rates.requested_sharpness import requested_sharpness
from descent.runs.stability import stable_up_to

BOWL = LOSSES["bowl"]  # its Hessian has the eigenvalues 2 and 6


def ran(**options):
    return record(BOWL, [2, 1], **{"learning_rate": 0.1, "steps": 8} | options)


def lines_of(run, sharpness):
    axes = run.plot(sharpness=sharpness).axes[-1]
    assert axes.get_title(loc="left") == "the largest eigenvalue of the Hessian"
    return {line.get_label(): line.get_xydata() for line in axes.lines}


def test_the_sharpness_is_drawn_where_it_was_measured_and_the_bound_throughout():
    run = ran()
    drawn = lines_of(run, sharpness_along(BOWL, run, every=3))
    assert drawn["sharpness λ"].tolist() == [[0, 6], [3, 6], [6, 6], [8, 6]]
    assert np.allclose(drawn["2 / η"][:, 1], 20) and drawn["2 / η"][:, 0].tolist() == [*range(9)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [20.0] * 8),
        ({"momentum": 0.5}, [30.0] * 8),  # θ ← θ − ηv, v ← βv + ∇: stable up to 2 (1 + β) / η
        ({"learning_rate": [0.1] * 4 + [0.2] * 4}, [20.0] * 4 + [10.0] * 4),
        ({"momentum": 0.5, "nesterov": True}, []),
        ({"optimizer": "Adam"}, []),
        ({"weight_decay": 1.0}, []),  # which is a curvature of its own
        ({"maximize": True}, []),
        ({"foreach": True}, [20.0] * 8),
    ],
)
def test_the_bound_is_that_of_the_method_if_it_is_known(options, expected):
    assert stable_up_to(ran(**options)).tolist() == pytest.approx(expected)


def test_mini_batches_whose_noise_lowers_it_have_no_bound():
    run = ran()
    assert not stable_up_to(replace(run, batch_losses=run.losses)).size


def test_groups_of_different_momentum_have_no_bound():
    of_groups = {"momentum of group 0": 0.9, "momentum of group 1": 0.5}
    assert not stable_up_to(replace(ran(), options=of_groups)).size


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_a_run_on_a_parabola_grows_above_the_bound_and_not_below(momentum):
    def parabola(p):
        return 3 * p[0] ** 2  # λ = 6

    limit = 2 * (1 + momentum) / 6
    for share, grows in ((0.97, False), (1.03, True)):
        run = record(parabola, [1], learning_rate=share * limit, steps=300, momentum=momentum)
        assert (abs(run.iterates[-1, 0]) > 1) == grows == bool((stable_up_to(run) < 6).all())


def test_true_measures_it_and_false_does_not():
    run = ran(steps=400)
    axes = run.plot(BOWL, resolution=9, sharpness=True).axes[-1]
    places = axes.lines[0].get_xydata()
    assert 130 < len(places) <= 151 and places[[0, -1], 0].tolist() == [0, 400]
    assert np.allclose(places[:, 1], 6)
    assert len(run.plot(sharpness=False).axes) == len(run.plot().axes)
    with pytest.raises(InvalidValue, match=r"sharpness=True must come with the loss: add loss="):
        run.plot(sharpness=True)


def test_a_method_whose_bound_is_unknown_has_none_drawn():
    run = ran(optimizer="Adam")
    assert list(lines_of(run, sharpness_along(BOWL, run))) == ["sharpness λ"]


def test_a_figure_with_it_is_higher_and_its_other_panels_are_as_high_as_before():
    run = ran()
    without, figure = (
        run.plot(BOWL, resolution=9),
        run.plot(BOWL, resolution=9, sharpness=sharpness_along(BOWL, run)),
    )
    heights = [f.axes[0].get_position().height * f.get_figheight() for f in (without, figure)]
    assert heights[1] == pytest.approx(heights[0], rel=0.02)
    assert figure.get_figheight() > without.get_figheight() + 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, 2.0], r"sharpness must have shape \(9,\), as sharpness_along gives it"),
        ([np.nan] * 9, "sharpness must be finite at two iterates at least; got 0 of 9"),
        ([6.0, *[np.inf] * 8], "sharpness must be finite at two iterates at least; got 1 of 9"),
    ],
)
def test_what_is_not_along_the_run_is_refused(values, message):
    with pytest.raises(InvalidValue, match=message):
        ran().plot(sharpness=values)


def quartic(p):
    return p[0] ** 4  # λ = 12 p²


@pytest.mark.parametrize(
    ("other", "message"),
    [
        # One that begins elsewhere, and one that begins there and goes its own way.
        (
            {"start": [0.5]},
            "along the run; got 3 at step 0, where that of the loss is 12: give",
        ),
        ({"learning_rate": 0.01}, r"got 8\.9\d+ at step 4, where that of the loss is 1\.59"),
        (
            {"loss": lambda p: 1.5 * p[0] ** 4},
            "got 18 at step 0, where that of the loss is 12",
        ),
    ],
)
def test_that_of_another_run_or_loss_is_refused(tmp_path, other, message):
    asked = {"loss": quartic, "start": [1.0], "learning_rate": 0.125, "steps": 8}
    run = record(**asked)
    made = asked | other
    along = sharpness_along(made["loss"], record(**made))
    for draw in (
        lambda: run.plot(quartic, resolution=9, sharpness=along),
        lambda: run.save(tmp_path / "run.safetensors", loss=quartic, sharpness=along),
    ):
        with pytest.raises(InvalidValue, match=message):
            draw()


def test_one_that_was_measured_roughly_or_only_in_places_is_taken():
    run = record(quartic, [1], learning_rate=0.125, steps=8)
    along = sharpness_along(quartic, run)
    rough = along.astype(np.float32) * 1.003
    assert requested_sharpness(rough, run, quartic) == pytest.approx(along, rel=0.01)
    rough[[0, 3, 4, 8]] = np.nan
    assert np.isnan(requested_sharpness(rough, run, quartic)).sum() == 4


def test_it_goes_with_one_run_in_a_figure_of_its_own():
    from descent import plot_runs

    run = ran()
    along = sharpness_along(BOWL, run)
    with pytest.raises(InvalidValue, match="sharpness must go with a single run; got 2 of them"):
        plot_runs([run, run], sharpness=along)
    figure, ax = plt.subplots()
    with pytest.raises(InvalidValue, match="sharpness must go without ax and axes"):
        run.plot(ax=ax, sharpness=along)
    plt.close(figure)
