"""Digests of the source that a picture depends on, found by reading it, not by running it.

Imports are followed from file to file within the project, also those inside functions. Imports for
the type checker are not followed. `from package import name` follows the module that provides
`name`, so that a package which re-exports everything does not make everything depend on everything.

A digest covers the syntax tree of each module without comments and docstrings, and without the
functions, constants and imports that no digested module uses. So mending a docstring or adding a
public function redraws nothing.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeGuard

ROOT = Path(__file__).parents[2]
# These modules only pass names on; a key covers what they chose by value.
FACADES = frozenset(
    {"descent", "scenes", "scenes.registry", "scenes.standalone", "understanding_gradients"}
)
# No pixel of a film depends on these: on how files are kept, and on how a notebook shows numbers.
PICTURE_INDEPENDENT = (
    "descent._files",
    "descent.display",
    "descent.page",
    "descent.plots",
    "descent.tables",
    "understanding_gradients.cache",
)
# What `from package import *` and `import module` may use of a module.
EVERYTHING = "*"


class Import(NamedTuple):
    """An import: ``from target import name``, or ``import target`` if `name` is EVERYTHING."""

    target: str
    name: str


class Statement(NamedTuple):
    """A statement at the top level of a module, by a SHA-256 of its syntax tree.

    `defines` are the names that it only defines, without any other effect; `uses`, those that it
    refers to.
    """

    digest: bytes
    defines: frozenset[str]
    uses: frozenset[str]


class Module(NamedTuple):
    """A source file, read.

    Attributes:
        imports: Its imports, also those inside functions.
        reexports: Its imports for the type checker, by which a package names its lazy exports.
        statements: Its top-level statements, in order.
    """

    imports: tuple[Import, ...]
    reexports: tuple[Import, ...]
    statements: tuple[Statement, ...]


class Sources:
    """The project's source as it is now; each file is read once.

    Args:
        root: The folder of the project's packages.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root
        self._files: dict[str, Path | None] = {}
        self._imports: dict[str, list[Import]] = {}

    def files(self, module: str) -> dict[str, Path]:
        """Return the files of `module` and of every project module that it imports, by dotted name.

        Raises:
            ValueError: If the project has no such module.
        """
        if self._file_of(module) is None:
            raise ValueError(f"module must be one of the project in {self._root}; got {module!r}.")
        found: dict[str, Path] = {}
        waiting = list(with_parents(module))
        while waiting:
            name = waiting.pop()
            path = self._file_of(name)
            if path is None or name in found or name in FACADES:
                continue
            found[name] = path
            for one in self._imports_of(name, path):
                waiting.extend(with_parents(one.target))
        return found

    def digest(self, modules: Iterable[str]) -> str:
        """Return a SHA-256 of the source of `modules` and of everything they import.

        It is the same in every folder that the project lies in. Modules in PICTURE_INDEPENDENT are
        left out.
        """
        roots = list(modules)
        files = {name: path for root in roots for name, path in self.files(root).items()}
        files = {name: files[name] for name in sorted(files) if not is_picture_independent(name)}
        used: dict[str, set[str]] = {root: {EVERYTHING} for root in roots}
        for name, path in files.items():
            for target, imported in self._imports_of(name, path):
                used.setdefault(target, set()).add(imported)
        digest = hashlib.sha256()
        for name, path in files.items():
            digest.update(f"{name}\0".encode())
            for statement in reached(read_module(path), used.get(name, set())):
                digest.update(statement.digest)
        return digest.hexdigest()

    def _file_of(self, module: str) -> Path | None:
        """Return the file of `module`; None for a module from elsewhere."""
        if module not in self._files:
            path = self._root.joinpath(*module.split("."))
            candidates = (path.with_suffix(".py"), path / "__init__.py")
            self._files[module] = next((one for one in candidates if one.is_file()), None)
        return self._files[module]

    def _imports_of(self, module: str, path: Path) -> list[Import]:
        """Return what `module` imports, each name from the module that provides it."""
        if module not in self._imports:
            is_package = path.name == "__init__.py"
            self._imports[module] = [
                provided
                for target, name in read_module(path).imports
                for provided in self._providers(absolute(target, module, is_package), name)
            ]
        return self._imports[module]

    def _providers(self, package: str, name: str) -> Iterator[Import]:
        """Yield the imports that ``from package import name`` comes to."""
        if name != EVERYTHING and self._file_of(f"{package}.{name}") is not None:
            yield Import(f"{package}.{name}", EVERYTHING)
            return
        yield Import(package, name)
        path = self._file_of(package)
        if path is None or path.name != "__init__.py":
            return
        stub = path.with_suffix(".pyi")
        for target, exported in read_module(stub if stub.is_file() else path).reexports:
            if name in (EVERYTHING, exported) or exported == EVERYTHING:
                yield Import(absolute(target, package, is_package=True), exported)


