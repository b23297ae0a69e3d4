"""Which source a module's behaviour depends on, found by reading it, not by running it.

Imports are followed wherever they stand, also inside functions, from file to file within the
project. What is only for the type checker is not followed. `from package import name` follows the
module that `name` comes from, as far as the package's own ``__init__.py`` says, so that a package
which re-exports everything does not make everything depend on everything.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
# These only choose what is drawn; what they chose enters a key by value.
CHOOSERS = frozenset({"scenes", "scenes.registry", "scenes.standalone"})


class Sources:
    """The project's source as it is found now; each file is looked up and read once.

    Args:
        root: The folder that the project's packages lie in.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root
        self._files: dict[str, Path | None] = {}
        self._imports: dict[str, list[str]] = {}
        self._digests: dict[str, bytes] = {}

    def files(self, module: str) -> dict[str, Path]:
        """Return the project's modules that `module` imports, itself included, with their files.

        Args:
            module: Dotted name of a module of the project.

        Raises:
            ValueError: If the project has no such module.
        """
        if self._file_of(module) is None:
            raise ValueError(
                f"The project in {self._root} must have the module asked for; got {module!r}."
            )
        found: dict[str, Path] = {}
        waiting = list(with_parents(module))
        while waiting:
            name = waiting.pop()
            path = self._file_of(name)
            if path is None or name in found or name in CHOOSERS:
                continue
            found[name] = path
            waiting.extend(self._imported_by(name, path))
        return found

    def digest(self, modules: Iterable[str]) -> str:
        """Return a digest of the source of `modules` and of everything they import.

        Args:
            modules: Dotted names.

        Returns:
            A hexadecimal SHA-256, the same wherever the project lies.
        """
        files = {name: path for one in modules for name, path in self.files(one).items()}
        digest = hashlib.sha256()
        for name in sorted(files):
            if name not in self._digests:
                self._digests[name] = hashlib.sha256(files[name].read_bytes()).digest()
            digest.update(f"{name}\0".encode())
            digest.update(self._digests[name])
        return digest.hexdigest()

    def _file_of(self, module: str) -> Path | None:
        """Return the file of `module`, or None if it is not the project's."""
        if module not in self._files:
            path = self._root.joinpath(*module.split("."))
            candidates = (path.with_suffix(".py"), path / "__init__.py")
            self._files[module] = next((one for one in candidates if one.is_file()), None)
        return self._files[module]

    def _imported_by(self, module: str, path: Path) -> list[str]:
        """Return the modules that the file of `module` imports, and the packages they lie in."""
        if module not in self._imports:
            self._imports[module] = list(self._read_imports(module, path))
        return self._imports[module]

    def _read_imports(self, module: str, path: Path) -> Iterator[str]:
        is_package = path.name == "__init__.py"
        for target, name in imports_in(path, path.stat().st_mtime_ns):
            base = absolute(target, module, is_package)
            yield from with_parents(base)
            yield from self._provider(base, name)

    def _provider(self, package: str, name: str | None) -> Iterator[str]:
        """Yield the module that gives `package` its `name`: a submodule, or one it re-exports from.

        Without a name, any of what it re-exports may be used. What a package exports lazily stands
        in its stub.
        """
        if name is not None and self._file_of(f"{package}.{name}") is not None:
            yield f"{package}.{name}"
            return
        path = self._file_of(package)
        if path is None or path.name != "__init__.py":
            return
        stub = path.with_suffix(".pyi")
        path = stub if stub.is_file() else path
        for target, exported in imports_in(path, path.stat().st_mtime_ns, for_types_too=True):
            if name in (None, "*", exported):
                yield absolute(target, package, is_package=True)


def with_parents(module: str) -> Iterator[str]:
    """Yield `module` and every package around it: importing it runs them too."""
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        yield ".".join(parts[:length])


def absolute(target: str, module: str, is_package: bool) -> str:
    """Return the dotted name that a possibly relative import in `module` means."""
    level = len(target) - len(target.lstrip("."))
    if level == 0:
        return target
    parts = module.split(".")
    base = parts[: len(parts) - level + is_package]
    return ".".join([*base, *filter(None, [target[level:]])])


@cache
def imports_in(
    path: Path, changed: int, for_types_too: bool = False
) -> tuple[tuple[str, str | None], ...]:
    """Return what the file at `path`, last `changed` then, imports: (module, name or None)."""
    tree = ast.parse(path.read_bytes(), filename=str(path))
    found: list[tuple[str, str | None]] = []
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found += [(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            target = "." * node.level + (node.module or "")
            found += [(target, alias.name) for alias in node.names]
        elif isinstance(node, ast.If) and is_for_types(node.test) and not for_types_too:
            waiting.extend(node.orelse)
        else:
            waiting.extend(statements_in(node))
    return tuple(found)


def statements_in(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements right inside `node`, and what else holds statements."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        inside = getattr(node, name, None)
        # An expression has a body too, but never an import in it.
        if isinstance(inside, list):
            yield from inside


def is_for_types(test: ast.expr) -> bool:
    """Return whether an if's `test` is TYPE_CHECKING."""
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"
