"""The film on the studio's page: played, stepped through, and looked at in two tabs."""

from __future__ import annotations

import pytest

from tests.chromium import browser
from tests.studio.pages import (
    CLIP,
    LECTURE,
    blank_picture,
    idle_session,
    make_film,
    opened_page,
    show_clip,
)

pytestmark = pytest.mark.render

BEATS = ("start", "step-1", "step-2")
OLD = "Shows the settings before"


@pytest.fixture(scope="module")
def app():
    with browser() as app:
        yield app


@pytest.fixture
def opened(app, tmp_path):
    with idle_session(tmp_path / "lecture.toml", LECTURE) as session:
        show_clip(session.preview, *BEATS, film=make_film(tmp_path / "film", 90))
        with opened_page(app, session, height=1000) as (opened, complaints):
            opened.page.wait_for_selector(".frame >> text=frame 90 of 90")
            opened.page.locator("h1").click()
            yield opened
    assert complaints == []


def at_frame(page, number, frames=90):
    page.wait_for_selector(f".frame >> text=frame {number} of {frames}")


def at_beat(page, name):
    page.wait_for_selector(f".beat[aria-current] >> text={name}")
    assert page.locator(".beat[aria-current]").count() == 1


def is_playing(page):
    return not page.locator("#video").evaluate("video => video.paused")


def test_the_keys_go_from_frame_to_frame_and_from_beat_to_beat(opened):
    page = opened.page
    for key, frame in ((",", 89), (",", 88), (".", 89)):
        page.keyboard.press(key)
        at_frame(page, frame)
    assert page.locator("#video").is_visible()
    for key, frame, beat in (
        ("ArrowLeft", 60, "step-1"),
        ("ArrowLeft", 30, "start"),
        ("ArrowLeft", 30, "start"),
        ("ArrowRight", 60, "step-1"),
    ):
        page.keyboard.press(key)
        at_frame(page, frame)
        at_beat(page, beat)


@pytest.mark.parametrize(
    "name", ["Previous beat", "Previous frame", "Play", "Next frame", "Next beat"]
)
def test_a_button_names_its_key(opened, name):
    button = opened.page.get_by_role("button", name=name)
    assert button.get_attribute("title") == f"Key: {button.get_attribute('aria-keyshortcuts')}"


def test_half_speed_is_half_and_stays_for_the_next_film(opened, tmp_path):
    page, preview = opened.page, opened.session.preview
    video = page.locator("#video")
    page.get_by_label("Speed").select_option("half speed")
    assert video.evaluate("video => video.playbackRate") == 0.5
    page.locator("h1").click()
    page.keyboard.press("Space")
    page.wait_for_selector("text=Pause")
    assert is_playing(page)
    show_clip(preview, *BEATS, "step-3", film=make_film(tmp_path / "longer", 120))
    opened.tell(CLIP)
    at_frame(page, 90, frames=120)  # step-2, which is looked at, and no longer the last
    assert video.evaluate("video => video.playbackRate") == 0.5


def test_news_of_another_clip_does_not_stop_the_film(opened):
    page = opened.page
    page.keyboard.press("Space")
    page.wait_for_selector("text=Pause")
    opened.tell("title")
    opened.tell(CLIP)
    page.wait_for_selector("#status >> text=Up to date")
    assert is_playing(page)


def test_a_picture_of_the_settings_before_says_so_until_there_is_a_newer_one(opened):
    page, session = opened.page, opened.session
    assert not page.get_by_text(OLD).is_visible()
    opened.write("Steps", "4")
    page.get_by_text(OLD).wait_for()
    session.preview.clips[CLIP].show_still("step-2", "pictures/new.png", session.revision)
    page.route("**/pictures/new.png", lambda route: route.fulfill(status=204))
    opened.tell(CLIP)
    page.get_by_text(OLD).wait_for(state="hidden")
    assert page.locator("#video").is_hidden()
    page.locator("h1").click()
    page.keyboard.press("ArrowLeft")
    page.get_by_text(OLD).wait_for()


