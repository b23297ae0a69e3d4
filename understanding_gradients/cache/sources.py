"""Digests of the source that a picture depends on, found by reading it, not by running it.

Imports are followed from file to file within the project, also those inside functions. Imports for
the type checker are not followed. `from package import name` follows the module that provides
`name`, so that a package which re-exports everything does not make everything depend on everything.

A digest covers the syntax tree of each module without comments and docstrings, and without the
functions, classes, constants and imports that no digested module uses. Of a module that is imported
as a whole, the attributes that are read are used. So mending a docstring or adding a public name
redraws nothing.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeGuard

from understanding_gradients.installation import ROOT

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
# What is used of a module that is only run.
NOTHING = ""
# Classes and decorators of the standard library that register nothing.
PLAIN = {
    "abc": ("ABC", "abstractmethod"),
    "contextlib": ("contextmanager",),
    "dataclasses": ("dataclass", "field"),
    "enum": ("Enum", "Flag", "IntEnum", "StrEnum", "unique"),
    "functools": ("cache", "cached_property", "lru_cache", "total_ordering"),
    "typing": ("Generic", "NamedTuple", "Protocol", "TypedDict", "final", "runtime_checkable"),
}
PLAIN_IMPORTS = frozenset((module, name) for module, names in PLAIN.items() for name in names)
PLAIN_BUILTINS = frozenset(name for name, value in vars(builtins).items() if type(value) is type)


class Import(NamedTuple):
    """An import: ``from target import name``, or ``import target`` if `name` is EVERYTHING.

    `alias` is the name that it binds; "" for ``import target`` without ``as``.
    """

    target: str
    name: str
    alias: str = ""


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
        attributes: The attributes of each name that is only used as ``name.attribute``.
    """

    imports: tuple[Import, ...]
    reexports: tuple[Import, ...]
    statements: tuple[Statement, ...]
    attributes: Mapping[str, frozenset[str]]


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
        used = self._used(files)
        for root in roots:
            used.setdefault(root, set()).add(EVERYTHING)
        digest = hashlib.sha256()
        for name, path in files.items():
            digest.update(f"{name}\0".encode())
            for statement in reached(read_module(path), used.get(name, set())):
                digest.update(statement.digest)
        return digest.hexdigest()

    def _used(self, files: Mapping[str, Path]) -> dict[str, set[str]]:
        """Return the names that the modules `files` use of each other."""
        used: dict[str, set[str]] = {}
        for name, path in files.items():
            for one in self._imports_of(name, path):
                used.setdefault(one.target, set()).add(one.name)
        # A module that is imported through another one may be used as a whole.
        waiting = list(files)
        while waiting:
            name = waiting.pop()
            for one in self._imports_of(name, files[name]) if name in used else ():
                is_passed_on = one.alias and used[name] & {one.alias, EVERYTHING}
                if is_passed_on and EVERYTHING not in used[one.target]:
                    used[one.target].add(EVERYTHING)
                    waiting += [one.target] if one.target in files else []
        return used

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
            is_package, read = path.name == "__init__.py", read_module(path)
            self._imports[module] = [
                provided
                for target, name, alias in read.imports
                for provided in self._resolved(
                    Import(absolute(target, module, is_package), name, alias),
                    read.attributes.get(alias),
                )
            ]
        return self._imports[module]

    def _resolved(self, one: Import, attributes: frozenset[str] | None) -> Iterator[Import]:
        """Yield what an import uses, each name from the module that provides it.

        Of a module, these are `attributes`, or EVERYTHING if that is None. Only an import that is
        limited to them keeps its alias.
        """
        module = one.target if one.name == EVERYTHING else f"{one.target}.{one.name}"
        if attributes is None or self._file_of(module) is None:
            yield from self._providers(one.target, one.name)
            return
        yield Import(module, NOTHING, one.alias)
        for attribute in attributes:
            yield from self._providers(module, attribute)

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
        for target, exported, _ in read_module(stub if stub.is_file() else path).reexports:
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
    plain = plain_names(typed)
    names: Counter[str] = Counter()
    attributes: dict[str, list[str]] = {}
    statements = tuple(
        statement_of(node, plain, names, attributes) for node in without_docstrings(tree).body
    )
    return Module(imports, typed, statements, only_read(names, attributes))


