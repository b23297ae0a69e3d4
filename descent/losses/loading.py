"""A loss from somebody's own file, run only because they named it: FILE.py:NAME."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from descent.checks.numbers import check_start
from descent.checks.texts import check_names
from descent.losses.files import errors_of, function_in

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
            fails, or the function carries names that do not differ or a start that is not a point.
        InvalidType: If `reference` is not a text, what it calls NAME is not a function, or its
            names are no list of texts.

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
    found, what = function_in(reference)
    _check_hints(found, what)
    return cast("Loss", found)


def _check_hints(found: Any, what: str) -> None:
    """Check the names and the start that a function may carry."""
    names: Any = getattr(found, "names", None)
    start: Any = getattr(found, "start", None)
    with errors_of(what):
        if names is not None:
            check_names(names)
        if start is not None and not (type(start) in (list, tuple) and not start):
            check_start(start, names or None)
