"""The notebooks run from top to bottom, and their saved outputs are what they show."""

from __future__ import annotations

import ast

import nbformat
import pytest

from notebooks.execute import execute, merge_streams, notebooks
from tests.marks import slow_except

pytestmark = pytest.mark.render

MAX_BYTES = 1_000_000  # of a notebook with its outputs
NAMES = [
    "1-first-steps",
    "2-your-own-model",
    "3-the-map-of-learning-rates",
    "4-your-own-training-loop",
]


def saved(name):
    (path,) = (path for path in notebooks() if path.stem == name)
    return path, nbformat.read(path, as_version=4)


def outputs_of(notebook):
    """Return the text and the data of every output."""
    return [
        (output.get("text"), output.get("data", {}))
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    ]


def shown_by(notebook):
    """Return the text of every output, and the types of its pictures."""
    return [(text or data.get("text/plain"), sorted(data)) for text, data in outputs_of(notebook)]


def test_there_are_four():
    assert [path.stem for path in notebooks()] == NAMES


@pytest.mark.parametrize("name", slow_except(NAMES, "2-your-own-model"))
def test_a_notebook_shows_its_saved_outputs(name, tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERSTANDING_GRADIENTS_MEDIA", str(tmp_path / "media"))
    path, notebook = saved(name)
    assert shown_by(execute(path, tmp_path)) == shown_by(notebook)
    assert all(cell.get("execution_count") for cell in notebook.cells if cell.cell_type == "code")


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_small_and_names_nothing_of_the_machine(name):
    path, _ = saved(name)
    assert path.stat().st_size < MAX_BYTES
    text = path.read_text(encoding="utf-8")
    assert "/home" not in text and "/Users" not in text and "site-packages" not in text
    assert '"traceback"' not in text and '"stderr"' not in text


def test_two_notebooks_contain_a_film_and_one_writes_a_page():
    (_, first), (_, third), (_, last) = (saved(NAMES[k]) for k in (0, 2, 3))
    for notebook in (first, last):
        players = [data.get("text/html", "") for _, data in outputs_of(notebook)]
        assert sum('src="data:video/mp4;base64,' in player for player in players) == 1
    plain = [data.get("text/plain", "") for _, data in outputs_of(third)]
    assert any("learning-rates.html" in text for text in plain)


def test_printed_text_that_a_kernel_sends_in_parts_is_merged():
    parts = [nbformat.v4.new_output("stream", text=text) for text in ("one ", "two\n")]
    between = nbformat.v4.new_output("display_data", data={"text/plain": "a picture"})
    merged = merge_streams([*parts, between, nbformat.v4.new_output("stream", text="three")])
    assert [output.get("text") for output in merged] == ["one two\n", None, "three"]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_imports_only_what_a_reader_has(name):
    allowed = {"descent", "matplotlib", "numpy", "torch", "understanding_gradients"}
    for cell in saved(name)[1].cells:
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
