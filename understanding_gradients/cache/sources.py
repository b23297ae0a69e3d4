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

import hashlib
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path

from understanding_gradients.cache.known_modules import known_modules
from understanding_gradients.cache.reading import Import, Module, parse_module
from understanding_gradients.cache.statements import EVERYTHING, Statement
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
# What is used of a module that is only run.
NOTHING = ""
KEPT_ROOTS = 2

# The time of a file's last change and its size; None where there is no file.
Stamp = tuple[int, int] | None


class Sources:
    """The project's source as it is when it is first asked for; each file is read once.

    As long as no file has changed, another instance finds in the same process what has been read.

    Args:
        root: The folder of the project's packages.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root

    def files(self, module: str) -> dict[str, Path]:
        """Return the files of `module` and of every project module that it imports, by dotted name.

        Raises:
            ValueError: If the project has no such module.
        """
        return self._reading.files(module)

    def digest(self, modules: Iterable[str]) -> str:
        """Return a SHA-256 of the source of `modules` and of everything they import.

        It is the same in every folder that the project lies in. Modules in PICTURE_INDEPENDENT are
        left out.
        """
        return self._reading.digest(modules)

    @cached_property
    def _reading(self) -> Reading:
        return reading_of(self._root)


def reading_of(root: Path) -> Reading:
    """Return what was last read of a project if no file of it has changed, else a new reading."""
    kept = _readings.pop(root, None)
    found = kept if kept is not None and kept.is_current() else Reading(root)
    _readings[root] = found
    while len(_readings) > KEPT_ROOTS:
        del _readings[next(iter(_readings))]
    return found


_readings: dict[Path, Reading] = {}


class Reading:
    """What has been read of the project's source.

    Args:
        root: The folder of the project's packages.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._stamps: dict[Path, Stamp] = {}
        self._files: dict[str, Path | None] = {}
        self._imports: dict[str, list[Import]] = {}
        self._reached: dict[str, dict[str, Path]] = {}
        self._digests: dict[frozenset[str], str] = {}

    def is_current(self) -> bool:
        """Return whether every file that was looked for is there or missing as it was then."""
        return all(stamp_of(path) == stamp for path, stamp in self._stamps.items())

    def files(self, module: str) -> dict[str, Path]:
        """Return what `Sources.files` does."""
        if self._file_of(module) is None:
            raise ValueError(f"module must be one of the project in {self._root}; got {module!r}.")
        if module not in self._reached:
            self._reached[module] = self._followed(module)
        return dict(self._reached[module])

    def _followed(self, module: str) -> dict[str, Path]:
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
        """Return what `Sources.digest` does."""
        roots = frozenset(modules)
        if roots not in self._digests:
            self._digests[roots] = self._digest(roots)
        return self._digests[roots]

    def _digest(self, roots: Collection[str]) -> str:
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
        known_modules().save()
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
            self._files[module] = next((one for one in candidates if self._is_file(one)), None)
        return self._files[module]

    def _is_file(self, path: Path) -> bool:
        if path not in self._stamps:
            self._stamps[path] = stamp_of(path)
        return self._stamps[path] is not None

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
        for target, exported, _ in read_module(stub if self._is_file(stub) else path).reexports:
            if name in (EVERYTHING, exported) or exported == EVERYTHING:
                yield Import(absolute(target, package, is_package=True), exported)


def read_module(path: Path) -> Module:
    """Return what the file at `path` imports and states."""
    status = path.stat()
    return _read_module(path, status.st_mtime_ns, status.st_size)


@cache
def _read_module(path: Path, modified: int, size: int) -> Module:
    return known_modules().read(path) if path.is_relative_to(ROOT) else parse_module(path)


def stamp_of(path: Path) -> Stamp:
    """Return what changes with a file."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return (status.st_mtime_ns, status.st_size) if stat.S_ISREG(status.st_mode) else None


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
