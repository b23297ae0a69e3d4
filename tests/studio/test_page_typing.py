"""What is typed or pasted into the studio's page, taken back, refused, overtaken by the file."""

from __future__ import annotations

import pytest

from tests.chromium import browser
from tests.studio.pages import LECTURE, idle_session, opened_page, paste, show_clip

pytestmark = pytest.mark.render

BEFORE = ((0, 1), (1, 3))


@pytest.fixture(scope="module")
def app():
    with browser() as app:
        yield app


@pytest.fixture
def opened(app, tmp_path):
    with idle_session(tmp_path / "lecture.toml", LECTURE) as session:
        show_clip(session.preview, "start", "step-1")
        with opened_page(app, session, height=1000) as (opened, complaints):
            opened.reads("Caption", "Caption of step-1.")
            yield opened
    # The browser itself writes down every answer that is a refusal.
    assert [one for one in complaints if "422" not in one] == []


def cell(opened, label="x of row 1"):
    return opened.page.get_by_label(label, exact=True)


def test_a_pasted_table_is_seen_in_the_cell_too_where_it_was_pasted(opened):
    cell(opened).focus()
    paste(opened.page, "size\tprice\n52\t198,5\n61\t215\n68\t249")
    opened.reads("y of row 3", "249")
    opened.reads("x of row 1", "52")


def test_a_pasted_table_is_taken_back_where_it_was_pasted(opened):
    cell(opened).focus()
    paste(opened.page, "52\t198,5\n61\t215\n68\t249")
    opened.until(lambda one: len(one.data.rows) == 3)
    opened.page.keyboard.press("Control+z")
    opened.until(lambda one: one.data.rows == BEFORE)
    opened.reads("x of row 1", "0")


def test_what_is_still_being_typed_is_taken_back_by_the_browser(opened):
    steps = cell(opened, "Steps")
    opened.write("Very large", "0.62")
    opened.until(lambda one: one.learning_rates.very_large == 0.62)
    steps.click()
    opened.page.keyboard.type("7")
    opened.tell("document")
    opened.page.keyboard.press("Control+z")
    opened.reads("Steps", "2")
    assert opened.settings.learning_rates.very_large == 0.62
    opened.page.keyboard.press("Control+y")


def test_news_of_the_document_leaves_what_is_being_typed_and_what_is_being_mended(opened):
    steps = cell(opened, "Steps")
    steps.fill("40")
    opened.session.document.edit({"film.theme": "light"})
    opened.tell("document")
    opened.reads("Theme", "light")
    assert steps.input_value() == "40"
    steps.fill("400")
    steps.press("Enter")
    opened.page.get_by_text("descent.steps must be a whole number").wait_for()
    opened.session.document.edit({"film.theme": "dark"})
    opened.tell("document")
    opened.reads("Theme", "dark")
    assert steps.input_value() == "400"


def test_after_a_table_that_is_refused_a_cell_changes_the_table_that_is_seen(opened):
    cell(opened).focus()
    paste(opened.page, "1\t2\n3\tfour\n")
    opened.page.get_by_text("data.rows must be pairs").wait_for()
    opened.write("y of row 2", "3.5")
    opened.until(lambda one: one.data.rows == ((0, 1), (1, 3.5)))
    opened.page.get_by_text("data.rows must be pairs").wait_for(state="detached")


def test_a_long_table_scrolls_and_leaves_the_rest_in_reach(opened):
    cell(opened).focus()
    paste(opened.page, "\n".join(f"{day}\t{day / 2}" for day in range(1, 31)))
    opened.reads("x of row 30", "30")
    assert opened.page.locator(".table").bounding_box()["height"] < 400


def test_a_named_loss_is_chosen_from_all_and_a_file_is_named(opened):
    page = opened.page
    loss = cell(opened, "Loss")
    file = page.get_by_label("FILE.py:NAME of your own loss")
    names = loss.locator("option").all_text_contents()
    assert {"neuron", "bowl", "himmelblau"} <= set(names)
    assert not file.is_visible()
    loss.select_option("ravine")
    opened.until(lambda one: one.descent.loss == "ravine")
    loss.select_option("a file of your own …")
    opened.tell("document")
    assert page.evaluate("document.activeElement.id") == "loss-file"
    file.fill("mine.py:hill")
    file.press("Enter")
    opened.until(lambda one: one.descent.loss.endswith("/mine.py:hill"))
    page.locator("h1").click()
    page.keyboard.press("Control+z")
    opened.until(lambda one: one.descent.loss == "ravine")
    file.wait_for(state="hidden")
    opened.reads("Loss", "ravine")


def test_a_loss_that_is_refused_is_said_beside_it_and_can_be_mended(opened):
    page = opened.page
    cell(opened, "Loss").select_option("a file of your own …")
    file = page.get_by_label("FILE.py:NAME of your own loss")
    file.fill("no name")
    file.press("Enter")
    error = page.get_by_text("descent.loss must be FILE.py:NAME or one of")
    error.wait_for()
    assert error.get_attribute("id") in file.get_attribute("aria-describedby")
    assert file.input_value() == "no name"


def test_a_file_that_was_broken_in_an_editor_is_not_called_a_change_under_edits(opened):
    page, session = opened.page, opened.session
    path = session.document.path
    path.write_text(LECTURE.replace("steps = 2", "steps = two"), encoding="utf-8")
    page.get_by_text("lecture.toml must be valid TOML").wait_for()
    assert not page.get_by_text("under your unsaved changes").is_visible()
    assert not page.get_by_role("button", name="Take the file's version").is_visible()
    path.write_text(LECTURE.replace("steps = 2", "steps = 4"), encoding="utf-8")
    opened.reads("Steps", "4")
    page.get_by_text("lecture.toml must be valid TOML").wait_for(state="detached")


def test_what_is_said_above_the_columns_takes_no_room_below_the_window(opened):
    page = opened.page
    opened.session.preview.clips["very-large-learning-rate"].problem = "It failed: no room."
    opened.tell("very-large-learning-rate")
    page.get_by_text("It failed: no room.").wait_for()
    assert page.evaluate("document.documentElement.scrollHeight") == 1000
