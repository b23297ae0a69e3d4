"""The installed Manim has every undocumented part that the scenes and the renderer use."""

from __future__ import annotations

import ast
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import manim
import pytest
from manim import CairoRenderer, Square, Typst, VMobject, tempconfig

from scenes import manim_private
from tests.faults.inputs import ROOT

USERS = ("scenes", "understanding_gradients", "tests", "benchmarks")
EXEMPT = (Path(manim_private.__file__), Path(__file__))


@pytest.mark.parametrize("owner", manim_private.METHODS)
def test_manim_has_every_method_that_is_overridden_or_called(owner):
    found = pkgutil.resolve_name(owner)
    assert [name for name in manim_private.METHODS[owner] if not hasattr(found, name)] == []


def test_mobjects_keep_their_style_in_their_dict():
    square = Square()
    assert set(manim_private.STYLE_ATTRIBUTES) <= set(vars(square))
    assert manim_private.read_style(vars(square))[0] is square.points


def test_a_renderer_resets_skip_animations_from_the_attribute_that_is_set():
    with tempconfig({"dry_run": True}):
        renderer = CairoRenderer()
    before = dict(vars(renderer))
    manim_private.set_skip_animations(renderer, True)
    assert set(vars(renderer)) == set(before)
    assert vars(renderer) != before


def test_typst_has_every_attribute_that_is_set_on_its_mobjects_and_glyphs(tmp_path):
    with tempconfig({"tex_dir": str(tmp_path)}):
        typst = Typst("#underline[x]")
    prepared, glyph = Typst.__new__(Typst), VMobject()
    plain = set(vars(glyph))
    manim_private.prepare_typst(prepared, "x", 24)
    manim_private.keep_stroke_width(glyph, 1.0, 2.0)
    assert set(vars(prepared)) <= set(vars(typst))
    added = set(vars(glyph)) - plain
    assert len(added) == 2
    assert any(added <= set(vars(one)) for one in typst)


def test_typst_compiles_the_source_that_is_read_here(tmp_path):
    with tempconfig({"tex_dir": str(tmp_path)}):
        Typst("$x$")
    (source,) = tmp_path.glob("*.typ")
    assert source.read_text(encoding="utf-8") == manim_private.typst_source("$x$")


@cache
def names_of_manim() -> frozenset[str]:
    """Return the private attributes and methods that occur in Manim's own source."""
    sources = Path(manim.__file__).parent.rglob("*.py")
    trees = (ast.parse(path.read_bytes()) for path in sources)
    names = {name for tree in trees for node in ast.walk(tree) for name in names_in(node)}
    return frozenset(name for name in names if name.startswith("_") and not name.endswith("__"))


def names_in(node: ast.AST) -> Iterator[str]:
    """Yield the attribute or the methods that a node of a syntax tree names."""
    if isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.ClassDef):
        yield from (one.name for one in node.body if isinstance(one, ast.FunctionDef))


def private_uses(source: str) -> list[str]:
    """Return what a source uses of Manim beyond ``from manim import Name``.

    A private attribute or method counts also where the source only defines it: a subclass would
    override Manim's.
    """
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("manim."):
            found += [one.name for one in node.names if node.module != "manim" or is_private(one)]
        elif isinstance(node, ast.Import):
            found += [one.name for one in node.names if one.name.startswith("manim.")]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [node.value] if is_name_of_manim(node.value) else []
        else:
            found += names_of_manim().intersection(names_in(node))
    return found


def is_private(alias: ast.alias) -> bool:
    return alias.name.startswith("_")


def is_name_of_manim(text: str) -> bool:
    return text.startswith("manim._") or text in names_of_manim()


def users_of_manim() -> Iterator[Path]:
    """Yield the project's files that import Manim or a scene, whose mobjects are Manim's."""
    for path in (path for folder in USERS for path in (ROOT / folder).rglob("*.py")):
        imports = [
            name
            for node in ast.walk(ast.parse(path.read_bytes()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (getattr(node, "module", None), *(one.name for one in node.names))
        ]
        if any(f"{name}.".startswith(("manim.", "scenes.")) for name in imports):
            yield path


def test_no_other_file_uses_a_private_part_of_manim():
    files = [path for path in users_of_manim() if path not in EXEMPT]
    assert ROOT / "scenes" / "typesetting" / "outlines.py" in files
    found = {str(path.relative_to(ROOT)): private_uses(path.read_text("utf-8")) for path in files}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "source",
    [
        "from manim.camera.camera import Camera",
        "from manim import _config",
        "import manim._config.utils",
        "label._font_size",
        "self._font_size = 3",
        "getattr(label, '_font_size')",
        "files('manim._config')",
        "class Label:\n    def _rebuild_label_aliases(self): pass",
    ],
)
def test_every_way_to_a_private_part_is_found(source):
    assert len(private_uses(source)) == 1


def test_public_parts_are_not_counted():
    assert private_uses("from manim import Dot\nimport manim\nself.dot = Dot().scale(2)") == []