def plain_names(imports: Iterable[Import]) -> frozenset[str]:
    """Return the names in a module of classes and decorators that register nothing."""
    plain, others = set(PLAIN_BUILTINS), set[str]()
    for target, name, alias in imports:
        (plain if (target, name) in PLAIN_IMPORTS else others).add(alias)
    return frozenset(plain - others)


def only_read(
    names: Mapping[str, int], attributes: Mapping[str, list[str]]
) -> dict[str, frozenset[str]]:
    """Return the attributes of each name that occurs as often as an attribute of it does."""
    return {
        name: frozenset(read)
        for name, read in attributes.items()
        # By `__dict__` and the like, all may be read.
        if len(read) == names[name] and not any(one.startswith("__") for one in read)
    }


def imports_in(tree: ast.AST, for_type_checker: bool = False) -> Iterator[Import]:
    """Yield the imports anywhere in `tree`; those under TYPE_CHECKING only if asked for."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (Import(one.name, EVERYTHING, one.asname or "") for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            target = "." * node.level + (node.module or "")
            yield from (Import(target, one.name, one.asname or one.name) for one in node.names)
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


def statement_of(
    node: ast.stmt,
    plain: frozenset[str],
    names: Counter[str],
    attributes: dict[str, list[str]],
) -> Statement:
    """Return what is known of a top-level statement.

    Args:
        node: The statement.
        plain: The `plain_names` of its module.
        names: Receives each occurrence of a name.
        attributes: Receives each ``name.attribute``, by name.
    """
    parts: list[str] = []
    used: list[str] = []
    write_node(node, parts, used, attributes)
    names.update(used)
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return Statement(digest, defined_by(node, plain), frozenset(used))


def write_node(
    node: ast.AST, parts: list[str], names: list[str], attributes: dict[str, list[str]]
) -> None:
    """Append the syntax tree of `node` to `parts`, and what it refers to, to `names`.

    It says what `ast.dump` says, in a third of the time.
    """
    parts.append(type(node).__name__)
    if isinstance(node, ast.Name):
        names.append(node.id)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        attributes.setdefault(node.value.id, []).append(node.attr)
    for field in node._fields:
        value = getattr(node, field, None)
        parts.append(field)
        for one in [*value, None] if isinstance(value, list) else [value]:
            if isinstance(one, ast.AST):
                write_node(one, parts, names, attributes)
            else:
                parts.append(repr(one))


def defined_by(node: ast.stmt, plain: frozenset[str]) -> frozenset[str]:
    """Return the names that a statement defines if it does nothing else.

    A base class or a decorator may register something, unless it is one of `plain`, and a call may
    do anything; such statements are never left out.
    """
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        return frozenset(names) - {EVERYTHING, "annotations"}
    if not only_defines(node, plain):
        return frozenset()
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        # Python calls a module's `__getattr__`, which no module names.
        return frozenset() if node.name.startswith("__") else frozenset({node.name})
    return frozenset(target.id for target in targets_of(node) if isinstance(target, ast.Name))


def only_defines(node: ast.stmt, plain: frozenset[str]) -> bool:
    """Return whether a statement defines names and has no other effect."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return not has_call(node.args) and are_plain(node.decorator_list, plain)
    if isinstance(node, ast.ClassDef):
        return (
            not node.keywords
            and are_plain([*node.bases, *node.decorator_list], plain)
            and all(isinstance(one, ast.Pass) or only_defines(one, plain) for one in node.body)
        )
    targets = targets_of(node)
    are_names = bool(targets) and all(isinstance(one, ast.Name) for one in targets)
    return are_names and not has_call(node, plain & {"field"})


def targets_of(node: ast.stmt) -> list[ast.expr]:
    """Return what a statement assigns to."""
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign) else []


def are_plain(nodes: Iterable[ast.expr], plain: frozenset[str]) -> bool:
    """Return whether base classes or decorators are all in `plain`, such as ``dataclass(...)``."""
    for node in nodes:
        if isinstance(node, ast.Call) and not any(map(has_call, [*node.args, *node.keywords])):
            node = node.func
        elif isinstance(node, ast.Subscript) and not has_call(node):
            node = node.value
        if not (isinstance(node, ast.Name) and node.id in plain):
            return False
    return True


def has_call(node: ast.AST, harmless: Collection[str] = ()) -> bool:
    """Return whether evaluating `node` calls something, apart from functions that do no harm."""
    return any(
        isinstance(one, ast.NamedExpr)
        or (isinstance(one, ast.Call) and getattr(one.func, "id", "") not in harmless)
        for one in ast.walk(node)
    )
