"""How recorded things introduce themselves at a prompt and in a notebook."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np

from descent import LOSSES, backward_graph, record, sweep
from descent.display import SPARK_POINTS, sparkline
from descent.palette import DARK, LIGHT
from descent.text.runs import steps_of
from tests.figures import contrast

BOWL = LOSSES["bowl"]


def parsed(html):
    """Return the card as a tree: whatever is not well-formed, such as a stray <, raises."""
    return ElementTree.fromstring(html)


def test_a_run_says_in_a_line_what_it_is():
    run = record(BOWL, [2, 1], learning_rate=0.1, steps=20)
    said = "20 steps of SGD, η = 0.1, over θ1, θ2; converging: loss 7 → 0.000532"
    assert repr(run) == f"Trajectory({said})"
    gone = record(BOWL, [2, 1], learning_rate=0.7, steps=2000)
    assert f"diverged at step {gone.steps + 1}" in repr(gone)


def test_a_sweep_says_in_a_line_what_it_is():
    found = sweep(BOWL, [2, 1], [0.1, 0.2, 0.5], 30)
    said = "3 learning rates, 0.1 to 0.5, 30 steps each; 2 converging, 1 diverging"
    assert repr(found) == f"Sweep({said})"


def test_a_card_has_the_first_and_the_last_rows():
    run = record(BOWL, [2, 1], learning_rate=0.1, steps=20)
    rows = [[cell.text for cell in row] for row in parsed(run._repr_html_()).iter("tr")]
    assert rows[0] == ["t", "θ1", "θ2", "loss"]
    assert [row[0] for row in rows[1:]] == ["0", "1", "2", "⋮", "18", "19", "20"]
    assert rows[1] == ["0", "2", "1", "7"]
    assert rows[2] == ["1", "1.6", "0.4", "3.04"]


def test_a_card_of_many_parameters_shows_the_first_few():
    run = record(lambda params: (params**2).sum(), np.ones(300), learning_rate=0.1, steps=2)
    head = next(parsed(run._repr_html_()).iter("tr"))
    assert [cell.text for cell in head] == ["t", "θ1", "θ2", "θ3", "θ4", "…", "loss"]
    assert len(run._repr_html_()) < 5000


def test_a_sweeps_card_says_what_became_of_the_runs():
    found = sweep(BOWL, [2, 1], np.linspace(0.1, 0.5, 41), 30, keep=5)
    text = "".join(parsed(found._repr_html_()).itertext())
    assert "41 learning rates, 0.1 to 0.5, 30 steps each from loss 7" in text
    assert "lowest at η = 0.25" in text
    assert "2 / sharpness = 0.3333" in text
    assert "5 of them are kept whole" in text


def test_a_card_says_what_became_of_the_lowest_run():
    def endless(params):
        return -(params**2).sum()

    found = sweep(endless, [1.0], np.geomspace(1e3, 1e4, 20), 200)
    assert found.diverged[found.best]
    assert "where it fell beyond all numbers." in "".join(parsed(found._repr_html_()).itertext())
    some = sweep(endless, [1.0], np.geomspace(0.01, 1e4, 20), 200)
    assert some.diverged[some.final_losses.argmin()] and not some.diverged[some.best]
    assert "where it diverged" not in "".join(parsed(some._repr_html_()).itertext())


def test_rates_that_end_equally_low_are_counted_on_the_card():
    found = sweep(BOWL, [2, 1], [0.1, 0.25, 0.25], 9)
    assert "2 of 3 end equally low, at " in "".join(parsed(found._repr_html_()).itertext())


def test_a_map_has_a_card_too():
    pairs = np.stack(np.meshgrid([0.1, 0.2], [0.05, 0.4], indexing="ij"), axis=-1)
    text = "".join(parsed(sweep(BOWL, [2, 1], pairs, 9, groups=[0, 1])._repr_html_()).itertext())
    assert "4 combinations of learning rates" in text and "lowest at η = 0.2 and 0.05" in text


def test_names_cannot_break_out_of_a_card():
    run = record(BOWL, [2, 1], learning_rate=0.1, steps=2, names=["<script>alert(1)</script>", "&"])
    html = replace(run, optimizer="<img src=x>")._repr_html_()
    assert "<script" not in html and "<img src=x" not in html
    head = next(parsed(html).iter("tr"))
    assert [cell.text for cell in head][1] == "<script>alert(1)</script>"


def test_a_card_asks_the_network_for_nothing_and_its_text_has_no_colours():
    html = record(BOWL, [2, 1], learning_rate=0.1, steps=2)._repr_html_()
    assert "http" not in html and set(re.findall(r'src="(.{19})', html)) == {"data:image/svg+xml;"}
    assert re.findall(r"(?:color|background):(?!none)", html) == []


def test_a_card_is_whole_in_a_notebook_that_is_not_trusted():
    """JupyterLab then keeps pictures in data URLs, but neither an SVG element nor aria-label."""
    run = record(BOWL, [2, 1], learning_rate=0.1, steps=2)
    for shown in (run, sweep(BOWL, [2, 1], [0.1, 0.2], 9), backward_graph(BOWL, [2, 1])):
        elements = list(parsed(shown._repr_html_()).iter())
        assert {one.tag for one in elements} <= {"div", "b", "img", "table", "tr", "th", "td"}
        assert {name for one in elements for name in one.keys()} <= {  # noqa: SIM118
            *("style", "src", "alt", "width", "height")
        }


def curve(values):
    """Return the drawing in the picture of a sparkline."""
    _, content = parsed(sparkline(np.array(values, float))).get("src").split(",")
    return parsed(b64decode(content))


def test_a_sparkline_is_seen_on_light_and_on_dark_pages():
    stroke = curve([3, 2, 1])[0].get("stroke")
    for page in ("#FFFFFF", LIGHT.background, DARK.background, "#1F1F1F", "#000000"):
        assert contrast(stroke, page) >= 3  # WCAG 2.2, 1.4.11: graphical objects


def heights(values):
    points = curve(values)[0].get("points")
    return [float(pair.split(",")[1]) for pair in points.split()]


def test_a_sparkline_goes_by_logarithms_where_the_numbers_span_decades():
    high, middle, low = heights([1e8, 1e4, 1])
    assert high < middle < low and abs(middle - (high + low) / 2) < 0.2
    high, middle, low = heights([3, 1.5, 1])
    assert abs(middle - (high + low) / 2) > 5


def test_a_sparkline_survives_any_numbers():
    assert sparkline(np.array([1.0])) == "" == sparkline(np.empty(0))
    for values in ([1e308, -1e308], [0, 0, 0], [0, 1e-300, 1e300], [-1, -2]):
        assert np.isfinite(heights(values)).all()
    assert len(heights(np.arange(1e5))) <= SPARK_POINTS


def test_a_run_that_an_error_ended_says_so():
    values = iter(range(4))

    def loss(params):
        if next(values, None) is None:
            raise RuntimeError("no more data")
        return (params**2).sum()

    run = record(loss, [2.0], learning_rate=0.1, steps=50)
    assert run.stopped_by == "error" and run.steps > 0
    assert "ended by an error, at loss" in repr(run)
    assert f"Ended by an error after {steps_of(run.steps)}, at loss" in run._repr_html_()
