"""Words that would be markup, code or nothing to see: they are shown as they are, or refused."""

from __future__ import annotations

import html
import re
import shutil
import zipfile
from dataclasses import replace

import av
import pytest
from PIL import Image
from pptx import Presentation
from typst import Compiler

import descent
from scenes.manim_private import typst_source
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import escape, symbol
from tests.conftest import TINY
from tests.faults import seeds
from tests.faults.inputs import refusal
from tests.small_lecture import move_to, run, write_settings
from understanding_gradients.decks import html as browser
from understanding_gradients.decks.slide import Slide
from understanding_gradients.export.subtitles import without_markup
from understanding_gradients.notebook.film import film

READ = '#read("/etc/passwd")'
WORDS = [
    READ,
    '#eval("1+1")',
    '#{import "@preview/x:1.0.0"}',
    "*bold*",
    "_it_",
    "$x^2$",
    '"quoted"',
    "it's",
    "back\\slash\\u{41}",
    "]#[",
    "a]b",
    "x[0,1]",
    "{x}",
    "a...b",
    "007. x",
    "1. one",
    "- point",
    "+ point",
    "/ term: x",
    "= Head",
    "--- x --",
    "~x",
    "`raw`",
    "<label>",
    "@reference",
    "https://x.y//z",
    "/* c */ // d",
    "&amp; <b>",
    "a;b:c",
    "100 %",
    "שלום עולם",
    "مرحبا",
    "\u202eabc",
    "a\u200bb\u200dc",
    "e\u0301",
    "x" * 48,
]


def drawn(body: str, text: str = "") -> bytes:
    """Return Typst's own picture of `body`, which may name the text as `sys.inputs.text`."""
    made = Compiler().compile(
        input=typst_source(body).encode(),
        format="svg",
        sys_inputs={"text": " ".join(text.split())},
    )
    assert isinstance(made, bytes)
    return made


@pytest.mark.parametrize("text", [*WORDS, "汉字"])
def test_a_text_is_drawn_as_if_typst_had_been_given_it_as_data(text):
    assert drawn(escape(text)) == drawn("#sys.inputs.text", text)


@pytest.mark.render
@pytest.mark.parametrize("text", [*WORDS, "5·10^3", "θ̂ hat"])
def test_a_parameters_name_is_drawn_as_if_typst_had_been_given_it_as_data(text):
    # Names such as W1 and x[0,1] are mathematics, and meant to be.
    if symbol(text).startswith("upright"):
        label = Label(f"${symbol(text)}$").typst_code
        body = label[label.index("[") + 1 : -1]
        assert drawn(body) == drawn("$upright(#sys.inputs.text)$", text)


CAPTION = f'{READ} *b* $x$ "q" \\ ]] --> & <script>alert(1)</script> {{\\an8}} שלום \u202eabc'


@pytest.fixture(scope="module")
def drawn_before(tmp_path_factory):
    """A folder with the small lecture in every form, its caption hostile."""
    folder = tmp_path_factory.mktemp("drawn")
    write_settings(folder)
    with (folder / "small.toml").open("a", encoding="utf-8") as file:
        file.write(f"[captions]\n\"standing.fill\" = '''{CAPTION}'''\n")
    with pytest.MonkeyPatch.context() as patch:
        move_to(folder, patch)
        for words in (
            ("lecture", "-q", "draft", "-o", "film.mp4"),
            ("deck", "--to", "pptx", "-q", "draft", "-o", "talk.pptx"),
            ("clip", "standing", "--format", "pdf", "--theme", "dark", "-q", "draft", "-o", "out"),
        ):
            done = run(*words)
            assert done.exit_code == 0, done.output
    return folder


@pytest.mark.render
def test_a_hostile_caption_is_text_beside_and_inside_the_film(drawn_before):
    subrip = (drawn_before / "film.srt").read_text(encoding="utf-8")
    assert without_markup(CAPTION) in subrip
    assert "<script" not in subrip
    web = (drawn_before / "film.vtt").read_text(encoding="utf-8")
    assert html.unescape(web).count(CAPTION) == 1
    assert "<script" not in web
    assert len(re.findall("-->", web)) == len(re.findall(r"^\d\d:.* --> ", web, re.MULTILINE))
    with av.open(drawn_before / "film.mp4") as container:
        packets = [bytes(packet) for packet in container.demux(subtitles=0)]
    assert any(CAPTION.encode() in packet for packet in packets)


@pytest.mark.render
def test_a_hostile_caption_is_text_in_a_presentation(drawn_before):
    deck = Presentation(str(drawn_before / "talk.pptx"))
    notes = [page.notes_slide.notes_text_frame.text for page in deck.slides]
    assert CAPTION in notes
    with zipfile.ZipFile(drawn_before / "talk.pptx") as archive:
        texts = [archive.read(one) for one in archive.namelist() if one.endswith(".xml")]
    assert not [text for text in texts if b"<script" in text or b"root:" in text]


def test_a_hostile_caption_is_text_on_a_page_for_the_browser(tmp_path):
    Image.new("RGB", (16, 9)).save(tmp_path / "a.png")
    slide = Slide("standing", READ, CAPTION, tmp_path / "a.mp4", tmp_path / "a.png", 1.0)
    page = browser.page([slide], "</title><script>alert(1)</script>", "slides-0")
    assert "<script>alert" not in page
    assert html.escape(CAPTION, quote=False) in page.replace("&#34;", '"')


