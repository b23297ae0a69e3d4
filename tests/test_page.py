"""A page of recorded runs: what is in the file, without a browser."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import descent
from descent import page
from descent.page.content import content_of, first_row_of_each_view, rows_shown
from descent.text.numbers import fixed, superscript
from descent.text.runs import ending, step
from descent.views.windows import RESOLUTION
from tests.marks import slow_except

HOSTILE = "</script><img src=x onerror=alert(1)>"
RATES = np.geomspace(0.005, 0.6, 21)
FILM_RESOLUTION = RESOLUTION[2]
pytestmark = pytest.mark.usefixtures("coarse_landscapes")


class Parts(HTMLParser):
    """The elements of a page with their attributes, and the very text of each."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.open = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs), []))
        if tag not in ("meta", "input"):
            self.open.append(self.found[-1])

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if self.open:
            self.open[-1][2].append(data)

    def of(self, tag, **attributes):
        return [
            (found, "".join(text))
            for name, found, text in self.found
            if name == tag and attributes.items() <= found.items()
        ]


def parts_of(sweep, path, **options):
    return Parts(sweep.to_html(path / "page.html", **options).read_text(encoding="utf-8"))


def content_in(parts):
    ((_, text),) = parts.of("script", type="application/json")
    return json.loads(text)


def bowl(rates=RATES, steps=10, keep=7, **options):
    return descent.sweep(descent.LOSSES["bowl"], [2, 1], rates, steps=steps, keep=keep, **options)


@pytest.fixture(scope="module")
def found():
    return bowl()


@pytest.fixture(scope="module")
def parts(found, tmp_path_factory):
    return parts_of(found, tmp_path_factory.mktemp("page"))


def test_the_numbers_of_each_step_are_those_that_were_recorded(found, parts):
    content = content_in(parts)
    runs = sorted(found.trajectories, key=lambda run: run.learning_rates[0])
    assert len(content["runs"]) == len(runs) == 7
    for shown, run in zip(content["runs"], runs, strict=True):
        assert shown["rate"] == run.learning_rates[0]
        assert np.array_equal(shown["losses"], run.losses)
        assert np.array_equal(shown["iterates"], run.iterates.T)
        assert np.array_equal(shown["gradients"], run.gradients.T)
        assert (shown["behavior"], shown["steps"]) == (run.behavior, run.steps)
        assert "rows" not in shown
    assert content["critical"] == found.critical_learning_rate == pytest.approx(1 / 3, abs=1e-12)
    assert content["columns"] == list(found.names)


def test_the_sentence_and_the_numbers_of_each_row_are_those_of_the_film(found, parts):
    runs = sorted(found.trajectories, key=lambda run: run.learning_rates[0])
    for shown, run in zip(content_in(parts)["runs"], runs, strict=True):
        texts = shown["texts"]
        sentences = [
            texts["sentences"][k].replace("\N{NO-BREAK SPACE}", " ") for k in texts["sentence"]
        ]
        expected = [*(step(run, t) for t in range(run.steps - 1)), ending(run)]
        assert sentences[1:] == [superscript(text) for text in expected]
        written = [[superscript(fixed(value)) for value in column] for column in run.iterates.T]
        assert texts["numbers"]["parameter"] == written
        assert len(texts["numbers"]["change"][0]) == run.steps


def test_of_many_parameters_the_sizes_are_shown_and_a_plane(tmp_path):
    def loss(params):
        return (params * params * params.new_tensor([0.5, 2.0, 3.0, 0.1])).sum()

    found = descent.sweep(loss, [1, -2, 0.5, 3], [0.01, 0.1, 0.5], steps=6, keep=3)
    content = content_in(parts_of(found, tmp_path))
    assert content["columns"] == []
    for shown, run in zip(content["runs"], found.trajectories, strict=True):
        away = np.linalg.norm(run.iterates - run.iterates[0], axis=1)
        np.testing.assert_allclose(shown["iterates"], [away], rtol=1e-14)
        sizes = np.linalg.norm(run.gradients, axis=1)
        np.testing.assert_allclose(shown["gradients"], [sizes], rtol=1e-14)
    calm = [run for run in found.trajectories if not run.goes_away]
    plane = descent.path_plane(calm)
    for shown, run in zip(content["runs"], found.trajectories, strict=True):
        np.testing.assert_allclose(np.transpose(shown["points"]), plane.project(run.iterates), 1e-5)


def test_the_map_has_the_final_loss_of_every_rate(found, parts):
    rate_map = content_in(parts)["map"]
    rates, losses = np.transpose(rate_map["curve"])
    low, high = np.log10(rate_map["losses"])
    expected = np.interp(np.log10(found.learning_rates), rates, losses)
    inside = np.clip(np.log10(found.final_losses), 2 * low - high, 2 * high - low)
    np.testing.assert_allclose(expected, inside, atol=(high - low) / 500)
    words = [
        word
        for low, high, word in rate_map["regions"]
        for rate in found.learning_rates
        if low <= rate <= high
    ]
    assert words == found.behaviors.tolist()


