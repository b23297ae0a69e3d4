"""Figures of runs can be read, whatever was recorded, and leave everything else as it was."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading

import matplotlib as mpl
import numpy as np
import pytest
import torch

from descent import LOSSES, model_loss, plot_runs, record
from descent.palette import palette_of
from tests.figures import all_texts, contrast, texts
from tests.marks import slow_except

BOWL, ROSENBROCK = LOSSES["bowl"], LOSSES["rosenbrock"]


def on(loss, start, rate, steps=12, **options):
    return record(loss, start, learning_rate=rate, steps=steps, **options)


def double_well(params):
    return (params[0] ** 2 - 1) ** 2 + 0.2 * params[0]


def enormous(params):
    return 1e150 * (params**2).sum()


def steep(params):
    return 1e-9 * (params - 1e6).pow(4).sum()


def network_runs():
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    inputs = torch.linspace(-2, 2, 16)[:, None]
    targets, criterion = torch.sin(2 * inputs), torch.nn.MSELoss()
    whole, start, _ = model_loss(module, inputs, targets, criterion)
    some, _, _ = model_loss(module, inputs, targets, criterion, batch_size=4)
    adam = on(whole, start, 0.02, 20, optimizer="Adam", betas=(0.8, 0.99))
    return [on(whole, start, 0.1, 20), on(some, start, 0.1, 20), adam], whole


def bowls(*rates):
    return [on(BOWL, [2, 1], rate) for rate in rates]


UNFRIENDLY = {
    "small": lambda: (bowls(0.001), BOWL),
    "rising": lambda: (bowls(0.4), BOWL),
    "one step": lambda: (bowls(0.1)[0].first(1), BOWL),
    "no step": lambda: (bowls(0.1)[0].first(0), BOWL),
    "no loss": lambda: (bowls(0.4), None),
    "three": lambda: (bowls(0.01, 0.2, 0.4), BOWL),
    "eight": lambda: (bowls(*np.linspace(0.01, 0.4, 8)), BOWL),
    "fourteen": lambda: (bowls(*np.linspace(0.0123456, 0.3, 14)), None),
    "one parameter": lambda: (on(double_well, [1.7], 0.05, names=["θ"]), double_well),
    "diverging in one": lambda: (on(double_well, [1.7], 0.9, names=["θ"]), double_well),
    "diverged": lambda: (on(ROSENBROCK, [-1.2, 1], 0.01), ROSENBROCK),
    "diverged, no loss": lambda: (on(ROSENBROCK, [-1.2, 1], 0.01), None),
    "enormous": lambda: (on(enormous, [1e70, -1e70], 1e-151), enormous),
    "enormous, diverged": lambda: (on(enormous, [1e70, -1e70], 1e-149), enormous),
    "far away": lambda: (on(steep, [1e6 + 9, 1e6 + 8], 1e5), steep),
    "long names": lambda: (on(BOWL, [2, 1], 0.1, names=["layers.0.weight[0,1]", "$x^2_"]), None),
    "network": network_runs,
    "network, no loss": lambda: (network_runs()[0], None),
}


def overlapping(boxes):
    return [
        (one, other)
        for (one, a), (other, b) in itertools.combinations(boxes, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
    ]


# Themes differ in colours alone.
THEMED = [(name, "light") for name in UNFRIENDLY] + [("eight", "dark"), ("no loss", "dark")]
LIKE_OTHERS = {"small", "rising", "eight", "diverged, no loss", "enormous", "network, no loss"}
QUICK = [pair for pair in THEMED if pair[0] not in LIKE_OTHERS]


@pytest.mark.parametrize("case", slow_except(THEMED, *QUICK), ids=" ".join)
def test_every_text_can_be_read(case):
    name, theme = case
    runs, loss = UNFRIENDLY[name]()
    picture = plot_runs(runs, loss, theme=theme, resolution=31)
    picture.savefig("/dev/null", format="png")
    colours, shown = palette_of(theme), all_texts(picture)
    assert len(shown) > 10
    assert all(contrast(text.get_color(), colours.panel) >= 4.5 for text in shown)
    assert all(contrast(text.get_color(), picture.get_facecolor()) >= 4.5 for text in shown)
    assert all(text.get_fontsize() >= 10 for text in shown)
    boxes = [(text.get_text(), text.get_window_extent(picture.renderer)) for text in shown]
    assert overlapping(boxes) == []
    width, height = picture.get_size_inches() * picture.dpi
    outside = [text for text, at in boxes if at.x0 < 0 or at.y0 < 0 or at.x1 > width]
    assert outside == []
    assert max(at.y1 for _, at in boxes) <= height


def test_texts_that_are_too_long_end_in_dots():
    labels = [f"a label that somebody wrote without an end, number {k}" for k in range(3)]
    picture = plot_runs(bowls(0.01, 0.2, 0.4), BOWL, labels=labels, title="so " * 200)
    long = [text for text in texts(picture) if text.startswith(("a label", "so "))]
    assert len(long) == 4
    assert all(text.endswith("…") for text in long)


def test_what_looks_like_mathematics_in_a_label_is_shown_as_it_is():
    picture = plot_runs(bowls(0.01, 0.2), labels=["costs $5", r"\alpha_1^2"], title="$")
    picture.savefig("/dev/null", format="png")
    assert [text.get_text() for text in picture.texts][0] == r"\$"


def test_plotting_changes_no_setting_and_heeds_none():
    before = dict(mpl.rcParams)
    plain = plot_runs(bowls(0.1), BOWL, resolution=21)._repr_png_()
    assert dict(mpl.rcParams) == before
    with mpl.rc_context({"font.size": 30, "lines.linewidth": 9, "axes.grid": True}):
        assert plot_runs(bowls(0.1), BOWL, resolution=21)._repr_png_() == plain


@pytest.mark.slow
@pytest.mark.render
def test_plotting_does_without_pyplot():
    code = """
import sys, descent
bowl = descent.LOSSES["bowl"]
descent.record(bowl, [2, 1], learning_rate=0.1, steps=3).plot(bowl)._repr_png_()
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_any_thread_may_plot():
    run, pictures = bowls(0.1), []
    expected = plot_runs(run, BOWL, resolution=21)._repr_png_()

    def plot():
        pictures.append(plot_runs(run, BOWL, resolution=21)._repr_png_())

    threads = [threading.Thread(target=plot) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pictures == [expected] * 3


@pytest.mark.slow
@pytest.mark.render
def test_a_notebook_shows_a_figure_once(tmp_path):
    import nbformat
    from nbclient import NotebookClient

    code = """import descent
bowl = descent.LOSSES["bowl"]
descent.record(bowl, [2, 1], learning_rate=0.1, steps=3).plot(bowl)"""
    sources = (code, f"%matplotlib inline\n{code}")
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}}).execute()
    for cell in notebook.cells:
        assert ["image/png" in output.get("data", {}) for output in cell.outputs] == [True]
