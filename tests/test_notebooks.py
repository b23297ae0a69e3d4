"""The notebooks run from top to bottom, and show what is kept in them."""

from __future__ import annotations

import ast

import nbformat
import pytest

from notebooks.execute import _joined, executed, notebooks

LARGEST = 1_000_000  # bytes of a notebook with all that it shows


@pytest.fixture(autouse=True)
def _own_media(monkeypatch, tmp_path):
    monkeypatch.setenv("UNDERSTANDING_GRADIENTS_MEDIA", str(tmp_path / "media"))


def shown(notebook):
    """Return, of every cell, what is said in words, and what kinds of pictures there are."""
    return [
        (
            output.get("text") or output.get("data", {}).get("text/plain"),
            sorted(output.get("data", {})),
        )
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    ]


def test_there_are_three():
    assert [path.stem for path in notebooks()] == [
        "1-first-steps",
        "2-your-own-model",
        "3-the-map-of-learning-rates",
    ]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_notebook_shows_what_it_says_when_it_is_run(path, tmp_path):
    kept = nbformat.read(path, as_version=4)
    again = executed(path, tmp_path)
    assert shown(again) == shown(kept)
    assert all(cell.get("execution_count") for cell in kept.cells if cell.cell_type == "code")


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_notebook_is_small_and_says_nothing_of_the_machine_it_ran_on(path):
    assert path.stat().st_size < LARGEST
    text = path.read_text(encoding="utf-8")
    assert "/home" not in text and "/Users" not in text and "site-packages" not in text
    assert '"traceback"' not in text and '"stderr"' not in text


def test_the_first_notebook_has_a_film_in_it_and_the_last_writes_a_page(tmp_path):
    first, _, last = (nbformat.read(path, as_version=4) for path in notebooks())
    players = [data.get("text/html", "") for _, data in outputs(first)]
    assert sum('src="data:video/mp4;base64,' in player for player in players) == 1
    assert any("learning-rates.html" in data.get("text/plain", "") for _, data in outputs(last))


def outputs(notebook):
    return [
        (output.get("text"), output.get("data", {}))
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    ]


def test_what_a_kernel_sends_in_parts_is_put_together():
    said = ["one ", "two\n"]
    parts = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in said]
    shown_between = nbformat.v4.new_output("display_data", data={"text/plain": "a picture"})
    joined = _joined([*parts, shown_between, nbformat.v4.new_output("stream", text="three")])
    assert [output.get("text") for output in joined] == ["one two\n", None, "three"]


def test_a_notebook_imports_only_what_a_reader_has():
    allowed = {"descent", "matplotlib", "numpy", "torch", "understanding_gradients"}
    for path in notebooks():
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                assert imported_by(cell.source) <= allowed


def imported_by(source):
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.split(".")[0])
    return names
