"""The studio's page in a browser: every control, the keyboard, a phone, what is refused."""

from __future__ import annotations

import pytest

from tests.axe import findings
from tests.chromium import browser
from tests.marks import slow_except
from tests.studio.pages import CLIP, LECTURE, idle_session, opened_page, paste, show_clip
from understanding_gradients.studio.shown import Problem

pytestmark = pytest.mark.render


@pytest.fixture(scope="module")
def app():
    with browser() as app:
        yield app


@pytest.fixture
def opened(app, tmp_path):
    path = tmp_path / "lecture.toml"
    with idle_session(path, LECTURE) as session:
        show_clip(session.preview, "start", "step-1")
        with opened_page(app, session, height=1000) as (opened, complaints):
            opened.page.wait_for_selector("#clip-title >> text=A very large learning rate")
            yield opened
    # The browser itself writes down every answer that is a refusal.
    assert [one for one in complaints if "422" not in one] == []


FIELDS = (
    ("Very large", "0.62", lambda one: one.learning_rates.very_large, 0.62),
    ("Steps", "4", lambda one: one.descent.steps, 4),
    ("Start", "0.5; -1", lambda one: one.descent.start, (0.5, -1)),
    ("Name of x", "rooms", lambda one: one.data.x_name, "rooms"),
    ("y of row 2", "3.5", lambda one: one.data.rows, ((0, 1), (1, 3.5))),
    ("Caption", "It jumps.", lambda one: one.captions, {f"{CLIP}.step-1": "It jumps."}),
)


def test_a_field_changes_its_key_and_no_other(opened):
    text = opened.session.document.text
    for label, typed, read, value in FIELDS:
        opened.write(label, typed)
        opened.until(lambda settings, read=read, value=value: read(settings) == value)
        opened.page.wait_for_selector("text=lecture.toml (not saved)")
        opened.page.get_by_role("button", name="Undo").click()
        opened.until(lambda _: opened.session.document.text == text)


def test_boxes_lists_and_buttons_change_their_keys(opened):
    page = opened.page
    page.get_by_label("Theme").select_option("light")
    opened.until(lambda one: one.film.theme == "light")
    page.get_by_label("The video carries captions").uncheck()
    opened.until(lambda one: not one.film.captions)
    page.locator("#in-title").uncheck()
    opened.until(lambda one: one.film.leave_out == ("title",))
    page.locator("#in-title").check()
    opened.until(lambda one: one.film.leave_out == ())
    page.get_by_label("Show row 2 in detail").check()
    opened.until(lambda one: one.data.picked_row == 2)
    page.get_by_role("button", name="Add a row").click()
    opened.until(lambda one: len(one.data.rows) == 3)
    page.get_by_label("x of row 3").wait_for()
    page.get_by_role("button", name="Remove row 1").click()
    opened.until(lambda one: one.data.rows == ((1, 3), (1, 3)) and one.data.picked_row == 1)
    page.locator(".rate.very_large button").click()
    opened.until(lambda one: one.learning_rates.very_large == "suggest")
    for _ in range(8):
        page.get_by_role("button", name="Undo").click()
    opened.until(lambda one: one.data.rows == ((0, 1), (1, 3)) and one.film.theme == "dark")


PASTED = (
    ("1\t2\r\n3\t4\r\n5\t6", ((1, 2), (3, 4), (5, 6)), ("x", "y")),
    ("1.5; -2\n2.5; −3", ((1.5, -2), (2.5, -3)), ("x", "y")),
    ("size\tprice\n120\t250\n80\t190,5\n", ((120, 250), (80, 190.5)), ("size", "price")),
)


def test_a_table_of_a_spreadsheet_is_pasted(opened):
    for pasted, rows, names in PASTED:
        opened.page.get_by_label("x of row 1").focus()
        paste(opened.page, pasted)
        opened.until(lambda one, rows=rows: one.data.rows == rows)
        assert (opened.settings.data.x_name, opened.settings.data.y_name) == names
        assert "# For the hour on Tuesday." in opened.session.document.text


def test_a_table_with_a_word_in_it_is_refused_whole(opened):
    opened.page.get_by_label("x of row 1").focus()
    paste(opened.page, "1\t2\n3\tfour\n")
    opened.page.wait_for_selector("text=data.rows must be pairs [x, y] of numbers; got")
    assert opened.settings.data.rows == ((0, 1), (1, 3))


