"""Every edit of a talk, and what `deck --update` makes of it: found, swapped, or left by name.

A new kind of edit is an entry of `EDITS`. Whatever the edit, no slide shows what is not today's
without being named.
"""

import json
import re
from dataclasses import dataclass
from io import BytesIO

import av
import pytest
from lxml import etree

from tests.marks import slow_except
from tests.small_lecture import run
from tests.talks import marks_of_media as media
from tests.talks.archives import Archive, films
from tests.talks.edits import EDITS
from tests.talks.programs import SOFFICE

pytestmark = pytest.mark.render
QUICK = (
    "parts renamed",
    "linked",
    "Strict Open XML",
)


@dataclass(frozen=True)
class Current:
    """What a beat shows today."""

    film: bytes
    alt: str
    milliseconds: int | None


def mark(film):
    """What a film says it shows; None if it says nothing."""
    if film is None:
        return None
    with av.open(BytesIO(film)) as container:
        said = json.loads(container.metadata.get("comment") or "null")
    return said and (said["slug"], said["beat"], said["options"]["learning_rate"])


def current_films(folder):
    """What every beat shows today, by what films say of themselves."""
    found = {}
    for name in ("today.pptx", "other-today.pptx"):
        for one in films(Archive.read(folder / name)):
            found[mark(one.film)] = Current(one.film, one.alt, one.milliseconds)
    (whole,) = (folder / "today").glob("*.mp4")
    found[mark(whole.read_bytes())] = Current(whole.read_bytes(), "", None)
    return found


def packets(film):
    """The encoded frames of a film."""
    with av.open(BytesIO(film)) as container:
        return [bytes(packet) for packet in container.demux(video=0)]


# What a line says of a film that is not today's, and of what is around one that is.
SAYS = {
    "film": "video (and picture )?(left|not drawn|failed)|linked|not made by this project",
    "poster": "picture (left|not drawn|failed)",
    "alt text": "the alt text stays",
    "length": "the slide plays its video for|the trim|the next slide follows",
}


def named(what, lines):
    """The slides of which it is said that something is not today's."""
    found = set()
    for line in lines:
        place = re.match(r"slides? ([\d, -]+): ", line)
        if place is None or not re.search(SAYS[what], line):
            continue
        for part in place[1].split(", "):
            first, _, last = part.partition("-")
            found |= {*range(int(first), int(last or first) + 1)}
    return found


def check_films(archive, today, lines):
    """See that every film is today's with all that is around it, or that it is said what is not."""
    current = 0
    for one in films(archive):
        new = today.get(mark(one.film))
        if (
            one.film is None
            or new is None
            or packets(one.film) != packets(new.film)
            or media.view(one.film)
        ):
            assert one.slide in named("film", lines), f"slide {one.slide}"
            continue
        current += 1
        ends = (media.frame(new.film, at) for at in (-1, 0, 4))
        is_true = {
            "poster": any(media.are_alike(one.image, end) for end in ends),
            "alt text": not new.alt or {one.alt, one.title} <= {new.alt, ""},
            "length": None in (one.milliseconds, new.milliseconds)
            or abs(one.milliseconds - new.milliseconds) <= 50,
        }
        for what, is_today in is_true.items():
            assert is_today or one.slide in named(what, lines), f"slide {one.slide}: {what}"
    return current


def check_whole(archive):
    """See that every entry has a content type, and every relation leads somewhere."""
    types = etree.fromstring(archive["[Content_Types].xml"])
    suffixes = {one.get("Extension").lower() for one in types if one.get("Extension")}
    names = {archive.meant(one.get("PartName")[1:]) for one in types if one.get("PartName")}
    assert names <= {*archive}
    for name in archive:
        assert name in names or name.rpartition(".")[2].lower() in suffixes, name
        for target in archive.targets(name).values():
            assert target in archive or ":" in target or "#" in target, f"{name}: {target}"


def check_said_once(lines):
    """See that no sentence, and no reason in brackets, is said twice."""
    said = [line.partition(": ")[2] for line in lines if line.startswith(("slide", "on a "))]
    reasons = [re.sub(r".*: (?=[\w ]+ \()", "", line) for line in lines if " left (" in line]
    assert len(said) == len(set(said)), said
    assert len(reasons) == len(set(reasons)), reasons
    assert sum("another settings file" in line for line in lines) <= 1


@pytest.mark.parametrize("name", slow_except(EDITS, *QUICK))
def test_an_edited_talk_shows_today_or_is_named(here, name):
    edit = EDITS[name]
    if edit.program and SOFFICE is None:
        pytest.skip(f"{edit.program} is not on this machine")
    path = edit.make(here / "talk.pptx")
    path = path.rename(here / f"edited{path.suffix}")
    (preview, result) = (run("deck", "--update", path, *more) for more in (["--dry-run"], []))
    lines = result.stdout.splitlines()
    print(result.stdout)
    assert result.exit_code == preview.exit_code == 0, result.output
    for said in edit.says:
        assert any(line.startswith(said) for line in lines), said
    check_said_once(lines)
    fresh = here / f"edited-fresh{path.suffix}"
    archive = Archive.read(fresh if fresh.exists() else path)
    check_whole(archive)
    assert check_films(archive, current_films(here), lines) == edit.current
    swapped = [line.replace("swapped", "to be swapped") for line in lines if "swapped" in line]
    swapped = [line for line in swapped if not line[0].isdigit()]
    assert [line for line in preview.stdout.splitlines() if line in swapped] == swapped
    if fresh.exists():
        again = run("deck", "--update", fresh, "-o", f"again{path.suffix}")
        assert again.exit_code == 0, again.output
        assert "swapped" not in again.stdout, again.stdout
        assert "replaced" not in again.stdout, again.stdout
