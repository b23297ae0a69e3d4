"""A talk that its owner edited is refreshed: only what is ours and stale is swapped."""

import copy
import shutil
import zipfile
from dataclasses import replace

import pytest
from PIL import Image
from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Inches

from tests.conftest import TINY
from tests.fixtures.clips import ARRIVING, SLIDING, STANDING
from tests.small_lecture import drawn_in, move_to, run, write_settings
from understanding_gradients.cache.store import Store
from understanding_gradients.export.clip_part import clip_parts
from understanding_gradients.export.exporter import export
from understanding_gradients.export.provenance import Provenance, provenance_of
from understanding_gradients.export.trim import trim
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.workers.pool import Pool

pytestmark = pytest.mark.render

LOSS = """
import pathlib, torch
pathlib.Path(__file__).with_suffix(".ran").touch()
def bowl(params): return (params ** 2).sum()
"""

# The settings have changed, and the presentation was made in another folder.
SETTINGS_DIGESTS = ("settings_content", "settings_place")


@pytest.fixture(scope="module")
def drawn_before(tmp_path_factory):
    """A folder with a presentation of the small lecture, clips of other kinds, and their store."""
    media = drawn_in(
        tmp_path_factory.mktemp("drawn"),
        ("deck", "--to", "pptx", "-q", "draft", "-o", "talk.pptx"),
        ("clip", "arriving", "-q", "draft", "--learning-rate", "0.3", "-o", "own"),
        ("clip", "arriving", "-q", "draft", "--format", "png", "--transparent", "-o", "own"),
        ("clip", "sliding", "--format", "gif", "--beat", "stand", "-o", "own"),
    )
    edit(media.parent / "talk.pptx", media.parent / "own")
    return media.parent


def edit(path, own):
    """Do to a presentation what its owner does: everything but touch the media themselves."""
    deck = Presentation(str(path))
    pages = list(deck.slides)
    # Slides move: the last comes first. Titles and notes change, a clip is small and cropped.
    order = deck.slides._sldIdLst
    order.insert(0, order[-1])
    pages[0].shapes.title.text = "What I call it"
    pages[1].notes_slide.notes_text_frame.text = "Tell the joke here."
    movie = pages[1].shapes[1]
    movie.left, movie.width, movie.crop_left = Inches(2), Inches(4), 0.2
    # A shape is copied to another slide, with its relations.
    twin = copy.deepcopy(movie.element)
    for name, relation in pages[1].part.rels.items():
        if relation.reltype.endswith(("/video", "/media", "/image")):
            new = pages[2].part.rels.get_or_add(relation.reltype, relation.target_part)
            for element in twin.iter():
                for key in [key for key, value in element.attrib.items() if value == name]:
                    element.set(key, f"new {new}")
    for element in twin.iter():
        for key, value in element.attrib.items():
            element.set(key, value.removeprefix("new "))
    pages[2].shapes._spTree.append(twin)
    # Slides of one's own come in, with clips inserted by hand, a stranger's film and a picture.
    extra = deck.slides.add_slide(deck.slide_layouts[0])
    extra.shapes.title.text = "Mine"
    size = Inches(2)
    (film,) = own.glob("*.mp4")
    extra.shapes.add_movie(str(film), 0, 0, size, size, mime_type="video/mp4")
    for picture in own.glob("*.[pg][ni][gf]"):
        extra.shapes.add_picture(str(picture), 0, 0)
    stranger = own / "holiday.mp4"
    stranger.write_bytes(b"\0\0\0\x18ftypisom" + bytes(300))
    extra.shapes.add_movie(str(stranger), size, size, size, size, mime_type="video/mp4")
    deck.slide_master.background.fill.solid()
    deck.save(str(path))


@pytest.fixture
def here(drawn_before, tmp_path, monkeypatch):
    """A copy of that folder to work in."""
    move_to(tmp_path, monkeypatch)
    shutil.copytree(drawn_before, tmp_path, dirs_exist_ok=True)
    return tmp_path


