"""The map of learning rates says what the sweep found, and nothing else."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from descent import LOSSES, plot_map, sweep
from descent.page.content import content_of
from descent.palette import BEHAVIOR_ROLES, THEMES
from descent.plots.rate_image import image_colors
from descent.sweeps.sweep import PER_RUN
from tests.figures import plain
from tests.marks import slow_except

BOWL = LOSSES["bowl"]
RATES = np.geomspace(0.01, 0.6, 80)


@pytest.fixture(scope="module")
def found():
    return sweep(BOWL, [2, 1], RATES, 20)


def pairs_of(first, second):
    return np.stack(np.meshgrid(first, second, indexing="ij"), axis=-1)


@pytest.fixture(scope="module")
def bowl_map():
    pairs = pairs_of(np.linspace(0.01, 1.6, 54), np.linspace(0.01, 0.6, 60))
    return sweep(BOWL, [2, 1], pairs, 60, groups=[0, 1])


def texts(figure):
    own = [text.get_text() for text in figure.texts]
    return own + [axes.get_title(loc="left") for axes in figure.axes]


def curve(figure):
    return max(figure.axes[0].lines, key=lambda line: len(line.get_xdata()))


def test_the_curve_is_the_final_losses_in_the_order_of_the_rates(found):
    shuffled = np.random.default_rng(0).permutation(len(RATES))
    mixed = sweep(BOWL, [2, 1], RATES[shuffled], 20)
    for one in (found, mixed):
        line = curve(plot_map(one))
        np.testing.assert_array_equal(line.get_xdata(), RATES)
        heights, (bottom, top) = np.array(line.get_ydata()), line.axes.get_ylim()
        inside = (found.final_losses > bottom) & (found.final_losses < top)
        np.testing.assert_array_equal(heights[inside], found.final_losses[inside])
        assert inside.sum() > 60


def test_what_ended_above_the_picture_leaves_it_by_arrowheads():
    gone = sweep(BOWL, [2, 1], np.geomspace(0.1, 5, 60), 60)
    axes = plot_map(gone).axes[0]
    (arrows,) = (line for line in axes.lines if line.get_marker() == "^")
    top = axes.get_ylim()[1]
    above = gone.learning_rates[gone.final_losses > top]
    assert above.size and {*arrows.get_xdata()} <= {*above}
    assert min(arrows.get_xdata()) == above.min()


def test_the_boundary_stands_at_two_over_the_sharpness_and_says_so(found):
    figure = plot_map(found)
    assert any(list(line.get_xdata()) == [1 / 3, 1 / 3] for line in figure.axes[0].lines)
    assert "2/λ = 0.333" in texts(figure)
    unknown = plot_map(replace(found, critical_learning_rate=None))
    far = plot_map(replace(found, critical_learning_rate=1e9))
    assert not any("2/λ" in text for figure in (unknown, far) for text in texts(figure))


def strip(figure, theme="light"):
    """Return (left, right, behaviour) of every piece of the strip, in shares of the axes."""
    box = figure.axes[0].get_position()
    words = {getattr(THEMES[theme], role): word for word, role in BEHAVIOR_ROLES.items()}
    from matplotlib.colors import to_hex

    return [
        (
            (patch.get_x() - box.x0) / box.width,
            (patch.get_x() + patch.get_width() - box.x0) / box.width,
            words[to_hex(patch.get_facecolor()).upper()],
        )
        for patch in figure.patches + figure.artists
        if hasattr(patch, "get_facecolor") and abs(patch.get_y() - box.y1) < 0.03
    ]


def test_the_strip_has_each_behaviour_where_its_rates_are(found):
    figure = plot_map(found)
    axes = figure.axes[0]
    low, high = np.log(axes.get_xlim())
    pieces = strip(figure)
    for rate, behaviour in zip(RATES, found.behaviors, strict=True):
        share = (np.log(rate) - low) / (high - low)
        assert [word for left, right, word in pieces if left <= share <= right] == [behaviour]
    assert pieces[0][0] > 0 and pieces[-1][1] < 1  # nothing is said of rates that nobody tried


def test_a_rate_alone_has_a_strip_that_can_be_seen():
    ((left, right, word),) = strip(plot_map(sweep(BOWL, [2, 1], [0.25], 20)))
    assert right - left > 0.005 and word == "converging"


def test_the_heading_names_the_best_rate_and_the_first_that_diverges(found):
    (best,) = found.best
    first = RATES[found.behaviors == "diverging"].min()
    said = next(text for text in texts(plot_map(found)) if text.startswith("Lowest"))
    assert f"η = {RATES[best]:.4g}" in said and f"diverging from η = {first:.4g}" in said
    calm = sweep(BOWL, [2, 1], [0.1, 0.2], 20)
    assert not any("diverging" in text for text in texts(plot_map(calm)))
    wild = sweep(BOWL, [2, 1], [0.5, 0.6], 20)
    assert any("every one of them is higher" in text for text in texts(plot_map(wild)))


def test_runs_that_diverge_downwards_are_not_said_to_be_higher():
    found = sweep(lambda params: -(params**2).sum(), [1.0], [1e3, 1e4], 300)
    assert (found.final_losses < found.first_loss).all() and found.diverged.all()
    assert "Every one of them fell beyond all numbers" in texts(plot_map(found))


def falling(params):
    """Return a loss that falls without end where the first parameter nears 0."""
    return params[0].log() + params[1] ** 2 + 10


@pytest.fixture(scope="module")
def falling_map():
    pairs = pairs_of(np.geomspace(0.01, 3, 10), np.linspace(0.1, 1.2, 10))
    return sweep(falling, [2, 1], pairs, 40, groups=[0, 1])


def test_the_lowest_of_pairs_is_one_that_does_not_diverge(falling_map):
    assert set(falling_map.behaviors[falling_map.diverged]) == {"left the domain", "diverging"}
    stays = ~falling_map.thrown_out
    lowest = falling_map.final_losses[stays].min()
    assert falling_map.diverged[falling_map.final_losses < lowest].any()
    count = int((falling_map.final_losses[stays] == lowest).sum())
    said = f"; {count} of 100 end equally low, at {lowest:.4g}"
    assert any(text.endswith(said) for text in texts(plot_map(falling_map)))
    assert lowest == pytest.approx(10.08, abs=0.01)
    # Of two pairs it is the other one that has the deepest blue.
    light = image_colors(falling_map).sum(axis=-1)
    assert light[stays].min() == light[falling_map.best] == pytest.approx(0.478, abs=0.01)
    assert f"loss {lowest:.3g} or less" in texts(plot_map(falling_map))


def test_the_lowest_of_rates_is_one_that_does_not_diverge():
    found = sweep(falling, [2, 1], [0.01, 0.05, 0.2], 40)
    assert found.diverged.tolist() == [False, False, True]
    assert found.final_losses.argmin() == 2
    figure = plot_map(found)
    assert any(text.startswith("Lowest after 40 steps: η = 0.05,") for text in texts(figure))
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [list(line.get_xdata()) for line in dots] == [[0.05]]


def test_a_rate_that_diverges_below_others_that_do_not_is_only_the_first():
    found = sweep(LOSSES["rosenbrock"], [0, 0], np.geomspace(0.001, 30, 300), 100)
    diverging = found.behaviors == "diverging"
    first = found.learning_rates[diverging].min()
    assert (~diverging & (found.learning_rates > first)).any()
    assert any(f"; first diverging at η = {first:.4g}" in text for text in texts(plot_map(found)))


def test_rates_that_end_equally_low_are_counted():
    loss = LOSSES["himmelblau"]
    found = sweep(loss, [0, 0], np.geomspace(0.001, 0.2, 300), 100)
    count = int((found.final_losses == 0).sum())
    assert count > 1
    figure = plot_map(found)
    assert any(text.startswith(f"{count} of 300 end equally low, at 0") for text in texts(figure))
    (dots,) = (line for line in figure.axes[0].lines if line.get_marker() == "o")
    assert len(dots.get_xdata()) == count
    pairs = sweep(BOWL, [2, 1], np.full((1, 1, 2), 0.1), 5, groups=[0, 1])
    twice = replace(pairs, **{
        name: np.repeat(getattr(pairs, name), 2, axis=0)
        for name in ("learning_rates", "final_losses", *PER_RUN)
    })  # fmt: skip
    twice = replace(twice, learning_rates=[[[0.1, 0.1]], [[0.2, 0.1]]])
    assert any("; 2 of 2 end equally low, at" in text for text in texts(plot_map(twice)))


def test_the_axis_is_called_by_what_is_true_of_every_run(found):
    gone = sweep(BOWL, [2, 1], np.geomspace(0.1, 900, 9), 300, keep=2)
    assert gone.diverged.any()
    said = "last finite loss in 300 steps"
    assert plot_map(gone).axes[0].get_title(loc="left") == f"{said}, log scale"
    assert content_of(gone)["map"]["what"] == f"{said}, log scales"
    assert plot_map(found).axes[0].get_title(loc="left") == "loss after 20 steps, log scale"


def test_negative_losses_have_no_logarithm():
    found = sweep(lambda params: params[0].sin(), [1.0], np.linspace(0.1, 3, 30), 20)
    axes = plot_map(found).axes[0]
    assert axes.get_yscale() == "linear" and axes.get_title(loc="left") == "loss after 20 steps"
    np.testing.assert_array_equal(curve(axes.figure).get_ydata(), found.final_losses)


@pytest.mark.parametrize(
    ("loss", "rates", "steps"),
    [
        (BOWL, [0.1], 5),
        (BOWL, [0.5, 0.6, 0.7], 700),
        (BOWL, np.full(9, 0.25), 5),
        (BOWL, [1e-300, 1e300], 9),
        (BOWL, [1e300], 3),
        (lambda params: params.sum() * 0 + 1, [0.1, 1.0], 3),
        (lambda params: -(params**2).sum(), np.geomspace(0.1, 9, 30), 500),
    ],
)
def test_any_sweep_makes_a_picture(loss, rates, steps):
    figure = plot_map(sweep(loss, [2, 1], rates, steps), theme="dark")
    data, _ = figure._repr_png_()
    picture = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
    assert picture.std() > 5


@pytest.mark.parametrize(
    "rates",
    slow_except(
        [[5e-324], [1e308, 1.5e308], [1e-310, 2e-310], [1e-320, 1.7e308]], [1e-320, 1.7e308]
    ),
)
def test_rates_that_no_axis_can_show_are_refused_and_still_have_a_page(rates, tmp_path):
    found = sweep(BOWL, [2, 1], rates, 3, keep=len(rates))
    with pytest.raises(ValueError, match="learning_rates must be from 1e-300 to 1e.300 to be draw"):
        plot_map(found)
    assert found.to_html(tmp_path / "page.html").stat().st_size
    low, high = content_of(sweep(BOWL, [2, 1], rates[-1:], 3, keep=1))["map"]["rates"]
    assert 0 < low < high < np.inf


def test_no_text_stands_on_another_or_on_the_curve(found):
    for one in (found, sweep(BOWL, [2, 1], [0.5, 0.6, 0.7], 60), sweep(BOWL, [2, 1], RATES, 1)):
        figure = plot_map(one)
        boxes = [text.get_window_extent() for text in figure.texts if text.get_text()]
        for k, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[:k])
        points = figure.axes[0].transData.transform(curve(figure).get_xydata())
        for box in boxes:
            assert not any(box.contains(x, y) for x, y in points if np.isfinite(y))


def drawn(figure):
    """Return the picture of a map as an array of its rows, the lowest first."""
    return np.asarray(figure.axes[0].images[0].get_array())


def test_blue_is_where_both_rates_are_below_their_boundaries(bowl_map):
    # Curvatures 2 and 6: the boundaries are straight lines, at 1 and at 1/3.
    shades = image_colors(bowl_map)
    is_blue = shades[..., 2] > shades[..., 0]
    first, second = bowl_map.learning_rates[..., 0], bowl_map.learning_rates[..., 1]
    certain = (np.abs(first - 1) > 0.02) & (np.abs(second - 1 / 3) > 0.02)
    np.testing.assert_array_equal(is_blue[certain], ((first < 1) & (second < 1 / 3))[certain])


def test_deeper_is_lower_and_deeper_is_sooner():
    pairs = pairs_of(np.linspace(0.1, 0.3, 8), np.linspace(0.1667, 900, 2))
    found = sweep(BOWL, [2, 1], pairs, 6, groups=[0, 1])
    light = image_colors(found).sum(axis=-1)
    assert (np.diff(found.final_losses[:, 0]) < 0).all()
    assert (np.diff(light[:, 0]) < 0).all()
    sooner = sweep(BOWL, [2, 1], pairs_of([0.1, 0.2], [2.0, 20.0, 1e9]), 200, groups=[0, 1])
    assert (np.diff(sooner.steps_taken) < 0).all()
    assert (np.diff(image_colors(sooner).sum(axis=-1)) < 0).all()


def test_the_picture_has_the_second_rate_across_and_the_first_upwards(bowl_map):
    figure = plot_map(bowl_map)
    np.testing.assert_array_equal(drawn(figure), image_colors(bowl_map))
    axes = figure.axes[0]
    assert axes.get_xlabel() == "learning rate of θ2"
    assert axes.get_title(loc="left") == "learning rate of θ1"
    assert axes.get_xlim() == (-0.5, 59.5) and axes.get_ylim() == (-0.5, 53.5)
    places = dict(
        zip([t.get_text() for t in axes.get_yticklabels()], axes.get_yticks(), strict=True)
    )
    assert places["1"] == pytest.approx((1 - 0.01) / (1.6 - 0.01) * 53)


def test_pairs_the_other_way_round_make_the_same_picture(bowl_map):
    turned = sweep(BOWL, [2, 1], bowl_map.learning_rates.swapaxes(0, 1), 60, groups=[0, 1])
    figure = plot_map(turned)
    axes = figure.axes[0]
    rows, columns = drawn(figure).shape[:2]
    assert (rows, columns) == (60, 54)
    assert (axes.get_xlabel(), axes.get_title(loc="left")) == (
        "learning rate of θ1",
        "learning rate of θ2",
    )


def test_geometric_rates_have_round_powers_where_they_stand():
    pairs = pairs_of(np.geomspace(0.01, 1, 21), np.geomspace(0.001, 1, 31))
    axes = plot_map(sweep(BOWL, [2, 1], pairs, 9, groups=[0, 1])).axes[0]
    ticks = zip([t.get_text() for t in axes.get_xticklabels()], axes.get_xticks(), strict=True)
    assert dict(ticks) == pytest.approx({"0.001": 0, "0.01": 10, "0.1": 20, "1": 30})


def test_what_the_colours_mean_is_said_with_the_sweeps_own_numbers(bowl_map):
    said = texts(plot_map(bowl_map))
    assert said.count("loss 7, as at the start") == 2
    gone = sweep(BOWL, [2, 1], pairs_of([0.1, 9.0], [0.1, 900.0]), 300, groups=[0, 1])
    soonest = gone.steps_taken[gone.diverged].min() + 1
    assert f"diverged at step {soonest}" in texts(plot_map(gone))
    assert "higher after 300 steps" in texts(plot_map(gone))


def test_a_loss_of_nothing_takes_no_colour_from_the_others():
    pairs = pairs_of([0.1, 0.5], [0.1, 1 / 6])
    found = sweep(BOWL, [2, 1], pairs, 4, groups=[0, 1])
    assert found.final_losses[1, 1] < 1e-100
    assert "loss 7·10-16 or less" in [plain(text) for text in texts(plot_map(found))]


def test_a_map_of_one_behaviour_has_one_bar():
    calm = sweep(BOWL, [2, 1], pairs_of([0.1, 0.2], [0.1, 0.2]), 30, groups=[0, 1])
    assert len(plot_map(calm).axes) == 2
    wild = sweep(BOWL, [2, 1], pairs_of([9.0, 10.0], [9.0, 10.0]), 30, groups=[0, 1])
    figure = plot_map(wild)
    assert len(figure.axes) == 2
    assert any("every one of them is higher" in text for text in texts(figure))


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        (lambda found: (3, {}), TypeError, "sweep must be a descent.Sweep; got a int"),
        (lambda found: (found, {"title": 5}), TypeError, "title must be a text; got 5"),
        (lambda found: (found, {"theme": "pink"}), ValueError, "theme must be one of dark, light"),
        (
            lambda found: (sweep(BOWL, [2, 1], np.full((2, 2), 0.1), 3), {}),
            ValueError,
            r"a list of learning rates or a grid of pairs of them; got shape \(2, 2\)",
        ),
        (
            lambda found: (
                sweep(BOWL, [2, 1], pairs_of([0.1, 0.11, 0.3], [0.1, 0.2]), 3, groups=[0, 1]),
                {},
            ),
            ValueError,
            "an even grid of pairs; got others: make them by np.meshgrid",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(found, asked, error, said):
    sweep_, options = asked(found)
    with pytest.raises(error, match=said):
        plot_map(sweep_, **options)
