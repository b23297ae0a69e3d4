"""New presentations, opened with the programs that a lecturer opens them with."""

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image
from pptx import Presentation
from pptx.oxml.ns import qn
from pypdfium2 import PdfDocument

from tests import axe
from tests.chromium import browser
from tests.fixtures.clips import SLIDING, STANDING
from tests.marks import slow_except
from understanding_gradients.cache.sources import ROOT
from understanding_gradients.cache.store import Store
from understanding_gradients.decks import html, pptx, reveal
from understanding_gradients.decks.slide import write_slides
from understanding_gradients.export.clip_part import clip_parts
from understanding_gradients.export.provenance import provenance_of
from understanding_gradients.spec.job import Output
from understanding_gradients.workers.pool import Pool

CLIPS = (SLIDING, STANDING)
pytestmark = [pytest.mark.render, pytest.mark.usefixtures("warm_workers")]

SOFFICE = shutil.which("soffice")


@pytest.fixture(scope="module")
def slides(small_film, small_jobs, small_store):
    """The function that writes the slides of the two small clips."""
    stills = Pool(Store(small_store), 1).render(small_jobs, Output.STILLS)
    return partial(
        write_slides, *(clip_parts(CLIPS, result.entries) for result in (small_film, stills))
    )


@pytest.fixture(scope="module")
def talk(slides, tmp_path_factory):
    path = tmp_path_factory.mktemp("deck") / "two clips.pptx"
    return pptx.write(slides, pptx.place(path, path), "Two clips")


def test_a_presentation_has_a_slide_per_beat_with_all_its_texts(talk, slides, tmp_path):
    deck = Presentation(str(talk))
    assert deck.core_properties.title == "Two clips"
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, abs=1e-3)
    expected = list(slides(tmp_path))
    assert len(deck.slides) == len(expected) == 4
    titles = [page.shapes.title.text for page in deck.slides]
    assert len(set(titles)) == 4
    for page, slide in zip(deck.slides, expected, strict=True):
        assert page.shapes.title.text == slide.title
        assert page.notes_slide.notes_text_frame.text == slide.caption
        (movie,) = [shape for shape in page.shapes if shape.shape_type == 16]
        assert (movie.left, movie.top) == (0, 0)
        assert (movie.width, movie.height) == (deck.slide_width, deck.slide_height)
        assert movie.element.nvPicPr.cNvPr.get("descr") == slide.description != ""
        assert movie.poster_frame.blob == slide.still.read_bytes()
        (media,) = {
            relation.target_part.blob
            for relation in page.part.rels.values()
            if relation.reltype.endswith(("/video", "/media"))
        }
        assert media == slide.video.read_bytes()
        assert provenance_of("x.mp4", media).slug in ("sliding", "standing")
        assert page.follow_master_background


def test_a_new_presentation_has_properties_of_its_own(talk, slides, tmp_path):
    deck = Presentation(str(talk))
    core = deck.core_properties
    assert (core.title, core.author, core.last_modified_by) == ("Two clips", "", "")
    assert (core.comments, core.revision) == ("", 1)
    age = datetime.now(UTC).replace(tzinfo=None) - core.created
    assert timedelta() <= age < timedelta(hours=2)
    assert core.modified == core.created
    with ZipFile(talk) as archive:
        assert b"4:3" not in archive.read("docProps/app.xml")
        assert b"4x3" not in archive.read("ppt/presentation.xml")
        assert not [name for name in archive.namelist() if "printer" in name]
        with Image.open(archive.open("docProps/thumbnail.jpeg")) as small:
            with Image.open(next(slides(tmp_path)).still) as still:
                assert small.size == (256, 144)
                assert close(small, still)
    (image,) = [box for box in deck.slides[0].notes_slide.placeholders if box.height == 2571750]
    assert image.width / image.height == pytest.approx(16 / 9)


def test_text_that_a_lecturer_adds_is_readable_and_on_the_slide(talk, slides, tmp_path):
    deck = Presentation(str(talk))
    background = next(slides(tmp_path)).background
    master = deck.slide_master
    assert master.background.fill.fore_color.rgb == background
    roles = master.element.find(qn("p:clrMap"))
    # Text and background are the theme's light and dark the other way round.
    assert (roles.get("bg1"), roles.get("tx1")) == ("dk1", "lt1")
    for layout in (master, *deck.slide_layouts):
        for place in layout.placeholders:
            assert place.left >= 0
            assert place.left + place.width <= deck.slide_width + 1
    title = deck.slides[0].shapes.title
    assert title.left + title.width / 2 == pytest.approx(deck.slide_width / 2, rel=0.01)


