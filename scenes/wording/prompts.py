"""Questions and announcements about a run, and the subtitles of its steps: they claim nothing."""

from __future__ import annotations

from typing import Any

from descent.text.numbers import fixed
from descent.text.runs import steps_of
from scenes.claims import Prompt
from scenes.facts.selection import first_at_or_below

ALL_STEPS = Prompt("All steps again")
THE_REST_CUE = "The remaining steps, without a stop."
WHERE_NEXT = Prompt("Where will the first step lead, and is it lower there?")
WHERE_NEXT_CUE = "The arrow shows the gradient; the step goes the other way."
BATCH_CUE = "The arrow is the gradient of the mini-batch that the step sees."
WHOLE_RUN = Prompt("The run as a whole")
GUESS_CUE = "Take a guess."
NO_MAP_CUE = "run.save(path, loss=loss) saves the map as well."
LENGTH = "length of gradient"  # of an axis


def step_number(t: int) -> Prompt:
    """Return the name of a step."""
    return Prompt(f"Step {t + 1}")


def later_steps(first: int, last: int) -> Prompt:
    """Return the name of the steps that lead from iterate `first` to iterate `last`."""
    if last == first + 1:
        return step_number(first)
    return Prompt(f"Steps {first + 1} to {last}")


def step_cue(t: int) -> str:
    """Return the subtitle of a step that is not told."""
    return f"Step {t + 1}."


def place_cue(run: Any, t: int) -> str:
    """Return the subtitle after step `t` to `t` + 1: where it led; of many parameters, how far."""
    if run.projection is not None:
        return f"The step was {fixed(float(run.projection.step_lengths[t]))} long."
    return f"Now {place(run.trajectory, t + 1)}."


def place(trajectory: Any, t: int) -> str:
    """Return the parameters of step `t`, as plain text."""
    pairs = zip(trajectory.names, trajectory.iterates[t].tolist(), strict=True)
    return ", ".join(f"{name} = {fixed(value)}" for name, value in pairs)


def steps_needed(run: Any) -> int | None:
    """Return the last step of a run that comes as low as the one it is compared with."""
    return first_at_or_below(run.full.losses, run.target)


def how_far_down(run: Any) -> Prompt:
    """Return the question where a run leads; "down" is presumed only where it is so."""
    steps, losses = steps_of(run.trajectory.steps), run.trajectory.losses
    where = "How far down" if losses[-1] < losses[0] else "Where"
    return Prompt(f"{where} will {steps} lead?")


def run_on_cue(run: Any) -> str:
    """Return the subtitle while a run goes on."""
    if run.full.steps > run.trajectory.steps:
        return f"The same run, carried on from step {run.trajectory.steps}."
    return ""
