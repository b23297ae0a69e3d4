"""Digests of source cover what a picture depends on, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.marks import slow_except
from understanding_gradients.cache.keys import SEGMENT_MODULES, WORKER
from understanding_gradients.cache.sources import (
    FACADES,
    ROOT,
    Sources,
    is_picture_independent,
    read_module,
    with_parents,
)


@pytest.fixture
def project(tmp_path):
    """A small project in which `film.scene` draws."""

    def write(name: str, text: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    write("film/__init__.py", "")
    write("film/scene.py", "import os\nfrom film.shapes import square\nfrom marks import one\n")
    write("film/shapes.py", "def square():\n    from . import ink\n    return ink.DARK\n")
    write("film/ink.py", "DARK = 1\n")
    write("film/unused.py", "LIGHT = 2\n")
    write(
        "marks/__init__.py",
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n"
        "    from marks.first import one\n"
        "    from marks.second import two\n",
    )
    write("marks/first.py", "from .deep import depth\none = 1 + depth\n")
    write("marks/second.py", "two = 2\n")
    write("marks/deep.py", "depth = 3\n")
    return tmp_path


def digest(project):
    return Sources(project).digest(["film.scene"])


def append(path, text):
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


# Which files


def test_imports_are_followed_inside_functions_and_relative_ones_too(project):
    assert {"film", "film.scene", "film.shapes", "film.ink"} <= set(
        Sources(project).files("film.scene")
    )


def test_a_name_from_a_package_leads_only_to_the_module_that_provides_it(project):
    found = set(Sources(project).files("film.scene"))
    assert {"marks", "marks.first", "marks.deep"} <= found
    assert not {"marks.second", "film.unused", "os"} & found


def test_a_stub_names_the_lazy_exports_of_its_package(project):
    (project / "marks" / "__init__.py").write_text("", encoding="utf-8")
    (project / "marks" / "__init__.pyi").write_text("from .first import one\n", encoding="utf-8")
    found = set(Sources(project).files("film.scene"))
    assert {"marks", "marks.first", "marks.deep"} <= found
    assert "marks.second" not in found


def test_a_whole_package_may_use_all_that_it_exports(project):
    (project / "film" / "scene.py").write_text("import marks\n", encoding="utf-8")
    assert {"marks.first", "marks.second"} <= set(Sources(project).files("film.scene"))


def test_an_unknown_module_is_refused(project):
    with pytest.raises(ValueError, match="module must be one of the project .*; got 'film.gone'"):
        Sources(project).files("film.gone")


def test_what_has_not_changed_is_not_read_again(project, monkeypatch):
    before = digest(project)
    monkeypatch.setattr(
        "understanding_gradients.cache.sources.read_module", lambda path: pytest.fail(str(path))
    )
    assert digest(project) == before


def test_a_file_that_is_changed_added_or_gone_is_seen_by_the_next_to_ask(project):
    first = digest(project)
    append(project / "film" / "ink.py", "BRIGHT = DARK = 3\n")
    changed = digest(project)
    # A module of the project takes the place of one from elsewhere.
    (project / "os.py").write_text("import film.unused\n", encoding="utf-8")
    assert "film.unused" in Sources(project).files("film.scene")
    added = digest(project)
    (project / "os.py").unlink()
    assert len({first, changed, added}) == 3
    assert digest(project) == changed


def test_a_file_of_another_size_has_changed_even_at_the_same_time(project):
    path = project / "film" / "ink.py"
    before, times = digest(project), path.stat()
    path.write_text("DARK = 100\n", encoding="utf-8")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert digest(project) != before


NESTED = """
def a():
    with open("x") as file:
        import in_with
    try:
        import in_try
    except OSError:
        import in_except
    else:
        import in_else
    finally:
        import in_finally
    for _ in ():
        import in_for
    else:
        import in_for_else
    match file:
        case 1:
            import in_match
    class B:
        async def c(self):
            while True:
                if self:
                    pass
                elif file:
                    import in_elif
    return lambda: 1 if file else 2
