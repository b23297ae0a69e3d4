"""Plots go into axes of a caller's figure, and show there what a figure of their own shows."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from descent import LOSSES, plot_runs, record, sweep
from descent.checks.errors import InvalidArgument

BOWL = LOSSES["bowl"]
RUN = record(BOWL, [2, 1], learning_rate=0.1, steps=8)
GOES = record(BOWL, [2, 1], learning_rate=0.4, steps=8)


def lines(axes):
    """The lines of axes, as numbers."""
    return [np.array(line.get_xydata(), dtype=float) for line in axes.lines]


def assert_same_lines(axes, other):
    assert len(lines(axes)) == len(lines(other)) > 0
    for one, two in zip(lines(axes), lines(other), strict=True):
        assert np.array_equal(one, two, equal_nan=True)


def two():
    figure = Figure(figsize=(10, 4))
    return figure, figure.subplots(1, 2)


def test_two_axes_show_what_the_panels_of_a_figure_show():
    figure, axes = two()
    window = ((-3, 3), (-2, 2))
    assert plot_runs([RUN, GOES], BOWL, window=window, resolution=21, axes=axes) is figure
    own = plot_runs([RUN, GOES], BOWL, window=window, resolution=21)
    for given, expected in zip(axes, own.axes, strict=True):
        assert_same_lines(given, expected)
        assert given.get_title(loc="left") == expected.get_title(loc="left")
        assert (given.get_xlim(), given.get_ylim()) == (expected.get_xlim(), expected.get_ylim())
    texts = [text.get_text() for text in axes[1].get_legend().get_texts()]
    assert len(texts) == len(set(texts)) == 2
    assert figure.axes == list(axes)


def test_one_axes_shows_the_paths_on_the_loss_or_the_losses_by_steps():
    figure, (left, right) = two()
    RUN.plot(BOWL, ax=left, resolution=21)
    RUN.plot(ax=right, title="my run")
    assert np.array_equal(lines(left)[0], RUN.iterates)
    assert np.array_equal(lines(right)[0][:, 1], RUN.losses)
    assert right.get_title(loc="left") == "my run"
    assert RUN.plot(ax=figure.add_subplot()) is figure


def test_without_the_loss_two_axes_show_losses_and_parameters():
    _, axes = two()
    RUN.plot(axes=axes)
    for given, expected in zip(axes, RUN.plot().axes, strict=True):
        assert_same_lines(given, expected)


def test_axes_in_a_part_of_a_figure_belong_to_the_whole():
    figure = Figure()
    part, _ = figure.subfigures(1, 2)
    assert RUN.plot(ax=part.subplots()) is figure


def test_what_a_plane_shows_is_said_in_axes_too():
    loss = LOSSES["bowl"]

    def many(params):
        return loss(params[:2]) + (params[2:] ** 2).sum()

    run = record(many, [2, 1, 1], learning_rate=0.1, steps=8)
    _, axes = two()
    run.plot(many, ax=axes[0], resolution=11)
    (note,) = (text.get_text() for text in axes[0].texts if text.get_text())
    assert note.startswith("This plane shows ")


def test_the_settings_of_a_caller_are_as_before():
    before = dict(matplotlib.rcParams)
    _, axes = two()
    face = axes[0].get_facecolor()
    RUN.plot(BOWL, axes=axes, theme="dark", resolution=11)
    assert dict(matplotlib.rcParams) == before
    assert axes[0].get_facecolor() == face


def test_an_arrow_out_of_the_axes_moves_with_them():
    figure, axes = two()
    plot_runs([RUN, GOES], BOWL, resolution=21, ax=axes[0])
    (arrow,) = (text for text in axes[0].texts if getattr(text, "arrow_patch", None))
    figure.canvas.draw()
    before = axes[0].get_window_extent().frozen(), arrow.get_window_extent()
    axes[0].set_position((0.5, 0.2, 0.3, 0.6))
    figure.canvas.draw()
    after = axes[0].get_window_extent(), arrow.get_window_extent()
    for box, drawn in (before, after):
        near = box.expanded(1.2, 1.2)
        assert near.x0 < drawn.x0 and drawn.x1 < near.x1
    assert before[1].x0 != after[1].x0


def test_a_map_of_rates_goes_into_axes():
    found = sweep(BOWL, [2, 1], np.geomspace(0.01, 1, 40), steps=20)
    figure, (left, _) = two()
    assert found.plot(ax=left, title="rates") is figure
    assert_same_lines(left, found.plot().axes[0])
    assert left.get_title(loc="left") == "rates"
    told = {text.get_text() for text in left.get_legend().get_texts()}
    assert told == set(found.behaviors.tolist())
    assert any(text.get_text().startswith("2/") for text in left.texts)


def test_a_map_of_pairs_of_rates_goes_into_axes():
    rates = np.geomspace(0.01, 1, 5)
    pairs = np.stack(np.meshgrid(rates, rates, indexing="ij"), axis=-1)
    found = sweep(BOWL, [2, 1], pairs, steps=5, groups=[0, 1])
    figure, (left, right) = two()
    assert found.plot(ax=left) is figure
    expected = found.plot().axes[0].images[0].get_array()
    assert np.array_equal(left.images[0].get_array(), expected)
    assert not right.images


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"ax": 3}, "^ax must be Axes of matplotlib, as plt.subplots.. makes; got int"),
        ({"ax": Figure()}, "^ax must be Axes of matplotlib, .*; got Figure"),
        ({"axes": Figure().subplots()}, "^axes must be two, for .*; got 1: give fig, axes"),
        ({"axes": ["left", "right"]}, "^axes must be Axes of matplotlib, .*; got str"),
        ({"ax": Figure().subplots(), "axes": two()[1]}, "^ax must be given without axes; got both"),
    ],
)
def test_what_are_no_axes_is_refused_in_one_sentence(options, sentence):
    with pytest.raises(InvalidArgument, match=sentence):
        RUN.plot(BOWL, **options)