def contents(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def ours(path):
    """What our files in a presentation say of themselves, by entry."""
    found = {name: provenance_of(name, content) for name, content in contents(path).items()}
    return {name: identity for name, identity in found.items() if identity}


def untouched(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.pptx")}


def test_a_talk_in_which_nothing_changed_stays_as_it_is(here):
    before = untouched(here)
    result = run("deck", "--update", "talk.pptx")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "fresh already: slides 1-6"
    # A film that was inserted by hand has the picture of a loudspeaker before it.
    assert lines[1] == (
        "slide 6: arriving: picture left (it shows no frame of its video: if you did not choose "
        "it, reset it in PowerPoint at Video Format > Poster Frame, and update again)"
    )
    assert lines[2] == (
        "slide 6: a video is left that is not made by this project, or that PowerPoint compressed; "
        "if it is a clip, insert it anew"
    )
    # Five slides, one of them with the twin of a film, and on the last the clip of another rate,
    # a still and a GIF.
    assert lines[3:] == [
        "8 fresh already, 1 left, 1 not made by this project",
        "talk.pptx stays as it is.",
    ]
    assert before == untouched(here)


def test_only_what_a_change_concerns_is_swapped_and_all_else_stays(here):
    write_settings(here, rate=0.9)
    before = untouched(here)
    result = run("deck", "--update", "talk.pptx")
    assert result.exit_code == 0, result.output
    assert "slide 1: arriving, arrive: video and picture swapped" in result.stdout
    assert "talk-fresh.pptx" in result.stdout.splitlines()[-1]
    assert "2 swapped, 6 fresh already, 1 left, 1 not made by this project" in result.stdout
    assert (here / "talk.pptx").read_bytes() == before["talk.pptx"]
    old, new = contents(here / "talk.pptx"), contents(here / "talk-fresh.pptx")
    assert list(old) == list(new)
    expected = {
        name
        for name, identity in ours(here / "talk.pptx").items()
        if identity.slug == "arriving" and identity.options.learning_rate is None
    }
    assert {name for name in old if old[name] != new[name]} == expected
    # Film and poster on the slide, and the transparent still that was inserted by hand.
    assert len(expected) == 3
    for name in expected:
        one, other = ours(here / "talk.pptx")[name], ours(here / "talk-fresh.pptx")[name]
        assert (one.slug, one.beat) == (other.slug, other.beat)
        today = {name: getattr(other.options, name) for name in SETTINGS_DIGESTS}
        assert replace(one.options, **today) == other.options
        assert one.key != other.key
    fresh = (here / "talk-fresh.pptx").read_bytes()
    again = run("deck", "--update", "talk-fresh.pptx", "-o", "talk-fresh.pptx")
    assert again.exit_code == 0, again.output
    assert again.stdout.splitlines()[-1] == "talk-fresh.pptx stays as it is."
    assert (here / "talk-fresh.pptx").read_bytes() == fresh
    assert not list(here.glob("*-fresh-fresh*"))


def test_a_clip_is_drawn_again_with_what_it_was_asked_for(here):
    write_settings(here, theme="light")
    result = run("deck", "--update", "talk.pptx", "-o", "talk.pptx")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("swapped") == len(
        {line for line in result.stdout.splitlines() if "swapped" in line}
    )
    identities = ours(here / "talk.pptx")
    assert {one.options.theme for one in identities.values()} == {None}
    (own,) = [one for one in identities.values() if one.options.learning_rate]
    assert own.options.learning_rate == "0.3"
    done = run("clip", "arriving", "-q", "draft", "--learning-rate", "0.3", "-o", "again")
    assert done.exit_code == 0, done.output
    (again,) = (here / "again").iterdir()
    assert again.read_bytes() in contents(here / "talk.pptx").values()


def test_a_dry_run_only_says_so(here):
    write_settings(here, rate=0.9)
    before = untouched(here)
    everything = sorted(here.rglob("*.mp4")) + sorted(here.iterdir())
    result = run("deck", "--update", "talk.pptx", "--dry-run", "-o", "new/sub/talk.pptx")
    assert result.exit_code == 0, result.output
    assert "slide 1: arriving, arrive: video and picture to be swapped" in result.stdout
    assert before == untouched(here)
    assert everything == sorted(here.rglob("*.mp4")) + sorted(here.iterdir())


def with_identity(here, identity):
    """A presentation with one clip that says of itself what it is told to say."""
    job = Job(SLIDING, TINY)
    entries = Pool(Store(here / "other"), 1).render([job]).entries
    (whole,) = clip_parts([SLIDING], entries)
    (path,) = export([whole], here, "mp4")
    forged = here / "forged.mp4"
    trim(path, 0, 15, forged, identity.text())
    deck = Presentation()
    page = deck.slides.add_slide(deck.slide_layouts[6])
    page.shapes.add_movie(str(forged), 0, 0, Inches(2), Inches(2), mime_type="video/mp4")
    deck.save(str(here / "forged.pptx"))
    return here / "forged.pptx"


KEY = "0" * 64
OWN = RenderOptions(settings="small.toml", quality="draft")


@pytest.mark.parametrize(
    ("identity", "reason"),
    [
        (Provenance("gone", "", KEY, "", OWN), "the lecture has no clip 'gone'"),
        (
            Provenance("sliding", "gone", KEY, "", OWN),
            "its clip has no such beat now: delete",
        ),
        (
            Provenance("sliding", "", KEY, "", RenderOptions(settings="other.toml")),
            "--settings other.toml",
        ),
        (
            Provenance("sliding", "", KEY, "", RenderOptions(settings="small.toml", quality="8k")),
            "no quality '8k'",
        ),
        (
            Provenance(
                "arriving", "", KEY, "", RenderOptions(settings="small.toml", learning_rate="-1")
            ),
            "positive",
        ),
        (
            Provenance(
                "sliding", "", KEY, "", RenderOptions(settings="small.toml", learning_rate="1")
            ),
            "one run",
        ),
        (
            Provenance("arriving", "", KEY, "", RenderOptions(settings="small.toml", loss="none")),
            "FILE.py:NAME",
        ),
        (
            Provenance("arriving", "", KEY, "", RenderOptions(settings="small.toml", start="x")),
            "numbers",
        ),
        (
            Provenance(
                "sliding", "", KEY, "", RenderOptions(settings="small.toml", transparent=True)
            ),
            "--transparent",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_drawn_again_is_named_and_left(here, identity, reason):
    path = with_identity(here, identity)
    before = path.read_bytes()
    result = run("deck", "--update", path)
    assert result.exit_code == 0, result.output
    line, count, _ = result.stdout.splitlines()
    assert line.startswith("slide 1: ")
    assert count == "1 not drawn again"
    assert "not drawn again" in line
    assert reason in line
    assert result.stdout.splitlines()[-1] == "forged.pptx stays as it is."
    assert path.read_bytes() == before
    assert not (here / "forged-fresh.pptx").exists()


def test_code_runs_only_if_the_person_at_the_keyboard_names_it(here):
    (here / "mine.py").write_text(LOSS, encoding="utf-8")
    options = RenderOptions(
        settings="small.toml", quality="draft", loss="mine.py:bowl", start="1,2"
    )
    path = with_identity(here, Provenance("arriving", "", KEY, "", options))
    result = run("deck", "--update", path)
    assert "add --loss mine.py:bowl" in result.stdout
    assert not (here / "mine.ran").exists()
    assert run("deck", "--update", path, "--loss", "rosenbrock").stdout == result.stdout
    result = run("deck", "--update", path, "--loss", "mine.py:bowl")
    assert "slide 1: arriving: video swapped" in result.stdout
    assert (here / "mine.ran").exists()


@pytest.mark.parametrize(
    ("options", "typed"),
    [
        pytest.param(
            *(RenderOptions(settings="small.toml", quality="hd"), ["-q", "hd"]),
            marks=pytest.mark.slow,
        ),
        (
            RenderOptions(settings="small.toml", quality="draft", theme="light"),
            ["-q", "draft", "--theme", "light"],
        ),
        pytest.param(
            RenderOptions(settings="small.toml", quality="draft", steps=3),
            ["-q", "draft", "--steps", "3"],
            marks=pytest.mark.slow,
        ),
        (
            RenderOptions(
                settings="small.toml",
                quality="draft",
                loss="ravine",
                start="1,1",
                learning_rate="0.01",
            ),
            "-q draft --loss ravine --start 1,1 --learning-rate 0.01".split(),
        ),
    ],
    ids=["quality", "theme", "steps", "descent"],
)
def test_every_option_of_a_clip_is_asked_for_again(here, options, typed):
    path = with_identity(here, Provenance("arriving", "arrive", KEY, "", options))
    assert run("deck", "--update", path, "-o", path).exit_code == 0
    assert run("clip", "arriving", "--beat", "1", *typed, "-o", "again").exit_code == 0
    (again,) = (here / "again").iterdir()
    assert again.read_bytes() in contents(path).values()


SVG_BLIP = """\
<a:extLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">
 <a:ext uri="{96DAC541-7B7A-43D3-8B79-37D633B846F1}">
  <asvg:svgBlip xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main"
   xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:embed="%s"/>
 </a:ext>
</a:extLst>"""


def test_a_drawing_with_a_picture_beside_it_is_never_swapped_alone(here):
    assert run("clip", "standing", "-q", "draft", "--format", "svg", "-o", "own").exit_code == 0
    drawing = here / "own" / "standing-01-fill_draft.svg"
    Image.new("RGB", (16, 9)).save(here / "copy.png")
    deck = Presentation()
    page = deck.slides.add_slide(deck.slide_layouts[6])
    picture = page.shapes.add_picture(str(here / "copy.png"), 0, 0)
    part = Part(PackURI("/ppt/media/image2.svg"), "image/svg+xml", page.part.package)
    part._blob = drawing.read_bytes()
    blip = picture._element.blipFill.find(qn("a:blip"))
    blip.append(parse_xml(SVG_BLIP % page.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)))
    deck.save(str(here / "drawn.pptx"))
    assert "fresh already: slide 1" in run("deck", "--update", "drawn.pptx").stdout
    write_settings(here, theme="light")
    done = run("deck", "--update", "drawn.pptx")
    assert "slide 1: standing, fill: SVG left (a drawing, of which PowerPoint keeps" in done.stdout
    assert not (here / "drawn-fresh.pptx").exists()


def test_a_gif_that_is_too_large_now_is_left(here):
    deck = Presentation()
    page = deck.slides.add_slide(deck.slide_layouts[6])
    options = RenderOptions(settings="small.toml", max_mb=1e-5)
    with Image.open(next((here / "own").glob("*.gif"))) as image:
        identity = Provenance("sliding", "stand", KEY, "", options)
        image.save(here / "small.gif", comment=identity.text().encode())
    page.shapes.add_picture(str(here / "small.gif"), 0, 0)
    deck.save(str(here / "gif.pptx"))
    result = run("deck", "--update", "gif.pptx")
    assert result.exit_code == 1, result.output
    assert "GIF failed (--max-mb must be at least" in result.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [("[film]\ntheme = 'mauve'\n", "mauve"), (None, "none.toml"), ("x = \n", "TOML")],
)
def test_settings_that_cannot_be_read_are_refused_at_once(here, content, said):
    if content is not None:
        (here / "none.toml").write_text(content, encoding="utf-8")
    before = untouched(here)
    result = run("deck", "--update", "talk.pptx", settings="none.toml")
    assert result.exit_code == 2
    assert said in result.stderr
    assert before == untouched(here)


@pytest.mark.parametrize(
    "more",
    [
        ["--theme", "light"],
        ["--learning-rate", "2"],
        ["-q", "hd"],
        ["--steps", "3"],
        ["--start", "1,2"],
        ["sliding"],
        ["--to", "pptx"],
    ],
)
def test_a_talk_knows_itself_how_its_clips_look(here, more):
    before = untouched(here)
    result = run("deck", "--update", "talk.pptx", *more)
    assert result.exit_code == 2
    assert more[0].lstrip("-")[0] in result.stderr
    assert "--update" in result.stderr
    assert before == untouched(here)


def test_wrong_requests_are_refused_before_any_work(here):
    def refused(*words):
        result = run("deck", *words)
        assert result.exit_code == 2, result.output
        assert isinstance(result.exception, SystemExit)
        return result.stderr

    before = untouched(here)
    assert "got neither" in refused()
    assert "got both" in refused("--to", "html", "--update", "talk.pptx")
    assert "'key' is not one of" in refused("--to", "key")
    assert "--update" in refused("--to", "pptx", "--dry-run")
    assert "does not exist" in refused("--update", "nothing.pptx")
    assert "must end in .pptx" in refused("--to", "pptx", "-o", "talk.ppt")
    assert "ending in .pptx" in refused("--update", "small.toml")
    (here / "talk.pptx").chmod(0o444)
    write_settings(here, rate=0.9)
    assert "read-only" in refused("--update", "talk.pptx", "-o", "talk.pptx")
    assert before == untouched(here)
    (here / "talk-fresh.pptx").write_bytes(b"edited meanwhile")
    assert "'talk-fresh.pptx' is there already" in refused("--update", "talk.pptx")
    (here / "talk-fresh.pptx").unlink()
    deck = Presentation()
    deck.save(str(here / "empty.pptx"))
    assert "'empty.pptx' has none" in refused("--update", "empty.pptx")
    (here / "broken.pptx").write_bytes(before["talk.pptx"][:5000])
    assert "undamaged" in refused("--update", "broken.pptx")
    assert not list(here.glob("*-fresh*"))
    assert not list(here.glob(".*"))


def test_notes_that_say_what_is_no_longer_true_are_named(here):
    (here / "small.toml").write_text(
        "[learning_rates]\nvery_large = 0.7\n[descent]\nsteps = 5\n", encoding="utf-8"
    )
    result = run("deck", "--update", "talk.pptx")
    assert result.exit_code == 0, result.output
    assert 'slide 1: the notes still say "6 steps.": write "5 steps."' in result.stdout
    deck = Presentation(str(here / "talk-fresh.pptx"))
    assert deck.slides[0].notes_slide.notes_text_frame.text == "6 steps."


def test_what_a_link_leads_to_is_refreshed_and_stays_as_private_as_it_was(here):
    write_settings(here, rate=0.9)
    (here / "talk.pptx").chmod(0o600)
    (here / "link.pptx").symlink_to("talk.pptx")
    assert run("deck", "--update", "link.pptx", "-o", "link.pptx").exit_code == 0
    assert (here / "link.pptx").is_symlink()
    assert (here / "talk.pptx").stat().st_mode & 0o777 == 0o600
    assert run("deck", "--update", "talk.pptx").stdout.endswith("talk.pptx stays as it is.\n")


def test_names_from_elsewhere_do_not_command_the_terminal(here):
    options = RenderOptions(settings="small.toml", quality="draft", loss="x.py:y; rm -rf ~")
    path = with_identity(here, Provenance("sliding", "\x1b[2J\nslide 9: fine", KEY, "", options))
    result = run("deck", "--update", path)
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 3
    assert "\x1b" not in result.stdout
    assert "'x.py:y; rm -rf ~'" in result.stdout


def test_a_clip_that_fails_leaves_the_talk_as_it_was(here, monkeypatch):
    failing = replace(SLIDING, scene="tests.fixtures.small_scenes:Failing")
    monkeypatch.setattr("scenes.registry.CLIPS", (failing, STANDING, ARRIVING))
    before = untouched(here)
    result = run("deck", "--update", "talk.pptx", "-o", "talk.pptx")
    assert result.exit_code == 1
    assert "sliding failed" in result.stderr
    assert before == untouched(here)


@pytest.mark.slow
def test_the_others_are_swapped_if_one_clip_fails(here, monkeypatch):
    failing = replace(SLIDING, scene="tests.fixtures.small_scenes:Failing")
    monkeypatch.setattr("scenes.registry.CLIPS", (failing, STANDING, ARRIVING))
    write_settings(here, rate=0.9)
    result = run("deck", "--update", "talk.pptx")
    assert result.exit_code == 1
    assert "sliding failed" in result.stderr
    assert "slide 1: arriving, arrive: video and picture swapped" in result.stdout
    assert (here / "talk-fresh.pptx").is_file()