def test_a_wrong_value_is_refused_beside_its_control_and_a_right_one_clears_that(opened):
    page = opened.page
    opened.write("Steps", "0")
    sentence = "descent.steps must be a whole number from 1 to 100; got 0."
    error = page.get_by_text(sentence)
    error.wait_for()
    steps = page.get_by_label("Steps", exact=True)
    assert steps.get_attribute("aria-invalid") == "true"
    assert error.get_attribute("id") in steps.get_attribute("aria-describedby")
    assert opened.settings.descent.steps == 2
    assert page.locator("#still").is_visible()
    opened.write("Steps", "3")
    opened.until(lambda one: one.descent.steps == 3)
    error.wait_for(state="detached")


@pytest.mark.parametrize("is_by_key", [True, False], ids=["Control+s", "Save"])
def test_saving_writes_what_is_still_being_typed(opened, is_by_key):
    page, path = opened.page, opened.session.document.path
    assert page.get_by_role("button", name="Save", exact=True).is_disabled()
    page.get_by_label("Steps", exact=True).fill("5")
    if is_by_key:
        page.keyboard.press("Control+s")
    else:
        page.get_by_role("button", name="Save", exact=True).click()
    opened.until(lambda _: "steps = 5\n" in path.read_text(encoding="utf-8"))
    assert "[0.0, 1.0],  # the first" in path.read_text(encoding="utf-8")


def test_cells_that_are_changed_before_an_answer_are_all_kept(opened):
    opened.page.evaluate(
        """() => {
            for (const [label, text] of [["x of row 1", "7"], ["y of row 2", "9"]]) {
                const cell = document.querySelector(`[aria-label="${label}"]`);
                cell.value = text;
                cell.dispatchEvent(new Event("change"));
            }
        }"""
    )
    opened.until(lambda one: one.data.rows == ((7, 1), (1, 9)))


def test_a_document_older_than_an_answer_is_not_shown(opened, monkeypatch):
    broadcast = opened.session.broadcast
    current, old = opened.session.current, opened.session.current("document")
    monkeypatch.setattr(
        broadcast, "_current", lambda name: old if name == "document" else current(name)
    )
    opened.write("Steps", "5")
    opened.until(lambda one: one.descent.steps == 5)
    opened.tell("document")
    opened.page.wait_for_timeout(300)
    assert opened.page.get_by_label("Steps", exact=True).input_value() == "5"


def test_a_caption_of_ones_own_gives_way_to_that_of_the_film(opened):
    opened.write("Caption", "Mine.")
    opened.page.get_by_role("button", name="Use the film's own").click()
    opened.until(lambda one: one.captions == {})
    opened.reads("Caption", "Caption of step-1.")


def test_beats_are_chosen_by_keyboard_and_kept_when_the_page_is_loaded_again(opened):
    page = opened.page
    page.locator("h1").click()
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(".beat[aria-current] >> text=start")
    page.reload()
    page.wait_for_selector(".beat[aria-current] >> text=start")
    opened.reads("Caption", "Caption of start.")


def test_everything_is_reached_and_seen_by_keyboard(opened):
    page, reached = opened.page, set()
    page.locator("h1").click()
    for _ in range(120):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.ariaLabel"))
    wanted = {"theme", "descent-loss", "descent-steps", "rate-very_large", "slider-very_large"}
    assert wanted <= reached
    assert {"caption-text", "talk", "export-quality", "in-title", "x of row 1"} <= reached


@pytest.mark.parametrize(
    "schemes", slow_except([("dark", "light"), ("light", "dark")], ("dark", "light"))
)
def test_axe_finds_nothing_and_nothing_is_cut_off(opened, schemes):
    page = opened.page
    opened.write("Steps", "0")
    page.get_by_text("descent.steps must be").wait_for()
    for width, scheme in zip((1280, 390), schemes, strict=True):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_who_exports_saves_first(opened):
    sent = []
    opened.session.exports.start = sent.append
    opened.write("Steps", "3")
    opened.page.get_by_role("button", name="Save, and export the clip").click()
    for _ in range(500):
        if sent:
            break
        opened.page.wait_for_timeout(20)
    path = opened.session.document.path
    assert sent == [
        ["clip", "--settings", str(path), "--format=mp4", "--quality=hd", "--", CLIP],
    ]
    assert "steps = 3" in path.read_text(encoding="utf-8")


def test_what_cannot_be_recorded_or_drawn_is_said_and_the_pictures_are_not_called_new(opened):
    page, session = opened.page, opened.session
    page.wait_for_selector("#status >> text=Up to date")
    session.preview.problem = Problem("descent.loss", "mine.py:hill failed.")
    session.preview.clips[CLIP].problem = f"{CLIP} failed: no room."
    page.reload()
    page.wait_for_selector("#status >> text=The pictures show the settings before.")
    page.wait_for_selector("#descent-loss-error >> text=mine.py:hill failed.")
    page.wait_for_selector(f"#problems >> text={CLIP} failed: no room.")
