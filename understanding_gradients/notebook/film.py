"""``film(run, loss)``: draw a recorded run from a notebook and show the film there."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.numbers import check_whole
from descent.checks.texts import suggestion
from descent.palette import palette_of
from scenes import registry
from scenes.registry import Clip
from scenes.typesetting.fonts import check_characters
from scenes.wording.titles import run_told
from understanding_gradients.cache.store import Store
from understanding_gradients.commands.subjects import (
    CLIP_OF_BEHAVIOR,
    ONE_RUN,
    THREE_RUNS,
    store_inputs,
)
from understanding_gradients.export.targets import writable_folder
from understanding_gradients.installation import cache_folder
from understanding_gradients.lecture.texts import check_text
from understanding_gradients.notebook.player import Film
from understanding_gradients.spec.errors import OperationFailed
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.quality import QUALITIES, Quality
from understanding_gradients.spec.timeline import CLIP_FILE, Timeline

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from descent import Trajectory
    from descent.arrays import Loss
    from descent.views.plane import Plane
    from understanding_gradients.lecture.recordings import Run

MAX_TITLE = 48  # characters
MAX_SIDE, MAX_FRAME_RATE = 7680, 240


def film(
    run: Trajectory | Sequence[Trajectory] | Mapping[str, Trajectory],
    loss: Loss,
    clip: str | None = None,
    *,
    steps: int | None = None,
    plane: Plane | None = None,
    sharpness: bool | ArrayLike | None = None,
    title: str | None = None,
    quality: str | Quality = "draft",
    theme: str = "dark",
    folder: str | os.PathLike[str] | None = None,
) -> Film:
    """Draw a recorded run, and return the film, which a notebook shows and keeps inside itself.

    The recorded rows are drawn: no step is taken again. The loss is evaluated for the contours
    around them and for its sharpness at the start. A draft of six steps takes about ten seconds to
    draw, once, and about 0.5 MB of the notebook; the same film is found at once the next time.

    Args:
        run: A run of any number of parameters; or three runs of one loss from one start, which
            take their steps together: in any order, or by the names very_small, just_right and
            very_large. Of more than two parameters, the path is drawn on a plane, whose share of
            the path's movement is said. Of a run that kept some of its rows, curves and numbers
            are drawn.
        loss: The function that the run was recorded from: maps params, shape (n,), to a scalar.
        clip: The learning-rate clip that is drawn; by default the one that suits `run.behavior`,
            under a title that claims no more than the numbers do.
        steps: How many steps are shown one by one; the other steps of the run pass in one motion.
            All of up to 12 by default, else 6.
        plane: On which more than two parameters are drawn; by default that of the paths.
        sharpness: Of a single run, what `descent.sharpness_along` returned, shape (steps+1,), or
            True to measure it at up to 151 iterates: the film ends with loss and sharpness over the
            steps, with 2 / η, about which it hovers at the edge of stability (Cohen et al. 2021).
        title: The title at the top; the clip's own by default.
        quality: "draft" (854 by 480, 15 frames per second), "hd" or "4k" (both 60).
        theme: "dark" or "light".
        folder: Where finished work is kept; by default where the command line keeps it.

    Returns:
        The finished `Film`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If the run cannot be drawn, was recorded from another loss, or another argument
            is out of range.
        RuntimeError: If drawing fails.

    Example:
        >>> from descent import LOSSES, record
        >>> bowl = LOSSES["bowl"]
        >>> run = record(bowl, bowl.start, learning_rate=0.1, steps=3)
        >>> film(run, bowl, clip="very-smal")
        Traceback (most recent call last):
        ...
        descent.InvalidValue: clip must be one of ...; got 'very-smal': did you mean \
very-small-learning-rate?
    """
    size = check_quality(quality)
    palette_of(theme)  # refuses an unknown theme
    if title is not None:
        check_text("title", title, MAX_TITLE)
        check_characters([("title", title)])
    if folder is not None and not isinstance(folder, str | os.PathLike):
        raise InvalidType("folder", "be a path", folder)
    media = writable_folder(cache_folder() if folder is None else Path(folder))
    chosen, inputs = choose_clip(run, loss, clip, steps, plane, sharpness)
    if title is not None:
        chosen = replace(chosen, title=title)
    store = Store(media / "store", lambda sentence: print(sentence, file=sys.stderr))
    job = Job(clip=chosen, quality=size, theme=theme, inputs=store_inputs(inputs, store))
    return render_film(job, store)


def check_quality(quality: Any) -> Quality:
    """Return the quality of this name, or this quality itself if it can be rendered."""
    if isinstance(quality, Quality):
        check_size(quality)
        return quality
    if not isinstance(quality, str) or quality not in QUALITIES:
        repair = suggestion(quality, QUALITIES)
        raise InvalidValue("quality", f"be one of {', '.join(QUALITIES)}", quality, repair=repair)
    return QUALITIES[quality]


def check_size(quality: Quality) -> None:
    """Refuse frames that cannot be drawn or encoded, before memory is taken for one."""
    check_whole(quality.frame_rate, "frame_rate", 1, MAX_FRAME_RATE)
    for side in ("width", "height"):
        size = check_whole(getattr(quality, side), side, 16, MAX_SIDE)
        if size % 2:
            raise InvalidValue(side, "be even", size)


def choose_clip(
    run: Any,
    loss: Loss,
    slug: str | None,
    steps: int | None,
    plane: Plane | None = None,
    sharpness: bool | ArrayLike | None = None,
) -> tuple[Clip, dict[str, Run]]:
    """Return the clip to draw, by default the one that suits the run, and its inputs."""
    known = (*ONE_RUN, THREE_RUNS)
    if slug is not None and slug not in known:
        repair = suggestion(slug, known)
        raise InvalidValue("clip", f"be one of {', '.join(known)}", slug, repair=repair)
    from descent.rates.requested_sharpness import is_requested
    from descent.runs.trajectory import Trajectory
    from understanding_gradients.lecture.from_runs import comparison_inputs, single_run_inputs

    if isinstance(run, Trajectory) and slug == THREE_RUNS:
        raise InvalidValue(
            "clip",
            f"show one run, as {', '.join(ONE_RUN)} do",
            slug,
            got=f"{slug!r}, which is for three",
        )
    if isinstance(run, Trajectory) or slug in ONE_RUN:
        inputs = single_run_inputs(run, loss, steps, plane, sharpness)
        chosen = registry.clip(slug or CLIP_OF_BEHAVIOR[run_told(inputs).behavior])
        return chosen, {chosen.inputs[0]: inputs}
    if is_requested(sharpness):
        raise InvalidValue("sharpness", "go with a single run", got="three of them")
    return registry.clip(THREE_RUNS), comparison_inputs(run, loss, steps, plane)


def render_film(job: Job, store: Store) -> Film:
    """Return the film of `job`, rendered with a progress bar unless the store has it."""
    from understanding_gradients.commands.progress_bar import ProgressBar
    from understanding_gradients.workers.pool import Pool, cores

    with Pool(store, cores()) as pool, ProgressBar(1) as bar:
        result = pool.render([job], progress=bar)
    for failure in result.failures:
        raise OperationFailed(f"{failure.slug} could not be drawn: {failure.reason}")
    entry = result.entries[job.clip.slug]
    path = entry / CLIP_FILE
    timeline = Timeline.load(entry)
    return Film(timeline.title, path, path.read_bytes(), timeline, job.quality)
