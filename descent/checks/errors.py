"""The errors of a wrong request, which say how to repair it, and of a computation that failed."""

from __future__ import annotations

from typing import Any, Self

_UNSET = object()
PLAIN = (str, int, float, type(None))


class InvalidArgument(Exception):
    """An argument, an option or a setting that cannot be used.

    Its text is one sentence: "{key} must {constraint}; got {got}: {repair}". Raised as
    `InvalidValue`, which is a ValueError, or `InvalidType`, which is a TypeError.

    Args:
        key: The name of the argument, as the user typed it: ``steps``, ``data.rows``, ``--start``.
        constraint: What it must do or be, such as "be positive".
        value: What was received.
        got: How the sentence names what was received; ``repr(value)`` if not given.
        repair: How to mend it, with its full stop or question mark; "" if the constraint says it.

    Example:
        >>> import descent
        >>> error = descent.InvalidValue("learning_rate", "be positive", -0.1, repair="drop the -.")
        >>> print(error)
        learning_rate must be positive; got -0.1: drop the -.
        >>> print(error.renamed("--learning-rate"))
        --learning-rate must be positive; got -0.1: drop the -.
    """

    def __init__(
        self, key: str, constraint: str, value: Any = _UNSET, *, got: str = "", repair: str = ""
    ) -> None:
        self.key, self.constraint, self.repair = key, constraint, repair
        self.value = None if value is _UNSET else value
        self.got = got or ("" if value is _UNSET else _in_a_line(value))
        received = f"; got {self.got}" if self.got else ""
        super().__init__(f"{key} must {constraint}{received}{f': {repair}' if repair else '.'}")

    def renamed(self, key: str) -> Self:
        """Return the same error about `key`, as the option that set an argument is called."""
        return _rebuilt(type(self), key, self.constraint, self.value, self.got, self.repair)

    def __reduce__(self) -> Any:
        # By default, an exception that crosses processes is rebuilt from its text alone.
        # A value of any other type may not be able to cross.
        value = self.value if isinstance(self.value, PLAIN) else None
        return _rebuilt, (type(self), self.key, self.constraint, value, self.got, self.repair)


class InvalidValue(InvalidArgument, ValueError):
    """An argument of the right type whose value cannot be used.

    Example:
        >>> import descent
        >>> try:
        ...     descent.check_steps(0)
        ... except descent.InvalidValue as error:
        ...     error.key, error.value
        ('steps', 0)
    """


class OutsideDomain(InvalidValue):
    """A point at which the loss fails, or has no finite value or derivative.

    Where a loss is evaluated at many points, such points become nan. A TypeError, NameError,
    AttributeError or ImportError is a mistake in the loss's code, hence a plain `InvalidValue`.

    Example:
        >>> import descent
        >>> try:
        ...     descent.check_loss(lambda params: params.log().sum(), [-1])
        ... except descent.OutsideDomain as error:
        ...     print(error)
        loss must be finite at the start [-1]; got nan: choose another start.
    """


class InvalidType(InvalidArgument, TypeError):
    """An argument of a type that cannot be used.

    Example:
        >>> import descent
        >>> try:
        ...     descent.check_steps("six")
        ... except descent.InvalidType as error:
        ...     print(error)
        steps must be a whole number; got 'six'.
    """


class RecordingFailed(RuntimeError):
    """A recording or computation that failed though the request was right.

    The reason lies outside the program: an iteration did not converge, a cluster was lost, or its
    machines have different versions. Its text is one sentence.

    Example:
        >>> import descent
        >>> try:
        ...     raise descent.RecordingFailed("the sweep's cluster is gone: sweep again.")
        ... except RuntimeError as error:
        ...     print(error)
        the sweep's cluster is gone: sweep again.
    """


def is_mistake(error: Exception) -> bool:
    """Return whether a loss raised `error` by a mistake in its code, not outside its domain."""
    return isinstance(error, AttributeError | ImportError | NameError | TypeError)


# Tracebacks name the public errors as users import them.
for _public in (InvalidArgument, InvalidValue, InvalidType, OutsideDomain, RecordingFailed):
    _public.__module__ = "descent"


def _in_a_line(value: Any) -> str:
    from descent.checks.texts import in_a_line  # which knows these errors

    return in_a_line(repr(value))


def _rebuilt(cls: type[Any], key: str, constraint: str, value: Any, got: str, repair: str) -> Any:
    # An error without a value stays without one.
    return cls(key, constraint, value if got else _UNSET, got=got, repair=repair)