def test_a_video_starts_with_its_slide(talk):
    for page in Presentation(str(talk)).slides:
        (timing,) = page.element.xpath("./p:timing")
        (call,) = timing.xpath(".//p:cmd")
        assert call.get("cmd") == "playFrom(0.0)"
        (movie,) = [shape for shape in page.shapes if shape.shape_type == 16]
        assert {t.get("spid") for t in timing.xpath(".//p:spTgt")} == {str(movie.shape_id)}
        # After what came before, of which there is nothing: not on a click.
        assert timing.xpath(".//p:cTn[@presetClass]")[0].get("nodeType") == "afterEffect"
        (begin,) = timing.xpath(".//p:cond[@evt='onBegin']/p:tn")
        (sequence,) = timing.xpath(".//p:cTn[@nodeType='mainSeq']")
        assert begin.get("val") == sequence.get("id")


def close(one, other):
    """Whether two pictures are the same but for what resizing and a video's encoder do."""
    size = (160, 90)
    a, b = (np.asarray(x.convert("RGB").resize(size), float) for x in (one, other))
    return np.abs(a - b).mean() < 4 and np.abs(a - b).max() < 90


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not on this machine")
def test_impress_opens_a_presentation_and_prints_every_poster(talk, slides, tmp_path):
    profile = (tmp_path / "profile").as_uri()
    subprocess.run(
        [SOFFICE, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf"]
        + ["--outdir", str(tmp_path), str(talk)],
        check=True,
        capture_output=True,
        timeout=240,
    )
    pages = PdfDocument(tmp_path / "two clips.pdf")
    expected = list(slides(tmp_path))
    assert len(pages) == len(expected)
    for page, slide in zip(pages, expected, strict=True):
        with Image.open(slide.still) as still:
            assert close(page.render().to_pil(), still)


@pytest.fixture(scope="module")
def pages(slides, tmp_path_factory):
    if not reveal.is_installed() and shutil.which("npm") is None:
        pytest.skip("npm, which fetches reveal.js, is not on this machine")
    folder = tmp_path_factory.mktemp("stick") / "the lecture's <deck> & more"
    return html.write(slides, html.place(folder, folder), "Two <b>clips</b>")


def test_the_folder_of_a_page_has_every_file_that_the_page_names(pages):
    text = pages.read_text(encoding="utf-8")
    assert "http" not in text
    assert "Two &lt;b&gt;clips" in text
    named = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert len(named) == 2 * 4 + 4
    assert all((pages.parent / name).is_file() for name in named)


def test_only_the_files_of_an_earlier_page_are_replaced(pages, slides, tmp_path):
    folder = pages.parent
    shutil.copytree(folder, tmp_path / "deck")
    (tmp_path / "deck" / "papers").mkdir()
    (tmp_path / "deck" / "papers" / "thesis.txt").write_text("years of work")
    old = next((tmp_path / "deck").glob("slides-*"))
    (old / "clips" / "left over.mp4").write_text("x")
    old.rename(old.with_name("slides-000000000000"))
    page = html.write(slides, html.place(tmp_path / "deck", tmp_path), "Again")
    assert "Again" in page.read_text(encoding="utf-8")
    assert sorted(path.name for path in page.parent.iterdir()) == [
        "index.html",
        "papers",
        next(folder.glob("slides-*")).name,
    ]
    assert (page.parent / "papers" / "thesis.txt").read_text() == "years of work"


def test_the_leftovers_of_a_killed_deck_are_deleted(tmp_path):
    command = [
        sys.executable,
        "-c",
        "import os, sys\n"
        "from pathlib import Path\n"
        "from understanding_gradients.decks import html\n"
        "html.write(lambda at: os.kill(os.getpid(), 9), Path(sys.argv[1]), 'killed')",
        str(tmp_path),
    ]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    assert list(tmp_path.iterdir())
    assert html.place(tmp_path, tmp_path) == tmp_path
    assert not list(tmp_path.iterdir())


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="new folder"):
        html.place(tmp_path, tmp_path)
    (tmp_path / "index.html").write_text("<h1>Me</h1>")
    with pytest.raises(ValueError, match="new folder"):
        html.place(tmp_path, tmp_path)
    for name in ("thesis.txt", "talk.pptx", "index.html"):
        with pytest.raises(ValueError, match="folder"):
            html.place(tmp_path / name, tmp_path)


