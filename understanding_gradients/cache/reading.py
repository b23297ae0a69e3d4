"""A source file, read but not run: what it imports, and its top-level statements."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeGuard

from understanding_gradients.cache.statements import (
    EVERYTHING,
    PLAIN_BUILTINS,
    PLAIN_IMPORTS,
    Statement,
    statement_of,
)


class Import(NamedTuple):
    """An import: ``from target import name``, or ``import target`` if `name` is EVERYTHING.

    `alias` is the name that it binds; "" for ``import target`` without ``as``.
    """

    target: str
    name: str
    alias: str = ""


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


def parse_module(path: Path, content: bytes | None = None) -> Module:
    """Return what the file at `path` imports and states, whose content may be given."""
    tree = ast.parse(path.read_bytes() if content is None else content, filename=str(path))
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
