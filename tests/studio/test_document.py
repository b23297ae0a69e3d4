"""lecture.toml while it is edited: what changes in its text, is undone, and is written."""

from __future__ import annotations

import tomllib
from difflib import unified_diff

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent.checks.errors import InvalidArgument
from understanding_gradients.installation import ROOT
from understanding_gradients.spec.errors import OperationFailed
from understanding_gradients.studio.document import Document
from understanding_gradients.studio.toml_edits import with_value

DELIVERED = (ROOT / "lecture.toml").read_text(encoding="utf-8")
SLUGS = ("title", "zero-loss", "very-large-learning-rate")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "lecture.toml"
    path.write_text(DELIVERED, encoding="utf-8")
    return path


@pytest.fixture
def document(path):
    return Document(path, SLUGS)


def differing_lines(before, after):
    lines = unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]


@pytest.mark.parametrize(
    ("key", "value", "lines"),
    [
        (
            "learning_rates.very_large",
            0.6,
            ['-very_large = "suggest"', "+very_large = 0.6"],
        ),
        ("descent.start", [2.5, 1.6], ["-start = [-1.0, 1.6]", "+start = [2.5, 1.6]"]),
        ("film.leave_out", ["title"], ["-leave_out = []", '+leave_out = ["title"]']),
        ("captions.zero-loss.squared", "Twice", ['+"zero-loss.squared" = "Twice"']),
    ],
)
def test_one_value_changes_one_line(document, key, value, lines):
    document.edit({key: value})
    assert differing_lines(DELIVERED, document.text) == lines


def test_what_no_toml_file_can_say_is_refused(document):
    with pytest.raises(InvalidArgument, match=r"descent\.start must be a text, a number") as raised:
        document.edit({"descent.start": [None, 1.0]})
    assert raised.value.key == "descent.start"
    assert document.text == DELIVERED


def test_a_changed_row_leaves_the_others_as_they_are_written(document):
    rows = [list(row) for row in document.settings.data.rows]
    rows[1][1] = 7.25
    document.edit({"data.rows": rows})
    assert differing_lines(DELIVERED, document.text) == [
        "-    [ 0.0,  1.1],",
        "+    [ 0.0,  7.25],",
    ]


def test_pasted_rows_stand_one_a_line(document):
    rows = [[float(number), number / 2] for number in range(7)]
    document.edit({"data.rows": rows, "data.x_name": "room"})
    assert [list(row) for row in document.settings.data.rows] == rows
    assert (
        sum(line.strip().startswith("[") and "," in line for line in document.text.split("\n")) >= 7
    )
    assert "# The row that is shown in detail, counted from 1." in document.text


ROWS = st.lists(
    st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)).map(list), min_size=1, max_size=30
)


@given(st.lists(ROWS, min_size=1, max_size=4))
def test_any_rows_are_read_back_and_no_comment_is_lost(tables):
    text = DELIVERED
    for rows in tables:
        text = with_value(text, "data.rows", rows)
        assert tomllib.loads(text)["data"]["rows"] == rows
    comments = [line for line in DELIVERED.splitlines() if line.startswith("#")]
    assert [line for line in text.splitlines() if line.startswith("#")] == comments


def test_a_key_that_is_taken_away_has_its_default(document):
    document.edit({"descent.steps": None})
    assert "steps =" not in document.text
    assert document.settings.descent.steps == 6


def test_a_table_that_is_missing_is_added(path):
    path.write_text("[film]\ntheme = 'light'  # for printing\n", encoding="utf-8")
    document = Document(path, SLUGS)
    document.edit({"descent.steps": 4})
    document.edit({"captions.title.name": None})
    assert document.text.startswith("[film]\ntheme = 'light'  # for printing\n")
    assert document.settings.descent.steps == 4


def test_a_wrong_value_changes_nothing(document):
    with pytest.raises(InvalidArgument) as refused:
        document.edit({"descent.steps": 7, "learning_rates.very_large": -1})
    assert refused.value.error.key == "learning_rates.very_large"
    assert (document.text, document.revision, document.can_undo) == (DELIVERED, 0, False)


def test_what_is_undone_can_be_redone_until_something_else_is_changed(document):
    for steps in (7, 8):
        document.edit({"descent.steps": steps})
    document.undo()
    assert (document.settings.descent.steps, document.can_redo) == (7, True)
    document.undo()
    assert (document.text, document.is_changed, document.can_undo) == (DELIVERED, False, False)
    document.undo()
    document.redo()
    assert document.settings.descent.steps == 7
    document.edit({"descent.steps": 9})
    assert not document.can_redo
    document.redo()
    assert document.settings.descent.steps == 9


