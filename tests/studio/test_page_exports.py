"""Exports from the studio's page: a GIF, a deck, and a talk that is dropped to be updated."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from tests.chromium import browser
from tests.studio.running import CLIP, Studio, small_lecture

pytestmark = pytest.mark.render

TALK = "My talk.pptx"
DROP = """(node, [name, content]) => {
    const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name));
    for (const kind of ["dragover", "drop"]) {
        node.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
    }
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page on a studio of one short clip, of which drafts are exported."""
    folder = tmp_path_factory.mktemp("studio")
    with browser() as app, Studio(small_lecture(folder), folder / "media") as studio:
        page = app.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(300_000)
        page.goto(studio.address)
        page.wait_for_selector(".beat[aria-current]")
        page.get_by_label("Quality").select_option("draft")
        yield page


def downloaded(page, number):
    """Wait until the export of this number, counted from 1, is done; return its name and bytes."""
    page.wait_for_selector(f".exports > li:nth-last-child({number}).done")
    with page.expect_download() as download:
        page.locator(".exports > li").first.get_by_role("link").click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_a_gif_a_deck_and_an_updated_talk_come_from_the_page(page):
    page.get_by_label("Format of the clip").select_option("gif")
    page.get_by_label("Only the beat that is looked at").check()
    page.get_by_role("button", name="Export the clip").click()
    name, content = downloaded(page, 1)
    assert name.startswith(CLIP)
    assert Image.open(io.BytesIO(content)).n_frames > 1

    page.get_by_role("button", name="Export a deck").click()
    name, deck = downloaded(page, 2)
    assert name == "lecture.pptx"

    rate = page.get_by_label("Very large", exact=True)
    rate.fill("0.62")
    rate.press("Enter")
    page.get_by_role("button", name="Save, and export a deck").wait_for()
    talk = base64.b64encode(deck).decode()
    page.locator(".drop").evaluate(DROP, [TALK, talk])
    name, updated = downloaded(page, 3)
    assert name == "My talk-fresh.pptx"
    assert updated.startswith(b"PK")
    assert updated != deck
    said = page.locator(".exports pre").first.text_content()
    assert f"{CLIP}, step-1: video and picture swapped" in said
    assert page.locator("#file").text_content() == "lecture.toml", "not saved before"

    # What was written comes before what was said, which may be long.
    link, lines = (page.locator(f".exports > li >> {one}").first for one in ("a", "pre"))
    assert link.bounding_box()["y"] < lines.bounding_box()["y"]
    assert lines.bounding_box()["height"] <= 161


def test_what_is_no_talk_is_refused_in_a_sentence(page):
    page.locator(".drop").evaluate(DROP, ["notes.txt", base64.b64encode(b"plain").decode()])
    page.wait_for_selector("#exports .error:not(:empty), .exports > li.failed")