@pytest.mark.render
def test_a_handout_takes_a_hostile_caption_as_data(drawn_before):
    (path,) = (drawn_before / "out").iterdir()
    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    assert b"root:" not in content


@pytest.fixture
def here(tmp_path, monkeypatch, drawn_before):
    """A folder to work in, with what was drawn before."""
    move_to(tmp_path, monkeypatch)
    write_settings(tmp_path)
    shutil.copytree(drawn_before / "media" / "store", tmp_path / "media" / "store")
    return tmp_path


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (f'[captions]\n"standing.fill" = "{"x" * 10_000}"', "at most 1,000 characters; got 10,000"),
        ('[captions]\n"standing.fill" = "a\\u0000b"', "must have no control characters"),
        ('[captions]\n"standing.fill" = "\\u001b[2J"', "must have no control characters"),
        ('[captions]\n"standing.fill" = "\\uFFFF"', "must have no U+FFFE or U+FFFF"),
        (f'[data]\nx_name = "{"x" * 10_000}"', "must be a text of 1 to 24 characters"),
        ('[data]\nx_name = "\\u200b\\u202e"', "must have a character that can be seen"),
        ('[data]\ny_name = "a\\u0007b"', "must have no control characters"),
        ('[data]\ny_name = "a\\nb"', "must be a text of 1 to 24 characters"),
        (f'[film]\ntheme = "{"x" * 10_000}"', 'must be "dark" or "light"'),
        (f'[descent]\nloss = "{"x" * 10_000}"', "must be FILE.py:NAME or one of"),
    ],
    ids=lambda value: value[:32],
)
def test_words_that_nobody_could_read_are_refused(here, table, said):
    (here / "small.toml").write_text(table, encoding="utf-8")
    assert said in refusal(run("lecture", "-q", "draft"))


def test_a_caption_of_1000_characters_of_four_bytes_goes_into_every_file(here):
    text = "😀" * 1_000
    write_settings(here, caption=text)
    for words in (("lecture", "-o", "film.mp4"), ("deck", "--to", "pptx", "-o", "talk.pptx")):
        result = run(*words, "-q", "draft")
        assert result.exit_code == 0, result.output
    assert text in (here / "film.srt").read_text(encoding="utf-8")
    assert (
        run("deck", "--update", "talk.pptx").stdout.splitlines()[0] == "fresh already: slides 1-5"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x" * 10_000, "must be a text of 1 to 48 characters"),
        ("a\nb", "must be a text of 1 to 48 characters"),
        ("a\x1bb", "must have no control characters"),
        ("\u200b", "must have a character that can be seen"),
    ],
    ids=["long", "lines", "control", "unseen"],
)
def test_parameters_with_names_that_cannot_be_drawn_are_refused(here, name, said):
    text = f"def own(params): return (params ** 2).sum()\nown.names = ({name!r}, 'b')\n"
    (here / "losses.py").write_text(text, encoding="utf-8")
    words = ("--loss", "losses.py:own", "--start", "1,2", "-q", "draft")
    assert said in refusal(run("clip", "arriving", *words))
    loss = lambda params: (params**2).sum()  # noqa: E731
    recorded = descent.record(loss, [1, 2], learning_rate=0.1, steps=3)
    with pytest.raises(ValueError, match=re.escape(said)):
        film(replace(recorded, names=(name, "b")), loss, folder=here / "films")


@pytest.mark.parametrize("title", ["x" * 10_000, "a\nb", "\x1b[2J", "\u200b", ""])
def test_a_title_that_cannot_be_drawn_is_refused(title, tmp_path):
    with pytest.raises(ValueError, match="title must"):
        film(seeds.saveables()[0], lambda params: (params**2).sum(), title=title, folder=tmp_path)


@pytest.mark.render
def test_a_hostile_title_and_name_are_drawn_and_nothing_is_read(tmp_path):
    loss = lambda params: (params**2).sum()  # noqa: E731
    recorded = descent.record(loss, [1.0], learning_rate=0.1, steps=1)
    hostile = replace(recorded, names=(f'"){READ}',))
    made = film(hostile, loss, steps=1, title=f"{READ} ]", folder=tmp_path, quality=TINY)
    assert made.path.is_file()


@pytest.mark.parametrize("names", [("$\\frac$", "a$b$"), ("</script><script>x", "<img src=x>")])
def test_names_are_text_in_figures_cards_and_pages(names, tmp_path):
    recorded, sweep = seeds.saveables()[0], seeds.saveables()[3]
    recorded = replace(recorded, names=names)
    sweep = replace(sweep, names=names, trajectories=(recorded,), plane=None, landscapes=())
    recorded.plot().canvas.draw()
    cards = recorded._repr_html_() + sweep._repr_html_()
    page = sweep.to_html(tmp_path / "page.html", title=names[0]).read_text(encoding="utf-8")
    assert "<script>x" not in cards + page
    assert "<img src=x" not in cards + page


def test_half_a_character_is_no_name():
    with pytest.raises(ValueError, match=r"names\[0\] must be a text that UTF-8 can hold"):
        replace(seeds.saveables()[0], names=("\ud800", "b"))