def test_the_movement_of_a_slider_is_undone_as_one(document):
    for number in range(1, 50):
        document.edit({"learning_rates.very_large": number / 10}, "slide 1")
    document.edit({"learning_rates.very_large": 8.0}, "slide 2")
    document.undo()
    assert document.settings.learning_rates.very_large == 4.9
    document.undo()
    assert document.text == DELIVERED


def test_the_same_value_is_no_change(document):
    document.edit({"descent.steps": 6})
    assert (document.revision, document.can_undo) == (0, False)


def test_saving_writes_the_file_and_keeps_its_mode(document, path):
    path.chmod(0o640)
    document.edit({"descent.steps": 7})
    assert path.read_text(encoding="utf-8") == DELIVERED
    document.save()
    assert path.read_text(encoding="utf-8") == document.text
    assert (path.stat().st_mode & 0o777, document.is_changed) == (0o640, False)
    assert [one.name for one in path.parent.iterdir()] == ["lecture.toml"]


def test_a_link_stays_a_link(path, tmp_path):
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    document = Document(link, SLUGS)
    document.edit({"descent.steps": 7})
    document.save()
    assert link.is_symlink()
    assert "steps = 7" in path.read_text(encoding="utf-8")


def test_lines_that_end_as_on_windows_stay_so(path):
    path.write_bytes(DELIVERED.replace("\n", "\r\n").encode())
    document = Document(path, SLUGS)
    assert not document.is_changed_on_disk
    document.edit({"descent.steps": 7})
    document.save()
    assert (
        path.read_bytes()
        == DELIVERED.replace("steps = 6", "steps = 7").replace("\n", "\r\n").encode()
    )


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(document, path):
    document.edit({"descent.steps": 7})
    theirs = DELIVERED.replace("steps = 6", "steps = 3")
    path.write_text(theirs, encoding="utf-8")
    with pytest.raises(OperationFailed, match="it was changed there: take the file's version"):
        document.save()
    assert path.read_text(encoding="utf-8") == theirs
    document.take_file()
    assert (document.settings.descent.steps, document.is_changed) == (3, False)
    document.undo()
    assert (document.settings.descent.steps, document.is_changed) == (7, True)
    document.save()
    assert "steps = 7" in path.read_text(encoding="utf-8")


def test_who_keeps_the_edits_overwrites_the_file_that_was_seen_and_no_later_one(document, path):
    document.edit({"descent.steps": 7})
    path.write_text(DELIVERED.replace("steps = 6", "steps = 3"), encoding="utf-8")
    document.keep_edits()
    path.write_text(DELIVERED.replace("steps = 6", "steps = 4"), encoding="utf-8")
    with pytest.raises(OperationFailed):
        document.save()
    document.keep_edits()
    document.save()
    assert "steps = 7" in path.read_text(encoding="utf-8")


def test_a_file_that_has_gone_is_not_made_again_unasked(document, path):
    document.edit({"descent.steps": 7})
    path.unlink()
    with pytest.raises(OperationFailed):
        document.save()
    assert not path.exists()


def test_a_read_only_file_stays_as_it_is(document, path):
    document.edit({"descent.steps": 7})
    path.chmod(0o444)
    with pytest.raises(OperationFailed, match="must be writable; it is read-only"):
        document.save()
    assert path.read_text(encoding="utf-8") == DELIVERED


def test_a_broken_file_leaves_the_document_as_it_was(document, path):
    path.write_text("[descent\n", encoding="utf-8")
    with pytest.raises(InvalidArgument, match="must be valid TOML"):
        document.take_file()
    assert document.text == DELIVERED


def test_a_killed_save_leaves_no_file_behind(document, path):
    leftover = path.parent / ".lecture-00000000.unfinished.toml"
    leftover.write_text("half", encoding="utf-8")
    document.edit({"descent.steps": 7})
    document.save()
    assert [one.name for one in path.parent.iterdir()] == ["lecture.toml"]


def test_a_folder_in_place_of_the_file_counts_as_a_change_on_the_disk(document, path):
    path.unlink()
    path.mkdir()
    assert document.is_changed_on_disk
    with pytest.raises(OperationFailed, match="changed"):
        document.save()