def is_picture_independent(module: str) -> bool:
    """Return whether `module` lies in one of the rooms of PICTURE_INDEPENDENT."""
    return any(f"{module}.".startswith(f"{room}.") for room in PICTURE_INDEPENDENT)


def reached(module: Module, used: set[str]) -> list[Statement]:
    """Return the statements that matter where only the names `used` are imported from `module`."""
    if EVERYTHING in used:
        return list(module.statements)
    found = {one for one in module.statements if not one.defines}
    names = used.union(*(one.uses for one in found))
    while True:
        more = {one for one in module.statements if one not in found and one.defines & names}
        if not more:
            return [one for one in module.statements if one in found]
        found |= more
        names = names.union(*(one.uses for one in more))


def with_parents(module: str) -> Iterator[str]:
    """Yield `module` and its parent packages: importing it runs them too."""
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        yield ".".join(parts[:length])


def absolute(target: str, module: str, is_package: bool) -> str:
    """Return the dotted name of a possibly relative import in `module`."""
    level = len(target) - len(target.lstrip("."))
    if level == 0:
        return target
    parts = module.split(".")
    base = parts[: len(parts) - level + is_package]
    return ".".join([*base, *filter(None, [target[level:]])])


def read_module(path: Path) -> Module:
    """Return what the file at `path` imports and states."""
    return _read_module(path, path.stat().st_mtime_ns)


@cache
def _read_module(path: Path, modified: int) -> Module:
    tree = ast.parse(path.read_bytes(), filename=str(path))
    is_stub = path.suffix == ".pyi"
    typed = tuple(imports_in(tree, for_type_checker=True))
    imports = () if is_stub else tuple(imports_in(tree))
    return Module(imports, typed, tuple(map(statement_of, without_docstrings(tree).body)))


def imports_in(tree: ast.AST, for_type_checker: bool = False) -> Iterator[Import]:
    """Yield the imports anywhere in `tree`; those under TYPE_CHECKING only if asked for."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, EVERYTHING) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            target = "." * node.level + (node.module or "")
            yield from (Import(target, alias.name) for alias in node.names)
        elif is_type_checking(node) and not for_type_checker:
            waiting.extend(node.orelse)
        else:
            waiting.extend(statements_in(node))


def statements_in(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements, handlers and cases directly inside `node`."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        inside = getattr(node, name, None)
        # A conditional expression has a body too, which is no list.
        if isinstance(inside, list):
            yield from inside


def is_type_checking(node: ast.AST) -> TypeGuard[ast.If]:
    """Return whether `node` is ``if TYPE_CHECKING``."""
    if not isinstance(node, ast.If):
        return False
    test = node.test
    return (test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")) == (
        "TYPE_CHECKING"
    )


def without_docstrings(tree: ast.Module) -> ast.Module:
    """Return `tree` without texts that are statements, and without blocks for the type checker."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        for name in ("body", "orelse", "finalbody"):
            inside = getattr(node, name, None)
            if isinstance(inside, list):
                setattr(node, name, [one for one in inside if not is_text(one)])
        waiting.extend(statements_in(node))
    tree.body = [
        part for one in tree.body for part in (one.orelse if is_type_checking(one) else [one])
    ]
    return tree


def is_text(node: ast.AST) -> bool:
    """Return whether `node` is a statement that is only a text, such as a docstring."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def statement_of(node: ast.stmt) -> Statement:
    """Return what is known of a top-level statement."""
    parts: list[str] = []
    names: set[str] = set()
    write_node(node, parts, names)
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return Statement(digest, defined_by(node), frozenset(names))


def write_node(node: ast.AST, parts: list[str], names: set[str]) -> None:
    """Append the syntax tree of `node` to `parts`, and the names that it refers to, to `names`.

    It says what `ast.dump` says, in a third of the time.
    """
    parts.append(type(node).__name__)
    if isinstance(node, ast.Name):
        names.add(node.id)
    for field in node._fields:
        value = getattr(node, field, None)
        parts.append(field)
        for one in [*value, None] if isinstance(value, list) else [value]:
            if isinstance(one, ast.AST):
                write_node(one, parts, names)
            else:
                parts.append(repr(one))


def defined_by(node: ast.stmt) -> frozenset[str]:
    """Return the names that a statement defines if it does nothing else.

    A class or a decorator may register something, and a call may do anything; such statements are
    never left out.
    """
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        return frozenset(names) - {EVERYTHING, "annotations"}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list:
        return frozenset() if has_call(node.args) else frozenset({node.name})
    if isinstance(node, ast.Assign | ast.AnnAssign) and not has_call(node):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if all(isinstance(target, ast.Name) for target in targets):
            return frozenset(target.id for target in targets if isinstance(target, ast.Name))
    return frozenset()


def has_call(node: ast.AST) -> bool:
    """Return whether evaluating `node` calls something."""
    return any(isinstance(one, ast.Call | ast.NamedExpr) for one in ast.walk(node))
