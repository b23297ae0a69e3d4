"""A loss from somebody's own file, run only because they named it: FILE.py:NAME."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from descent.checks.errors import InvalidArgument, InvalidType, InvalidValue
from descent.checks.loss_file import MODULE_PREFIX
from descent.checks.numbers import check_start
from descent.checks.texts import check_names, described, suggestion

if TYPE_CHECKING:
    from descent.arrays import Loss


def load_loss(reference: str) -> Loss:
    """Run the Python file in ``"FILE.py:NAME"`` and return what it calls NAME.

    All of the file is run, as ``import`` would: name only files that you trust.

    Args:
        reference: Path of the file, a colon, and the name of a function in it.

    Returns:
        The function; `check_loss` tells whether it is a loss that can be descended. It may carry
        ``names``, one text per parameter, and a ``start``, shape (n,).

    Raises:
        InvalidValue: If the text has no colon and name, there is no such file or name, the file
            fails, or the function carries names that are not texts or a start that is not a point.
        InvalidType: If `reference` is not a text, or what it calls NAME is not a function.

    Example:
        >>> import descent, pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "my_losses.py")
        ...     _ = file.write_text("def valley(params): return (params**2).sum()")
        ...     loss = descent.load_loss(f"{file}:valley")
        >>> value, gradient = descent.check_loss(loss, [1.0, 2.0])
        >>> value, gradient.tolist()
        (5.0, [2.0, 4.0])
    """
    given: Any = reference
    if not isinstance(given, str):
        raise InvalidType("reference", "be a text, FILE.py:NAME", given)
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
        repair = suggestion(name, [one for one in vars(module) if one[0] != "_"])
        raise InvalidValue(path_text, f"define {name}; it does not", repair=repair)
    found: Any = getattr(module, name)
    if not callable(found):
        got = type(found).__name__
        raise InvalidType(f"{name} in {path}", "be a function", found, got=got)
    _check_hints(found, f"{name} in {path}")
    return cast("Loss", found)


def _check_hints(found: Any, what: str) -> None:
    """Check the names and the start that a function may carry."""
    names: Any = getattr(found, "names", None)
    start: Any = getattr(found, "start", None)
    try:
        if names is not None:
            check_names(names)
        if start is not None and not (type(start) in (list, tuple) and not start):
            check_start(start, names or None)
    except InvalidArgument as error:
        raise InvalidValue(
            f"{what}: its {error.key}",
            error.constraint,
            error.value,
            got=error.got,
            repair=error.repair,
        ) from error


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