def test_the_policy_allows_only_the_own_style_and_script_of_the_page(parts):
    ((policy, _),) = parts.of("meta", **{"http-equiv": "Content-Security-Policy"})
    rules = dict(rule.strip().split(" ", 1) for rule in policy["content"].split(";"))
    ((_, style),) = parts.of("style")
    (script,) = [text for found, text in parts.of("script") if "type" not in found]
    assert rules == {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "style-src": f"'sha256-{digest(style)}'",
        "script-src": f"'sha256-{digest(script)}'",
    }


def digest(text):
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_no_element_names_an_address(parts, found, tmp_path):
    for tag, attributes, text in parts.found:
        assert tag not in ("link", "img", "iframe", "base", "object", "a")
        assert not {"src", "href", "style", "onload", "onclick"} & attributes.keys()
        assert not re.search(r"url\((?!#)|@import|fetch\(|XMLHttp|import\(", "".join(text))
    page = found.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    # The one address is the name of SVG, which nobody asks for.
    assert set(re.findall(r"https?:[^\"']*", page)) == {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("name", [HOSTILE, "</SCRIPT >", "<!--<script>", "${title}", "a\u2028&b"])
def test_no_text_breaks_out_of_the_page(name, tmp_path, parts):
    found = bowl(keep=2, names=[name, "b"])
    hostile = parts_of(found, tmp_path, title=name)
    assert [tag for tag, *_ in hostile.found] == [tag for tag, *_ in parts.found]
    assert content_in(hostile)["columns"] == [name, "b"]
    assert [text for _, text in hostile.of("title") + hostile.of("h1")] == [name] * 2
    assert name in "".join(text for _, text in hostile.of("p"))


def test_the_page_says_how_many_rates_there_are_unless_it_is_told_a_title(found, tmp_path):
    assert parts_of(found, tmp_path).of("h1")[0][1] == "7 learning rates, one start"
    titled = parts_of(found, tmp_path, title="A bowl", theme="light")
    assert titled.of("h1")[0][1] == titled.of("title")[0][1] == "A bowl"
    assert titled.of("html")[0][0]["data-theme"] == "light"
    one = parts_of(bowl([0.1], keep=1), tmp_path)
    assert one.of("h1")[0][1] == "1 learning rate, one start"


def test_writing_a_page_returns_the_path_of_an_ordinary_file(found, tmp_path):
    other = tmp_path / "other"
    other.touch()
    path = descent.write_page(found, str(tmp_path / "näme & more.html"))
    assert path == tmp_path / "näme & more.html"
    assert path.stat().st_mode == other.stat().st_mode
    assert {p.name for p in tmp_path.iterdir()} == {"other", path.name}


def test_a_failure_leaves_the_file_that_was_there(found, tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    path.write_text("what was there")

    def fail(*_):
        raise OSError("full")

    monkeypatch.setattr("pathlib.Path.write_bytes", fail)
    with pytest.raises(OSError, match="full"):
        found.to_html(path)
    assert path.read_text() == "what was there"
    assert list(tmp_path.iterdir()) == [path]
    monkeypatch.undo()
    found.to_html(path)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_sweep_that_a_page_cannot_show_is_refused(found, tmp_path):
    path = tmp_path / "page.html"
    for sweep, message in (
        (bowl(keep=0), "must have kept runs.*keep=41"),
        (
            bowl([[0.1, 0.2], [0.3, 0.4]], keep=[0], groups=[0, 1]),
            "one list of learning rates; got shape",
        ),
        (bowl([[0.1, 0.2], [0.2, 0.2]], keep=[(0, 0)]), "one list of learning rates; got shape"),
    ):
        with pytest.raises(ValueError, match=message):
            sweep.to_html(path)
    with pytest.raises(TypeError, match=r"descent\.Sweep; got a Trajectory"):
        descent.write_page(found.trajectories[0], path)
    assert not list(tmp_path.iterdir())


def test_a_wrong_argument_of_a_page_is_refused(found, tmp_path):
    with pytest.raises(ValueError, match="must be a file; got a folder"):
        found.to_html(tmp_path)
    with pytest.raises(FileNotFoundError, match="nowhere must be an existing folder"):
        found.to_html(tmp_path / "nowhere" / "page.html")
    with pytest.raises(ValueError, match="theme .*'sepia'"):
        found.to_html(tmp_path / "page.html", theme="sepia")
    with pytest.raises(TypeError, match="title must be a text; got 3"):
        found.to_html(tmp_path / "page.html", title=3)
    assert not list(tmp_path.iterdir())


LOSSES = {
    "one parameter": (lambda p: (p * p).sum(), [2]),
    "three parameters": (lambda p: (p * p * p.new_tensor([1, 2, 3])).sum(), [2, 1, 1]),
    "negative": (lambda p: (p * p).sum() - 5, [2, 1]),
    "without a minimum": (lambda p: p.sum(), [2, 1]),
    "constant along the way": (lambda p: 0 * p.sum(), [2, 1]),
    "huge": (lambda p: 1e300 * (p * p).sum(), [1, 1]),
    "tiny": (lambda p: 1e-300 * (p * p).sum(), [1, 1]),
    "far": (lambda p: (p * p).sum(), [1e150, 1]),
}


@pytest.mark.parametrize("name", slow_except(LOSSES, "one parameter", "three parameters", "huge"))
@pytest.mark.parametrize("rates, steps", [([0.1], 1), ([0.01, 0.3, 0.7, 3], 6), ([5, 6, 7], 40)])
def test_any_sweep_makes_a_page(name, rates, steps, tmp_path):
    loss, start = LOSSES[name]
    found = descent.sweep(loss, start, rates, steps=steps, keep=len(rates))
    content = content_in(parts_of(found, tmp_path))
    for shown, run in zip(content["runs"], found.trajectories, strict=True):
        assert np.array_equal(shown["losses"], run.losses)
    for view in content["lossView"]["views"]:
        assert all(np.isfinite(view["window"]).flat) and np.diff(view["window"]).min() > 0
    for low, high in (content["losses"], content["map"]["losses"], content["map"]["rates"]):
        assert -np.inf < low < high < np.inf
    if content["logarithmic"]:
        assert min(content["losses"] + content["map"]["losses"]) > 0


@pytest.mark.slow
def test_a_page_of_41_runs_of_100_steps_is_small(tmp_path, monkeypatch):
    monkeypatch.setitem(RESOLUTION, 2, FILM_RESOLUTION)
    loss = descent.LOSSES["himmelblau"]
    found = descent.sweep(loss, [0, 0], np.geomspace(1e-3, 0.05, 400), steps=100, keep=41)
    assert len(found.trajectories) == 41
    page = found.to_html(tmp_path / "page.html")
    assert page.stat().st_size < 1_050_000
    assert all("rows" not in run for run in content_of(found)["runs"])


@pytest.mark.slow
def test_long_runs_are_thinned_but_begin_step_by_step_and_end_where_they_did(tmp_path):
    found = bowl(np.geomspace(0.001, 0.3, 41), steps=300, keep=41)
    parts = parts_of(found, tmp_path)
    assert "page.html" in {p.name for p in tmp_path.iterdir()}
    assert (tmp_path / "page.html").stat().st_size < 1_500_000
    for shown, run in zip(content_in(parts)["runs"], found.trajectories, strict=True):
        rows = np.array(shown["rows"])
        first = len(rows) // 2
        assert rows[0] == 0 and rows[-1] == run.steps == 300
        assert rows[:first].tolist() == list(range(first))
        assert np.array_equal(shown["losses"], run.losses[rows])
        assert np.array_equal(shown["iterates"], run.iterates[rows].T)
    about = "".join(text for _, text in parts.of("p"))
    assert f"Of a run of 300 steps the page has {len(rows)} rows" in about


def test_rows_are_all_or_as_many_as_allowed():
    assert rows_shown(5, 24).tolist() == [0, 1, 2, 3, 4, 5]
    assert rows_shown(23, 24).tolist() == list(range(24))
    for steps in (24, 25, 40, 1000, 10**6):
        rows = rows_shown(steps, 24)
        assert len(rows) == 24 and (rows[0], rows[-1]) == (0, steps)
        assert np.all(np.diff(rows) > 0)


def test_a_view_is_left_when_a_point_leaves_it_and_not_returned_to():
    places = np.array([[0.0, 0.0], [0.9, 0.0], [2.0, 0.0], [0.0, 0.0], [50.0, 0.0]])
    windows = [((-1, 1), (-1, 1)), ((-4, 4), (-4, 4)), ((-16, 16), (-16, 16))]
    assert first_row_of_each_view(places, windows) == [0, 2, 4]
    assert first_row_of_each_view(places[:2], windows) == [0, 2, 2]
    # A view that does not hold the narrower one is never the one before it.
    askew = [windows[0], ((1.5, 4), (-4, 4)), windows[2]]
    assert first_row_of_each_view(places, askew) == [0, 2, 2]


@pytest.mark.parametrize("words", ["log scale", "outside the view", "· gradient", '"size"'])
def test_the_scripts_compose_no_text_that_python_has(words):
    for script in Path(page.__file__).parent.glob("*.js"):
        assert words not in script.read_text("utf-8")
