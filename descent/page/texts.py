"""The texts of a page that depend on the run and the row."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.text.methods import against_boundary
from descent.text.numbers import fixed, rate, superscript, whole
from descent.text.runs import diverged_at, ending, opening, step, steps_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory

COLUMNS = 2  # parameters, up to which each has a column


def run_texts(
    run: Trajectory,
    learning_rate: float,
    rows: NDArray[np.int64],
    critical: float | None,
) -> dict[str, Any]:
    """Return the texts of a run: those beside the sliders, and a sentence and numbers per row.

    Args:
        run: The recorded run.
        learning_rate: Its rate.
        rows: The steps on the page.
        critical: The boundary 2/λ, if there is one.

    Returns:
        "sentences" lists distinct sentences, "sentence" has the index of each row's sentence.
    """
    written = superscript(rate(learning_rate))
    against = against_boundary(learning_rate, critical)
    behavior = diverged_at(run).lower() if run.diverged else run.behavior
    sentences = [_for_html(sentence) for sentence in _sentences(run, rows, against)]
    index = {sentence: k for k, sentence in enumerate(dict.fromkeys(sentences))}
    return {
        "rate": written,
        "behavior": behavior,
        "against": against,
        "valueText": ", ".join(filter(None, (written, behavior, against))),
        "path": f"The path of the run with learning rate {written}.",
        "steps": whole(run.steps),
        "t": [whole(t) for t in rows.tolist()],
        "sentences": list(index),
        "sentence": [index[sentence] for sentence in sentences],
        "numbers": _numbers(run, learning_rate, rows),
    }


def _for_html(text: str) -> str:
    return superscript(text).replace(" %", "\N{NO-BREAK SPACE}%")


def _sentences(run: Trajectory, rows: NDArray[np.int64], against: str) -> Iterator[str]:
    """Yield the sentence of each row: an opening, then what each step did, then the ending."""
    *steps, _ = rows.tolist()
    for k, t in enumerate(steps):
        if t == 0:
            yield opening(run, against)
        elif t == steps[k - 1] + 1:
            yield step(run, t - 1)
        else:
            yield f"After {steps_of(t)} the loss is {fixed(float(run.losses[t]))}"
    yield ending(run)


def _numbers(
    run: Trajectory, learning_rate: float, rows: NDArray[np.int64]
) -> dict[str, list[list[str]]]:
    """Return the columns of each line of the table; the last step of a run has no change."""
    has_columns = len(run.names) <= COLUMNS
    iterates, gradients = run.iterates[rows], run.gradients[rows]
    if not has_columns:
        iterates = lengths(iterates - run.iterates[0])[:, None]
        gradients = lengths(gradients)[:, None]
    changes = (-learning_rate if has_columns else learning_rate) * gradients[rows < run.steps]
    return {
        "parameter": _written(iterates),
        "gradient": _written(gradients, has_columns),
        "change": _written(changes, has_columns),
        "loss": _written(run.losses[rows][:, None]),
    }


def _written(values: NDArray[np.float64], signed: bool = False) -> list[list[str]]:
    return [[superscript(fixed(value, signed)) for value in column] for column in values.T.tolist()]


def lengths(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the length of each row, shape (k, n) to (k,), without overflow."""
    return np.array([math.hypot(*row) for row in rows])
