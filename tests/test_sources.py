import subprocess
import sys

import pytest

from understanding_gradients.cache.sources import CHOOSERS, ROOT, Sources


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
    write("marks/first.py", "from .deep import depth\none = 1\n")
    write("marks/second.py", "two = 2\n")
    write("marks/deep.py", "depth = 3\n")
    return tmp_path


def test_imports_are_followed_also_inside_functions_and_relative_ones(project):
    assert {"film", "film.scene", "film.shapes", "film.ink"} <= set(
        Sources(project).files("film.scene")
    )


def test_a_name_from_a_package_leads_only_to_the_module_that_gives_it(project):
    found = set(Sources(project).files("film.scene"))
    assert {"marks", "marks.first", "marks.deep"} <= found
    assert not {"marks.second", "film.unused", "os"} & found


def test_a_whole_package_may_use_all_that_it_exports(project):
    (project / "film" / "scene.py").write_text("import marks\n", encoding="utf-8")
    assert {"marks.first", "marks.second"} <= set(Sources(project).files("film.scene"))


@pytest.mark.parametrize("module", ["film/ink.py", "marks/deep.py", "film/scene.py"])
def test_a_change_anywhere_it_reaches_changes_the_digest(project, module):
    before = Sources(project).digest(["film.scene"])
    with (project / module).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert Sources(project).digest(["film.scene"]) != before


@pytest.mark.parametrize("module", ["film/unused.py", "marks/second.py"])
def test_a_change_elsewhere_does_not(project, module):
    before = Sources(project).digest(["film.scene"])
    (project / module).write_text("changed = True\n", encoding="utf-8")
    assert Sources(project).digest(["film.scene"]) == before


def test_an_unknown_module_is_refused(project):
    with pytest.raises(ValueError, match="must have the module asked for; got 'film.gone'"):
        Sources(project).files("film.gone")


LOADED = """
import sys
from importlib import import_module
from pathlib import Path
import_module(sys.argv[1])
for name, module in sys.modules.items():
    path = Path(getattr(module, "__file__", None) or "/")
    if path.is_relative_to(sys.argv[2]) and ".venv" not in path.parts:
        print(name)
"""


@pytest.mark.parametrize(
    "module", ["understanding_gradients.workers.worker", "tests.fixtures.small_scenes"]
)
def test_all_of_the_project_that_an_import_really_loads_is_found(module):
    done = subprocess.run(
        [sys.executable, "-c", LOADED, module, str(ROOT)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    loaded = set(done.stdout.split())
    assert module in loaded
    assert loaded - set(Sources().files(module)) <= CHOOSERS


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


def test_an_import_is_found_wherever_it_stands(project):
    (project / "film" / "ink.py").write_text(NESTED, encoding="utf-8")
    names = ["with", "try", "except", "else", "finally", "for", "for_else", "match", "elif"]
    for name in names:
        (project / f"in_{name}.py").touch()
    found = set(Sources(project).files("film.ink"))
    assert {f"in_{name}" for name in names} <= found