def test_a_failure_leaves_the_earlier_page(pages):
    before = {path: path.read_bytes() for path in pages.parent.rglob("*") if path.is_file()}

    def fail(folder):
        (folder / "half.mp4").write_bytes(b"half")
        raise RuntimeError("full")

    with pytest.raises(RuntimeError, match="full"):
        html.write(fail, pages.parent, "Never")
    assert before == {p: p.read_bytes() for p in pages.parent.rglob("*") if p.is_file()}


def test_an_incomplete_reveal_is_downloaded_again_or_the_command_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reveal, "user_cache_folder", lambda: tmp_path)
    reveal.package().mkdir(parents=True)
    (reveal.package() / "package.json").write_text(f'{{"version": "{reveal.release()}"}}')
    assert not reveal.is_installed()
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho npm error no network >&2\necho npm error log: x >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setattr(reveal.shutil, "which", lambda name: str(npm))
    with pytest.raises(RuntimeError, match="npm error no network$"):
        reveal.install()
    monkeypatch.setattr(reveal.shutil, "which", lambda name: None)
    with pytest.raises(ValueError, match=r"install Node\.js"):
        reveal.install()


@pytest.fixture(scope="module")
def app():
    with browser() as app:
        yield app


@pytest.fixture
def chromium(app, pages):
    """The presentation in a browser without network, and what it complains about."""
    context = app.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("requestfailed", lambda asked: page.complaints.append(asked.url))
    page.goto(pages.as_uri())
    page.wait_for_function("Reveal.isReady()")
    yield page
    context.close()


NOW = "Reveal.getCurrentSlide().querySelector('video')"
AT = "Reveal.getSlidePastCount()"


def play_out(page, number):
    """Wait until slide `number` is there and its video at its end, standing on the last frame."""
    page.wait_for_function(f"{AT} === {number} && {NOW}.ended")
    assert page.evaluate(f"{NOW}.currentTime === {NOW}.duration && !{NOW}.error")


def shot(page):
    return Image.open(BytesIO(page.screenshot()))


KEYS = ["PageDown PageUp", "ArrowRight ArrowLeft", "Space Shift+Space"]


@pytest.mark.parametrize("keys", slow_except(KEYS, KEYS[0]))
def test_a_clicker_steps_through_every_beat_and_back(chromium, slides, tmp_path, keys):
    expected = list(slides(tmp_path))
    last = len(expected) - 1
    forwards, back = keys.split()
    for number, slide in enumerate(expected):
        play_out(chromium, number)
        with Image.open(slide.still) as still:
            assert close(shot(chromium), still)
        chromium.keyboard.press(forwards)
    chromium.wait_for_function(f"{AT} === {last}")
    for number in reversed(range(last)):
        chromium.keyboard.press(back)
        play_out(chromium, number)
    assert chromium.complaints == []


@pytest.mark.parametrize("keys", KEYS[1:])
def test_other_keys_step_too(chromium, keys):
    forwards, back = keys.split()
    for key, number in ((forwards, 1), (forwards, 2), (back, 1)):
        chromium.keyboard.press(key)
        chromium.wait_for_function(f"{AT} === {number}")


def test_a_video_is_loaded_at_its_first_frame_when_its_slide_comes(chromium):
    chromium.evaluate(f"""
        window.arrivals = [];
        Reveal.on("slidechanged", () => arrivals.push([{NOW}.readyState, {NOW}.currentTime]));
    """)
    for key, coming in (("PageDown", 1), ("PageDown", 2), ("PageUp", 1), ("PageDown", 2)):
        chromium.wait_for_function(f"{NOW}.ended")
        video = f"Reveal.getSlides()[{coming}].querySelector('video')"
        chromium.wait_for_function(f"{video}.readyState >= 2 && !{video}.seeking")
        chromium.keyboard.press(key)
    arrivals = chromium.evaluate("window.arrivals")
    assert len(arrivals) == 4
    assert all(ready >= 2 and time == 0 for ready, time in arrivals)


def test_the_frame_before_stays_until_a_video_has_painted(chromium, slides, tmp_path):
    expected = list(slides(tmp_path))
    # A video that takes for ever to paint its first frame.
    chromium.add_style_tag(content="section video { visibility: hidden !important }")
    for number in (0, 1, 2):
        play_out(chromium, number)
        chromium.keyboard.press("PageDown")
        chromium.wait_for_function(f"{AT} === {number + 1}")
        with Image.open(expected[number].still) as still:
            assert close(shot(chromium), still)