def test_a_clip_without_a_picture_says_that_it_is_drawn_or_left_out(opened):
    page = opened.page
    page.locator(".clip-title").first.click()
    page.get_by_text("The first picture is being drawn …").wait_for()
    assert page.locator(".frame").text_content() == ""
    page.locator("#in-title").uncheck()
    page.get_by_text("Left out of the film, so not drawn").wait_for()


def test_where_a_beat_is_no_more_the_last_one_is_looked_at(opened, tmp_path):
    page, preview = opened.page, opened.session.preview
    show_clip(preview, *BEATS[:2], film=make_film(tmp_path / "shorter", 60))
    opened.tell(CLIP)
    at_frame(page, 60, frames=60)
    at_beat(page, "step-1")
    opened.reads("Caption", "Caption of step-1.")
    page.keyboard.press("ArrowLeft")
    at_beat(page, "start")


def test_the_beat_that_is_looked_at_is_in_view(opened):
    page = opened.page
    page.set_viewport_size({"width": 1280, "height": 420})
    for key, beat in (("ArrowLeft", "step-1"), ("ArrowLeft", "start"), ("ArrowRight", "step-1")):
        page.keyboard.press(key)
        at_beat(page, beat)
        assert is_in_view(page)


def is_in_view(page):
    """Return whether the beat that is looked at is in the list's own window."""
    box, window = (page.locator(one).bounding_box() for one in (".beat[aria-current]", "#clips"))
    return all(
        window[side] <= box[side] + 0.5
        and box[side] + box[size] <= window[side] + window[size] + 0.5
        for side, size in (("x", "width"), ("y", "height"))
    )


def test_it_stays_in_view_when_other_clips_are_drawn_and_in_a_smaller_window(opened):
    page, preview = opened.page, opened.session.preview
    page.set_viewport_size({"width": 1280, "height": 420})
    names = [f"beat-{number}" for number in range(12)]
    for slug in ("title", "zero-loss"):
        preview.clips[slug].show_stills({name: blank_picture(preview) for name in names}, 1)
        opened.tell(slug)
    page.wait_for_selector("section[aria-label='Loss = 0'] >> .beat >> nth=11", state="attached")
    opened.wait(lambda: is_in_view(page))
    page.set_viewport_size({"width": 390, "height": 844})
    opened.wait(lambda: is_in_view(page))
    page.mouse.move(*middle(page.locator("#clips")))
    page.mouse.wheel(-4_000, 0)
    opened.wait(lambda: not is_in_view(page))
    preview.clips["title"].show_stills({"one": blank_picture(preview)}, 1)
    opened.tell("title")
    page.wait_for_selector("section >> nth=0 >> .beat >> nth=1", state="detached")
    assert not is_in_view(page), "taken away from what is read"


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_on_a_phone_the_clips_are_a_strip_between_the_film_and_the_controls(opened):
    page = opened.page
    page.set_viewport_size({"width": 390, "height": 844})
    film, clips, settings = (
        page.locator(one).bounding_box() for one in ("#film", "#clips", "#settings")
    )
    assert film["y"] + film["height"] <= clips["y"] + 1
    assert clips["y"] + clips["height"] <= settings["y"] + 1
    assert clips["height"] < 844 / 3
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_two_tabs_show_one_document_and_each_its_own_beat(app, opened):
    first, session = opened.page, opened.session
    second = app.new_page()
    second.goto(first.url.partition("#")[0])
    second.wait_for_selector(".beat[aria-current]")
    second.locator("h1").click()
    second.keyboard.press("ArrowLeft")
    at_beat(second, "step-1")
    steps = second.get_by_label("Steps", exact=True)
    steps.fill("5")
    steps.press("Enter")
    opened.reads("Steps", "5")
    for page, beat in ((first, "step-2"), (second, "step-1")):
        page.wait_for_selector("text=lecture.toml (not saved)")
        at_beat(page, beat)
    assert {look.beat for look in session._looks.values()} == {"step-1", "step-2"}
    second.close()
    at_beat(first, "step-2")
