"""What somebody's own Python file defines, run only because they named it: FILE.py:NAME."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from descent.checks.errors import InvalidArgument, InvalidType, InvalidValue
from descent.checks.loss_file import MODULE_PREFIX
from descent.checks.texts import described, some_of, suggestion


def function_in(reference: Any) -> tuple[Any, str]:
    """Run the Python file in ``"FILE.py:NAME"``, and return the function NAME.

    Returns:
        The function, and what sentences call it: "NAME in FILE.py".

    Raises:
        InvalidValue: If the text has no colon and name, there is no such file or name, or the file
            fails.
        InvalidType: If `reference` is not a text, or what it calls NAME is not a function.
    """
    if not isinstance(reference, str):
        raise InvalidType("reference", "be a text, FILE.py:NAME", reference)
    path_text, _, name = reference.rpartition(":")
    if not path_text or not name:
        raise InvalidValue("reference", "be written FILE.py:NAME", reference)
    path = Path(path_text)
    if not path.is_file():
        raise InvalidValue(path_text, "be an existing Python file; there is none")
    # Python would also load compiled code, which nobody has read.
    if path.suffix != ".py":
        raise InvalidValue(path_text, "be a Python file, its name ending in .py")
    module = _run(path)
    if not hasattr(module, name):
        known = [one for one in vars(module) if one[0] != "_"]
        repair = suggestion(name, known) or _functions_of(module)
        raise InvalidValue(path_text, f"define {name}; it does not", repair=repair)
    found: Any = getattr(module, name)
    if not callable(found):
        got = type(found).__name__
        raise InvalidType(f"{name} in {path}", "be a function", found, got=got)
    return found, f"{name} in {path}"


@contextmanager
def errors_of(what: str) -> Generator[None]:
    """Let an error about a part of what a file defines name it: "NAME in FILE.py: its start"."""
    try:
        yield
    except InvalidArgument as error:
        raise error.renamed(f"{what}: its {error.key}") from error


def _functions_of(module: ModuleType) -> str:
    """Return "it has sine, cosine.", naming the functions that a file defines; "" if none."""
    named = vars(module).items()
    own = [name for name, one in named if getattr(one, "__module__", None) == module.__name__]
    public = [name for name in own if name[0] != "_"]
    return f"it has {some_of(public)}." if public else ""


def _run(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{MODULE_PREFIX}{path.resolve()}", path)
    if spec is None or spec.loader is None:
        raise InvalidValue(str(path), "be a Python file, its name ending in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[spec.name]
        got = described(error)
        raise InvalidValue(str(path), "run without an error", error, got=got) from error
    return module