"""


def test_an_import_is_found_in_every_kind_of_block(project):
    (project / "film" / "ink.py").write_text(NESTED, encoding="utf-8")
    names = ["with", "try", "except", "else", "finally", "for", "for_else", "match", "elif"]
    for name in names:
        (project / f"in_{name}.py").touch()
    found = set(Sources(project).files("film.ink"))
    assert {f"in_{name}" for name in names} <= found


# What changes a digest


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("film/ink.py", "DARK = 1", "DARK = 2"),
        ("film/shapes.py", "return ink.DARK", "return -ink.DARK"),
        ("film/scene.py", "import os", "import os\nprint(os.name)"),
        ("marks/deep.py", "depth = 3", "depth = 4"),
        ("marks/first.py", "from .deep import depth", "from .other import depth"),
    ],
)
def test_a_change_of_what_is_used_changes_the_digest(project, file, before, after):
    (project / "marks" / "other.py").write_text("depth = 3\n", encoding="utf-8")
    old = digest(project)
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    assert digest(project) != old


@pytest.mark.parametrize(
    "text",
    [
        "# A comment.\n",
        "\n\n",
        "'A text that is a statement.'\n",
        "def unused(x=1):\n    return x\n",
        "UNUSED = 5\n",
        "if TYPE_CHECKING:\n    import film.unused\n",
        "class Unused:\n    pass\n",
        "class Unused(ValueError):\n    name: str = ''\n    def call(self):\n        print()\n",
        "from dataclasses import dataclass, field\n"
        "@dataclass(frozen=True)\nclass Unused:\n    names: list = field(default_factory=list)\n",
        "from enum import Enum\nclass Unused(Enum):\n    ONE = 1\n",
        "from functools import cache\n@cache\ndef unused():\n    return print()\n",
    ],
    ids=[
        *("comment", "blank", "text", "function", "constant", "typing"),
        *("class", "exception", "dataclass", "enum", "cached"),
    ],
)
@pytest.mark.parametrize("file", ["film/shapes.py", "marks/first.py"])
def test_what_no_picture_uses_does_not_change_the_digest(project, file, text):
    old = digest(project)
    append(project / file, text)
    assert digest(project) == old


@pytest.mark.parametrize(
    "text",
    [
        "print('loaded')\n",
        "class Registered(square):\n    pass\n",
        "class Registered(metaclass=square):\n    pass\n",
        "class Registered:\n    print('loaded')\n",
        "class Registered:\n    names = print()\n",
        "class Registered:\n    if square:\n        pass\n",
        "from other import dataclass\n@dataclass\nclass Registered:\n    pass\n",
        "from dataclasses import dataclass\n@dataclass(order=print())\nclass Called:\n    pass\n",
        "def __getattr__(name):\n    return name\n",
        "@print\ndef registered():\n    pass\n",
        "CALLED = print()\n",
        "def called(x=print()):\n    pass\n",
        "square.mark = 1\n",
    ],
    ids=[
        *("call", "base", "metaclass", "call in class", "value in class", "block in class"),
        *("foreign dataclass", "call of dataclass", "module's getattr"),
        *("decorator", "value", "default", "attribute"),
    ],
)
def test_a_statement_that_may_do_something_changes_the_digest(project, text):
    old = digest(project)
    append(project / "film" / "shapes.py", text)
    assert digest(project) != old


WHOLE_MODULES = [
    ("from film import ink", "ink.DARK"),
    ("from film import ink as colors", "colors.DARK"),
    ("import film.ink as ink", "ink.DARK"),
    ("import film as everything", "everything.ink.DARK"),
]


@pytest.mark.parametrize(("statement", "use"), WHOLE_MODULES)
def test_of_a_module_that_is_imported_as_a_whole_the_attributes_that_are_read_count(
    project, statement, use
):
    write_shapes(project, f"{statement}\ndef square():\n    return {use}\n")
    assert "film.ink" in Sources(project).files("film.scene")
    old = digest(project)
    (project / "film" / "ink.py").write_text("DARK = 2\n", encoding="utf-8")
    assert digest(project) != old


@pytest.mark.parametrize(("statement", "use"), WHOLE_MODULES[:3])
def test_what_nobody_reads_of_a_module_does_not_change_the_digest(project, statement, use):
    write_shapes(project, f"{statement}\ndef square():\n    return {use}\n")
    old = digest(project)
    append(project / "film" / "ink.py", "def unused():\n    return DARK\n")
    assert digest(project) == old


@pytest.mark.parametrize(
    "use", ["vars(ink)", "getattr(ink, 'DARK')", "ink.__dict__", "[ink, ink.DARK]", "1"]
)
def test_all_counts_of_a_module_that_is_used_in_another_way_than_by_attributes(project, use):
    write_shapes(project, f"from film import ink\ndef square():\n    return {use}\n")
    old = digest(project)
    append(project / "film" / "ink.py", "LIGHT = 2\n")
    assert digest(project) != old


@pytest.mark.parametrize(
    "scene", ["from film.shapes import ink", "from film import shapes\nprint(shapes.ink)"]
)
def test_all_counts_of_a_module_that_another_one_passes_on(project, scene):
    write_shapes(project, "from film import ink\ndef square():\n    return ink.DARK\n")
    (project / "film" / "scene.py").write_text(f"{scene}\n", encoding="utf-8")
    old = digest(project)
    append(project / "film" / "ink.py", "LIGHT = 2\n")
    assert digest(project) != old


def write_shapes(project, text):
    (project / "film" / "shapes.py").write_text(text, encoding="utf-8")


def test_a_function_that_a_used_function_calls_is_covered(project):
    (project / "film" / "shapes.py").write_text(
        "def square():\n    return side()\ndef side():\n    return 1\n", encoding="utf-8"
    )
    old = digest(project)
    (project / "film" / "shapes.py").write_text(
        "def square():\n    return side()\ndef side():\n    return 2\n", encoding="utf-8"
    )
    assert digest(project) != old


def test_a_mended_docstring_does_not_change_the_digest(project):
    path = project / "film" / "shapes.py"
    text = '"""{}."""\nclass A:\n    """{}."""\ndef square():\n    """{}."""\n    return 1\n'
    path.write_text(text.format("One", "Two", "Three"), encoding="utf-8")
    old = digest(project)
    path.write_text(text.format("1", "2", "3"), encoding="utf-8")
    assert digest(project) == old


@pytest.mark.parametrize("module", ["film/unused.py", "marks/second.py"])
def test_a_change_elsewhere_does_not_change_the_digest(project, module):
    old = digest(project)
    (project / module).write_text("changed = True\n", encoding="utf-8")
    assert digest(project) == old


def test_the_digest_does_not_depend_on_the_folder(project, tmp_path_factory):
    other = tmp_path_factory.mktemp("other") / "place"
    shutil.copytree(project, other)
    assert digest(other) == digest(project)


# The project itself

LOADED = """
import sys
from importlib import import_module
from pathlib import Path
for module in sys.argv[2:]:
    import_module(module)
