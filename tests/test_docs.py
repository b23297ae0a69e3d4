"""The documents cite tests, files and modules that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(path.name for path in (ROOT / "docs").glob("*.md"))
FOLDERS = "benchmarks|descent|docs|notebooks|scenes|tests|understanding_gradients"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_cited_test_and_file_exists(name):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    cited = set(re.findall(rf"`((?:{FOLDERS})/[^`\s]*?\.\w+(?:::\w+)?)`", text))
    missing = [one for one in sorted(cited) if not exists(*one.partition("::")[::2])]
    assert not missing, f"docs/{name} cites what does not exist: {missing}"


@pytest.mark.parametrize("name", ["cluster.md", "faults.md", "hostile-input.md"])
def test_every_fault_in_a_table_cites_a_test_by_its_full_name(name):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    (table,) = re.findall(r"\| Test \|\n\|[-|]+\|\n((?:\|.*\n)+)", text)
    for row in table.splitlines():
        fault, _, tests = (cell.strip() for cell in row.strip("|").rsplit("|", 2))
        is_heading = re.fullmatch(r"\*\*[\w. ]+\*\*", fault)
        assert is_heading or re.match(r"`tests/[\w/]+\.py::test_\w+`", tests), row


def exists(path: str, test: str) -> bool:
    """Whether there is a file, and in it a test function."""
    file = ROOT / path
    if not test:
        return file.exists()
    return file.is_file() and test in names_of_tests(file)


def names_of_tests(file: Path) -> set[str]:
    """Return the names of the test functions in a file, which is not imported."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}
