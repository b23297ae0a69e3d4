"""A top-level statement of a source file: its digest, what it defines, and what it refers to."""

from __future__ import annotations

import ast
import builtins
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

# What `from package import *` and `import module` may use of a module.
EVERYTHING = "*"
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


class Statement(NamedTuple):
    """A statement at the top level of a module, by a SHA-256 of its syntax tree.

    `defines` are the names that it only defines, without any other effect; `uses`, those that it
    refers to.
    """

    digest: bytes
    defines: frozenset[str]
    uses: frozenset[str]


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
