"""The sliders of the rates and the map of the start, in a browser, by pointer and by keyboard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scenes.facts.map_place import shares_of_frame
from tests.axe import findings
from tests.chromium import browser
from tests.studio.pages import Opened, blank_picture, idle_session, opened_page
from understanding_gradients.studio.controls import MAP, RATES, RateScale, StartMap

pytestmark = pytest.mark.render

LECTURE = """
[descent]
loss = "bowl"
start = [2.0, 1.0]
[learning_rates]
very_small = 0.01
very_large = 0.5
"""
SCALE = RateScale(1e-4, 10.0, 1 / 3, "boundary 2/λ = 0.333", {"just_right": 0.25})
WINDOW = (-3.8, 3.8), (-2.0, 2.0)
PAIR = StartMap(
    alt="The loss over θ1 and θ2",
    names=("θ1", "θ2"),
    window=WINDOW,
    steps=(0.01, 0.01),
    box=shares_of_frame(),
    own_start=(2.0, 1.0),
    sentence="The cross marks a minimum.",
)


@pytest.fixture(scope="module")
def app():
    with browser() as app:
        yield app


class OpenedMap(Opened):
    """A page whose map of the start is looked at."""

    @property
    def start(self):
        return self.settings.descent.start

    def handle(self):
        """Return the middle of the handle in pixels."""
        box = self.page.locator(".handle").bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def pixel_of(self, place):
        """Return the pixel of a place, by the shares of the picture that the scene has."""
        picture, box = self.page.locator(".map img").bounding_box(), shares_of_frame()
        ends = zip(place, WINDOW, strict=True)
        shares = [(value - low) / (high - low) for value, (low, high) in ends]
        across = box["left"] + shares[0] * box["width"]
        down = box["top"] + (1 - shares[1]) * box["height"]
        return picture["x"] + across * picture["width"], picture["y"] + down * picture["height"]


@pytest.fixture
def opened(app, tmp_path, request):
    """A page on a lecture whose controls are `SCALE` and `PAIR`, or what a mark says."""
    mark = request.node.get_closest_marker("parametrize")
    text, scale, shown = mark.args[1][0] if mark else (LECTURE, SCALE, PAIR)
    with idle_session(tmp_path / "lecture.toml", text) as session:
        preview = session.preview
        if shown.names:
            shown = replace(shown, picture=blank_picture(preview))
        preview.controls |= {RATES: scale, MAP: shown}
        with opened_page(app, session, height=1100) as (opened, complaints):
            page = opened.page
            page.wait_for_selector(".handle" if shown.names else f"text={shown.sentence}")
            yield OpenedMap(page, session)
    assert complaints == []


def test_the_handle_is_dragged_to_a_place_in_one_gesture(opened):
    page = opened.page
    page.locator(".handle").scroll_into_view_if_needed()
    assert opened.handle() == pytest.approx(opened.pixel_of((2.0, 1.0)), abs=1)
    x, y = opened.handle()
    page.mouse.move(x + 3, y - 2)  # beside its middle
    page.mouse.down()
    for share in (0.3, 0.6, 1.0):
        to_x, to_y = opened.pixel_of((2 - 3.5 * share, 1 - 2.2 * share))
        page.mouse.move(to_x + 3, to_y - 2)
    assert opened.start == (2.0, 1.0), "sent before it was released"
    page.mouse.up()
    opened.until(lambda _: opened.session.document.revision == 1)
    assert opened.start == pytest.approx((-1.5, -1.2), abs=0.02)
    assert [round(value, 2) for value in opened.start] == list(opened.start)
    assert opened.handle() == pytest.approx(opened.pixel_of(opened.start), abs=1)
    page.keyboard.press("Control+z")
    opened.until(lambda settings: settings.descent.start == (2.0, 1.0))
    page.wait_for_timeout(50)
    assert opened.handle() == pytest.approx(opened.pixel_of((2.0, 1.0)), abs=1)


def test_the_keys_move_the_start_and_one_that_is_held_is_undone_as_one(opened):
    page = opened.page
    page.get_by_role("slider", name="Start, θ1").focus()
    page.keyboard.press("ArrowRight")
    opened.until(lambda settings: settings.descent.start == (2.01, 1.0))
    for _ in range(5):
        page.keyboard.down("ArrowUp")
    page.keyboard.up("ArrowUp")
    opened.until(lambda settings: settings.descent.start == (2.01, 1.05))
    assert page.evaluate("document.activeElement.ariaLabel") == "Start, θ2"
    assert page.evaluate("document.activeElement.getAttribute('aria-valuetext')") == "1.05"
    page.keyboard.press("Shift+ArrowLeft")
    opened.until(lambda settings: settings.descent.start == (1.91, 1.05))
    opened.session.document.undo()
    opened.session.document.undo()
    assert opened.start == (2.01, 1.0)


def test_the_arrow_keys_go_from_one_rate_of_two_figures_to_the_next(opened):
    page = opened.page
    slider = page.get_by_role("slider", name="Very small, on a logarithmic scale")
    assert slider.get_attribute("aria-valuetext") == "0.01"
    slider.focus()
    for key, rate in (("ArrowRight", 0.011), ("ArrowLeft", 0.01), ("ArrowDown", 0.0099)):
        page.keyboard.press(key)
        opened.until(lambda settings, rate=rate: settings.learning_rates.very_small == rate)
        assert slider.get_attribute("aria-valuetext") == str(rate)
    page.keyboard.press("End")
    opened.until(lambda settings: settings.learning_rates.very_small == 10.0)


def test_the_boundary_is_named_once_a_slider_inside_the_panel(opened):
    page = opened.page
    marks = page.locator(".boundary span")
    assert marks.all_text_contents() == ["boundary 2/λ = 0.333"] * 3
    panel = page.locator("#settings").bounding_box()
    others = [
        one.bounding_box()
        for kind in ("label", "input", "button")
        for one in page.locator(f".rate {kind}").all()
    ]
    for mark in marks.all():
        box = mark.bounding_box()
        assert panel["x"] <= box["x"]
        assert box["x"] + box["width"] <= panel["x"] + panel["width"]
        assert not any(overlap(box, other) for other in others)
    number = page.get_by_label("Just right", exact=True)
    assert number.get_attribute("placeholder") == "0.25"
    suggest = page.locator(".rate.just_right button")
    assert (suggest.text_content(), suggest.is_disabled()) == ("Suggested", True)
    assert page.locator(".rate.very_large button").text_content() == "Suggest"


def overlap(one, other):
    """Return whether two boxes have pixels in common."""
    return all(
        one[side] < other[side] + other[size] and other[side] < one[side] + one[size]
        for side, size in (("x", "width"), ("y", "height"))
    )


def test_axe_has_no_objection_to_the_controls(opened):
    assert findings(opened.page) == []


RUN = (
    '[descent]\nrun = "run.safetensors"\n',
    RateScale(sentence="No rates."),
    StartMap(sentence="No map."),
)
CURVE = replace(
    PAIR,
    alt="The loss over θ1",
    names=("θ1",),
    window=((-2.5, 2.5),),
    steps=(0.01,),
    own_start=(2.0,),
)


@pytest.mark.parametrize("opened", [RUN], ids=["run"], indirect=True)
def test_what_cannot_be_chosen_is_said_and_disabled(opened):
    page = opened.page
    assert page.get_by_text("No rates.").is_visible()
    assert page.get_by_text("No map.").is_visible()
    assert page.locator(".rate input:disabled, .rate button:disabled").count() == 9
    assert not page.locator(".map").is_visible()


@pytest.mark.parametrize(
    "opened", [('[descent]\nloss = "parabola"\n', SCALE, CURVE)], ids=["curve"], indirect=True
)
def test_the_start_of_one_parameter_moves_along_the_axis(opened):
    page = opened.page
    page.locator(".map").scroll_into_view_if_needed()
    box = page.locator(".map-box").bounding_box()
    x, y = opened.handle()
    assert (x, y) == pytest.approx((box["x"] + 0.9 * box["width"], box["y"] + box["height"]), abs=1)
    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])
    opened.until(lambda _: opened.session.document.revision == 1)
    assert opened.start == pytest.approx((-1.0,), abs=0.02)
    assert opened.handle()[1] == pytest.approx(y, abs=1)
