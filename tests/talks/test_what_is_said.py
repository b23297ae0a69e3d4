"""What `deck --update` says of a talk, beside the edits of the talk itself."""

import os

import pytest
from pptx import Presentation

from tests.small_lecture import run
from tests.talks import marks_of_media as media
from tests.talks.archives import Archive, films
from tests.talks.conftest import TODAY
from tests.talks.edits import EDITS, NEW, OTHER
from tests.talks.package_edits import of_an_earlier_version
from understanding_gradients.decks import update as updating

pytestmark = pytest.mark.render


def said(*words, settings="small.toml"):
    result = run("deck", "--update", *words, settings=settings)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_settings_that_are_named_take_over_a_talk_of_others_of_that_name_and_say_so(here):
    lines = said("talk.pptx", "--dry-run")
    assert "slide 7: arriving, arrive: video and picture to be swapped" in lines
    (said_once,) = [line for line in lines if "another settings file" in line]
    assert said_once.startswith(f"slides 3-7: {OTHER}")
    # In the folder where it was made, it is the same file as before, and nothing is said.
    made = said("today.pptx", "--dry-run")
    assert not any("another settings file" in line for line in made)


@pytest.mark.usefixtures("here")
def test_a_dry_run_promises_no_swap_for_a_beat_that_is_gone(here):
    (here / "small.toml").write_text(TODAY.replace("5", "1"), encoding="utf-8")
    gone = "video and picture not drawn again (its clip has no such beat now: delete the slide, or"
    words = [f"slides 5-6: stepping, step-2, step-3: {gone} keep it as it is)"]
    preview, done = said("talk.pptx", "--dry-run"), said("talk.pptx")
    assert words == [line for line in preview if "not drawn" in line][:1]
    assert words == [line for line in done if "not drawn" in line][:1]


def test_a_talk_that_only_links_its_films_is_told_so(here):
    archive = Archive.read(EDITS["all linked"].make(here / "talk.pptx"))
    for name in [one for one in archive if one.endswith(".png")]:
        archive[name] = media.saved(media.image(archive[name]))
    archive.write(here / "talk.pptx")
    lines = said("talk.pptx")
    names = ", ".join(f"media{at}.mp4" for at in range(1, 8))
    assert lines == [
        f"slides 1-7: linked, not inside the talk: {names} (only what is inside is updated: "
        "insert it)",
        "7 linked",
        "talk.pptx stays as it is.",
    ]


def test_an_alternative_text_follows_a_caption_though_the_film_stays(here):
    text = TODAY + '[captions]\n"sliding.slide" = "It moves."\n'
    (here / "small.toml").write_text(text, encoding="utf-8")
    lines = said("today.pptx", "-o", "new.pptx")
    assert "slide 1: alt text replaced" in lines
    assert 'slide 1: the notes still say "A square slides.": write "It moves."' in lines
    assert lines[-1] == "new.pptx"
    before, after = (Archive.read(here / name) for name in ("today.pptx", "new.pptx"))
    assert {name for name in before if before[name] != after[name]} == {"ppt/slides/slide1.xml"}
    assert next(films(after)).alt == "It moves."


def test_a_talk_that_was_saved_meanwhile_is_not_written(here, monkeypatch):
    def save(*_):
        Presentation(str(here / "talk.pptx")).save(str(here / "talk.pptx"))
        os.utime(here / "talk.pptx", ns=(1, 1))
        return []

    monkeypatch.setattr(updating, "details", save)
    result = run("deck", "--update", "talk.pptx")
    assert result.exit_code == 1
    assert "'talk.pptx' was saved meanwhile; nothing was written: update again." in result.stderr
    assert not (here / "talk-fresh.pptx").exists()


LOCKS = {"LibreOffice": ".~lock.talk.pptx#", "PowerPoint": "~$talk.pptx"}


@pytest.mark.parametrize("program", LOCKS)
def test_a_talk_that_is_open_elsewhere_is_not_written_over(here, program):
    name, before = LOCKS[program], (here / "talk.pptx").read_bytes()
    (here / name).write_bytes(b"somebody")
    (here / "link.pptx").symlink_to("talk.pptx")
    for output in ("talk.pptx", "link.pptx"):
        result = run("deck", "--update", "talk.pptx", "-o", output)
        assert result.exit_code == 2
        assert (
            f"'talk.pptx', which is open in {program}: close it there, or delete '{name}' beside it"
            in result.stderr
        )
    assert (here / "talk.pptx").read_bytes() == before
    # A copy may be written, of what was saved.
    (line,) = [line for line in said("talk.pptx") if program in line]
    assert line.startswith(f"talk.pptx is open in {program}: what was not saved there is not seen")
    assert (here / "talk-fresh.pptx").exists()
    (here / name).unlink()
    lines = said("talk.pptx", "-o", "talk.pptx")
    assert lines[-1] == "talk.pptx"
    assert not any("open" in line for line in lines)


def test_a_talk_that_is_opened_while_clips_are_drawn_is_not_written_over(here, monkeypatch):
    def open_it(*_):
        (here / ".~lock.talk.pptx#").touch()
        return []

    monkeypatch.setattr(updating, "details", open_it)
    before = (here / "talk.pptx").read_bytes()
    result = run("deck", "--update", "talk.pptx", "-o", "talk.pptx")
    assert result.exit_code == 1
    assert "'talk.pptx' was opened in LibreOffice meanwhile; nothing was written" in result.stderr
    assert (here / "talk.pptx").read_bytes() == before


@pytest.mark.usefixtures("here")
def test_a_dry_run_says_whether_there_is_something_to_write():
    lines = said("talk.pptx", "--dry-run")
    assert lines[-1] == "talk.pptx stays as it is; without --dry-run, a copy is written."
    assert said("today.pptx", "--dry-run")[-1] == "today.pptx stays as it is."


def test_beats_that_were_left_out_on_purpose_are_not_new(here):
    EDITS["a step left out"].make(here / "talk.pptx")
    assert any(line.startswith(NEW) for line in said("talk.pptx"))
    # A mark of an earlier version does not say which beats there were, so all are named.
    of_an_earlier_version(here / "talk.pptx")
    lines = said("talk.pptx", "-o", "earlier.pptx")
    assert any(line.startswith("stepping: on no slide: step-2, step-4, step-5 (") for line in lines)


def test_an_odp_is_refused_with_what_to_do(here):
    for name in ("talk.odp", "talk.key", "talk.ppt"):
        (here / name).write_bytes((here / "talk.pptx").read_bytes())
        result = run("deck", "--update", name)
        assert result.exit_code == 2
        assert "save as .pptx" in result.stderr
    (here / "renamed.pptx").write_bytes(b"PK")
    assert "save as .pptx" in run("deck", "--update", "renamed.pptx").stderr


def test_the_help_says_which_options_go_with_an_update():
    text = " ".join(run("deck", "--help", settings=None).stdout.split())
    assert "With --update go --settings, --dry-run, --jobs, --time-limit and -o" in text