for name, module in sys.modules.items():
    path = Path(getattr(module, "__file__", None) or "/")
    if path.is_relative_to(sys.argv[1]) and ".venv" not in path.parts:
        print(name)
"""


def loaded_by(*modules: str) -> set[str]:
    """Return the project's modules that importing `modules` really loads."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(ROOT), *modules],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(done.stdout.split())


@pytest.mark.render
@pytest.mark.parametrize("module", slow_except([WORKER, "tests.fixtures.small_scenes"], WORKER))
def test_every_module_that_an_import_loads_is_found(module):
    loaded = loaded_by(module)
    assert module in loaded
    assert loaded - set(Sources().files(module)) <= FACADES


@pytest.mark.render
def test_the_modules_of_a_segment_are_those_that_a_worker_imports_for_it():
    loaded = loaded_by(
        "understanding_gradients.render.segment", "understanding_gradients.encode.packets"
    )
    packages = {parent for name in loaded for parent in with_parents(name) if parent != name}
    drawing = {one for one in loaded - packages - FACADES if not is_picture_independent(one)}
    # A segment's own key is made by `cache.keys`, which imports what a job is; no pixel needs that.
    assert drawing - KEY_ONLY == set(SEGMENT_MODULES)


KEY_ONLY = {
    "descent.checks.errors",
    "understanding_gradients.installation",
    "understanding_gradients.spec.job",
}


def test_what_a_command_asks_for_again_is_not_read_again(project, monkeypatch):
    read = []

    def counted(path):
        read.append(path)
        return read_module(path)

    monkeypatch.setattr("understanding_gradients.cache.sources.read_module", counted)
    found = Sources(project)
    first = found.digest(["film.scene"]), found.files("film.scene")
    count = len(read)
    assert (found.digest(["film.scene"]), found.files("film.scene")) == first
    assert len(read) == count > 0
