"""The error of an operation that could not be finished."""

from __future__ import annotations


class OperationFailed(RuntimeError):
    """An operation that failed for a reason outside this program; the text is one sentence.

    Commands report it with status 1. Any other unexpected exception is reported as an error in
    this program.
    """