def test_a_video_that_cannot_be_played_is_replaced_by_its_still(chromium, slides, tmp_path):
    play_out(chromium, 0)
    third = "Reveal.getSlides()[2].querySelector('video')"
    chromium.evaluate(f"{third}.src = 'gone.mp4'")
    chromium.wait_for_function(f"{third}.error")
    for _ in range(2):
        chromium.keyboard.press("PageDown")
    chromium.wait_for_function(f"{AT} === 2")
    with Image.open(list(slides(tmp_path))[2].still) as still:
        assert close(shot(chromium), still)


def test_the_speaker_sees_the_captions(chromium, slides, tmp_path):
    caption = next(slides(tmp_path)).caption
    with chromium.context.expect_page() as opening:
        chromium.keyboard.press("s")
    opening.value.wait_for_selector(f"text={caption}")
    assert chromium.complaints == []


def test_the_overview_shows_the_last_frame_of_every_beat(chromium):
    play_out(chromium, 0)
    chromium.keyboard.press("o")
    chromium.wait_for_function(
        "[...document.querySelectorAll('section img')].every("
        "i => i.naturalWidth && getComputedStyle(i).visibility === 'visible')"
    )
    chromium.keyboard.press("o")
    chromium.wait_for_function(
        "[...document.querySelectorAll('section img')].every("
        "i => getComputedStyle(i).visibility === 'hidden')"
    )


def test_axe_finds_nothing_on_the_page_and_it_has_a_heading(chromium):
    play_out(chromium, 0)
    assert axe.findings(chromium) == []
    assert chromium.locator("h1").all_inner_texts() == ["Two <b>clips</b>"]
    chromium.keyboard.press("End")
    play_out(chromium, 3)
    assert axe.findings(chromium) == []


def test_home_and_end_lead_to_the_first_and_the_last_beat(chromium):
    chromium.wait_for_function(f"{AT} === 0")
    for key, number in (("End", 3), ("PageUp", 2), ("Home", 0), ("PageDown", 1), ("End", 3)):
        chromium.keyboard.press(key)
        chromium.wait_for_function(f"{AT} === {number}")
    assert chromium.complaints == []


def test_a_clip_is_paused_resumed_and_played_again(chromium):
    for act in (lambda: chromium.keyboard.press("k"), lambda: chromium.mouse.click(640, 360)):
        chromium.evaluate(f"{NOW}.currentTime = 0; {NOW}.playbackRate = 0.1; {NOW}.play()")
        act()
        chromium.wait_for_function(f"{NOW}.paused && !{NOW}.ended")
        chromium.evaluate(f"{NOW}.playbackRate = 1")
        act()
        chromium.wait_for_function(f"{NOW}.ended")
    chromium.evaluate(f"window.begun = 0; {NOW}.addEventListener('play', () => begun += 1)")
    chromium.keyboard.press("r")
    chromium.wait_for_function(f"begun === 1 && {NOW}.ended")
    assert chromium.complaints == []


@pytest.mark.slow
def test_nothing_moves_for_those_who_asked_for_that(chromium, slides, tmp_path):
    chromium.emulate_media(reduced_motion="reduce")
    chromium.reload()
    chromium.wait_for_function("Reveal.isReady()")
    for number, slide in enumerate(slides(tmp_path)):
        chromium.wait_for_function(f"{AT} === {number} && {NOW}.readyState >= 2")
        assert chromium.evaluate(f"{NOW}.paused && {NOW}.currentTime === 0")
        with Image.open(slide.still) as still:
            assert close(shot(chromium), still)
        chromium.keyboard.press("PageDown")
    chromium.keyboard.press("k")
    chromium.wait_for_function(f"{NOW}.ended")


@pytest.mark.parametrize("number", slow_except([0, 2], 0))
def test_each_slide_is_printed_on_a_page_of_its_own_with_its_still(
    chromium, slides, tmp_path, number
):
    for _ in range(number):
        chromium.keyboard.press("PageDown")
    chromium.wait_for_function(f"{AT} === {number}")
    printed = PdfDocument(chromium.pdf(prefer_css_page_size=True, print_background=False))
    expected = list(slides(tmp_path))
    assert len(printed) == len(expected)
    for page, slide in zip(printed, expected, strict=True):
        with Image.open(slide.still) as still:
            assert close(page.render().to_pil(), still)
    # On paper of another form, the pictures keep theirs.
    on_paper = PdfDocument(chromium.pdf(format="A4", landscape=True))
    assert len(on_paper) == len(expected)
    sheet = on_paper[0].render().to_pil()
    height = round(sheet.width * 9 / 16)
    top = (sheet.height - height) // 2
    with Image.open(expected[0].still) as still:
        assert close(sheet.crop((0, top, sheet.width, top + height)), still)
