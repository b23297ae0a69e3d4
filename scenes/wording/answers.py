"""Sentences about what a network answers for the points that it learns from."""

from __future__ import annotations

from typing import Any

from descent.text.numbers import whole
from descent.text.runs import steps_of
from scenes.claims import Prompt, claim

QUESTION = Prompt("Each place on the plane is a network: what does it answer?")
ALL_STEPS = Prompt("All steps again, and the answers on the way")
LEGEND_CUE = "Green: it answers 1. Discs are the points of class 1, rings those of class 0."
RUN_CUE = "The point moves on the left, the border between the answers on the right."


@claim(lambda run: run.regions is not None)
def at_start(run: Any) -> str:
    """Say how many points the network gets right before the first step."""
    right, count = int(run.regions.right[0]), len(run.regions.labels)
    return f"At the start the network gets {whole(right)} of {whole(count)} points right"


@claim(lambda run: run.regions is not None and run.regions.steps[-1] == run.full.steps)
def at_end(run: Any) -> str:
    """Say how many it gets right after the last."""
    first, last = (int(run.regions.right[k]) for k in (0, -1))
    count, after = len(run.regions.labels), steps_of(run.full.steps)
    every = f"all {whole(count)}" if last == count else f"{whole(last)} of {whole(count)}"
    return f"After {after} it gets {every} points right; at the start {whole(first)}"
