"""The documents name what exists, and what they show works."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import descent
from understanding_gradients.cli import cli

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "understanding_gradients"
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))
)
# What a command writes, and what an example makes.
MADE = ("media/", "site/")
TASKS = "|".join(
    re.findall(r"^    ([\w|]+)\) setup;", (ROOT / "run").read_text(encoding="utf-8"), re.MULTILINE)
).split("|")
# Of a picture's pixels: more may differ by more only where it shows something else.
DIFFERENCE, DIFFERENT_SHARE = 32, 0.001
COPIED = ("descent", "scenes", "tests", "understanding_gradients")
FILES = ("lecture.toml", "pyproject.toml", "render.py")

documents = pytest.mark.parametrize("name", DOCUMENTS)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# Names


@documents
def test_every_cited_test_and_file_exists(name):
    cited = set(re.findall(r"`([a-z][\w.-]*/[\w./-]*(?:::\w+)?)`", text_of(name)))
    written = (*MADE, *(shown_files() if name == "docs/add-a-clip.md" else ()))
    ours = sorted(one for one in cited if not one.startswith(written))
    missing = [one for one in ours if not exists(*one.partition("::")[::2])]
    assert not missing, f"{name} cites what does not exist: {missing}"


def exists(path: str, test: str) -> bool:
    """Whether there is a file or folder, and in it a test function."""
    file = next((place / path for place in (ROOT, PACKAGE) if (place / path).exists()), None)
    return file is not None and (not test or test in names_of_tests(file))


def names_of_tests(file: Path) -> set[str]:
    """Return the names of the test functions in a file, which is not imported."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}


@documents
def test_every_link_inside_the_repository_leads_somewhere(name):
    links = re.findall(r"\]\(([^):#]+)(?:#[\w-]+)?\)", text_of(name))
    missing = [link for link in links if not ((ROOT / name).parent / link).exists()]
    assert not missing, f"{name} links to what does not exist: {missing}"


@documents
def test_every_link_inside_the_repository_leads_somewhere_on_the_site_too(name):
    source = text_of("docs/site/pages.py")
    (patterns,) = re.findall(r"^PATTERNS = (\(.*?^\))", source, re.DOTALL | re.MULTILINE)
    on_site = {path for one in ast.literal_eval(patterns) for path in ROOT.glob(one)}
    links = re.findall(r"\]\(([^):#]+)(?:#[\w-]+)?\)", text_of(name))
    missing = [link for link in links if ((ROOT / name).parent / link).resolve() not in on_site]
    assert not missing, f"{name} links to what the site lacks: {missing}"


def test_the_navigation_of_the_site_names_every_document_and_notebook():
    pages = set(re.findall(r": ([\w/-]+\.md)$", text_of("mkdocs.yml"), re.MULTILINE))
    notebooks = (path.with_suffix(".md") for path in ROOT.glob("notebooks/*.ipynb"))
    expected = {*DOCUMENTS, *(path.relative_to(ROOT).as_posix() for path in notebooks)}
    assert expected <= pages, f"the navigation lacks {expected - pages}"


@documents
def test_every_command_and_option_exists(name):
    unknown = [line for line in command_lines(text_of(name)) if not is_known(shlex.split(line))]
    assert not unknown, f"{name} shows commands that do not exist: {unknown}"


def command_lines(text: str) -> list[str]:
    """Return the commands of this project in blocks and in single code quotes."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += re.findall(r"`((?:\./run|render\.py|understanding-gradients) [^`]+)`", text)
    bare = (line.partition(" #")[0].strip() for line in lines)
    ours = r"(\.venv/bin/python )?(\./run|render\.py|understanding-gradients)( |$)"
    return [line for line in bare if re.match(ours, line) and "…" not in line]


def is_known(words: list[str]) -> bool:
    """Whether the task, the command and its options exist."""
    words = words[1:] if words[0].endswith("python") else words
    if words[0] == "./run":
        if words[1] in ("lecture", "studio", "render"):
            return is_known(["render.py", *words[1 + (words[1] == "render") :]])
        return words[1] in TASKS
    if words[1].startswith("-"):
        command: Any = cli
    else:
        command = cli.commands.get(words[1])
    known = (
        {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
        if command
        else set()
    )
    return command is not None and {word for word in words if re.match("--?[a-z]", word)} <= known


@documents
def test_every_module_and_public_name_exists(name):
    text = text_of(name)
    run = re.findall(
        r"python -m ((?:benchmarks|notebooks|tests|understanding_gradients)[\w.]*)", text
    )
    missing = [one for one in run if not exists(one.replace(".", "/") + ".py", "")]
    named = set(re.findall(r"(?<![.\w])descent\.(\w+)", text)) - {"py", "pyi"}
    missing += [
        one for one in sorted(named - set(descent.__all__)) if not exists(f"descent/{one}", "")
    ]
    assert not missing, f"{name} names what does not exist: {missing}"


@pytest.mark.parametrize("name", ["cluster.md", "faults.md", "hostile-input.md"])
def test_every_fault_in_a_table_cites_a_test_by_its_full_name(name):
    (table,) = re.findall(r"\| Test \|\n\|[-|]+\|\n((?:\|.*\n)+)", text_of(f"docs/{name}"))
    for row in table.splitlines():
        fault, _, tests = (cell.strip() for cell in row.strip("|").rsplit("|", 2))
        is_heading = re.fullmatch(r"\*\*[\w. ]+\*\*", fault)
        assert is_heading or re.match(r"`tests/[\w/]+\.py::test_\w+`", tests), row


def test_the_reference_has_every_public_name_of_descent_once():
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "docs/reference").glob("*.md")]
    named = re.findall(r"^::: descent\.(\w+)$", "\n".join(pages), re.MULTILINE)
    assert sorted(named) == sorted(descent.__all__)


# The page that adds a clip


def shown_files() -> dict[str, str]:
    """Return the files that the page shows, by their paths."""
    blocks = re.findall(r'```python title="(.*?)"\n(.*?)```', text_of("docs/add-a-clip.md"), re.S)
    return dict(blocks)


@pytest.mark.slow
def test_the_clip_of_the_page_can_be_added_as_it_says(tmp_path):
    ignored = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    files = shown_files()
    registry = tmp_path / "scenes/registry.py"
    row = files.pop("scenes/registry.py")
    head, tail = registry.read_text(encoding="utf-8").split("CLIPS = (\n")
    registry.write_text(f"{head}CLIPS = (\n{row}{tail}", encoding="utf-8")
    for path, source in files.items():
        (tmp_path / path).write_text(source, encoding="utf-8")
    python_in(tmp_path, "-m", "pytest", "-n", "0", "tests/test_gradient_length.py")
    python_in(tmp_path, "render.py", "gallery", "gradient-length.curve", "-o", "drawn")
    drawn, shown = (
        np.asarray(Image.open(folder / "gradient-length.curve.png").convert("RGB"), dtype=float)
        for folder in (tmp_path / "drawn", ROOT / "docs")
    )
    assert drawn.shape == shown.shape
    assert (np.abs(drawn - shown).max(axis=2) > DIFFERENCE).mean() < DIFFERENT_SHARE


def python_in(folder: Path, *words: str) -> None:
    """Run Python in a folder, with the source that is there."""
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
