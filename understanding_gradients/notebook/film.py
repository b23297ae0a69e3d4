"""From a notebook to a film: one call draws a recorded run and shows it where it was asked for."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.numbers import check_whole
from descent.text.runs import FAR_BELOW, WHAT_IT_DOES, WHAT_TO_WATCH
from scenes.registry import CLIPS, Clip
from understanding_gradients.cache.recordings import cache_by_content
from understanding_gradients.cache.store import Store
from understanding_gradients.cache.tempdirs import temporary_folder
from understanding_gradients.export.targets import writable_folder
from understanding_gradients.installation import cache_folder
from understanding_gradients.lecture.messages import suggestion
from understanding_gradients.lecture.texts import check_text
from understanding_gradients.notebook.player import Film
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.quality import QUALITIES, Quality
from understanding_gradients.spec.timeline import CLIP_FILE, Timeline

if TYPE_CHECKING:
    from descent import Trajectory
    from descent.arrays import Loss
    from understanding_gradients.lecture.recordings import Run

THREE = "three-learning-rates"
ONE = ("very-small-learning-rate", "just-right-learning-rate", "very-large-learning-rate")
LONGEST_TITLE = 48
RENDERER = ("manim", "av", "rich")
LONGEST_SIDE, MOST_FRAMES = 7680, 240
# The clip of each behaviour.
CLIP_OF = {
    "slow": ONE[0],
    "converging": ONE[1],
    "oscillating": ONE[2],
    "diverging": ONE[2],
}


def film(
    run: Trajectory | Sequence[Trajectory] | Mapping[str, Trajectory],
    loss: Loss,
    clip: str | None = None,
    *,
    steps: int | None = None,
    title: str | None = None,
    quality: str | Quality = "draft",
    theme: str = "dark",
    folder: str | os.PathLike[str] | None = None,
) -> Film:
    """Draw a recorded run, and return the film, which a notebook shows and keeps inside itself.

    What is drawn are the recorded rows: no step is taken again. The loss is asked for contours
    around them and for its sharpness at the start. A draft of six steps takes some ten seconds to
    draw, once, and some 0.5 MB of the notebook; the same film is there at once the next time.

    Args:
        run: Of one or two parameters; or three runs of one loss from one start, which take their
            steps together: in any order, or by the names very_small, just_right and very_large.
        loss: The function that the run was recorded from: maps params, shape (n,), to a scalar.
        clip: The learning-rate clip that is drawn; by default the one that `run.behaviour` calls
            for, under a title that claims no more than the numbers do.
        steps: How many steps are shown one by one; the rest of a run goes by in one motion. All
            of up to 12 by default, else 6.
        title: What stands at the top, instead of the clip's own title.
        quality: "draft" (854 by 480, 15 frames a second), "hd" or "4k" (both 60).
        theme: "dark" or "light".
        folder: Where finished work is kept; by default where `render.py` keeps it.

    Returns:
        The finished `Film`.

    Raises:
        TypeError: If an argument is of the wrong kind.
        ValueError: If the run cannot be drawn, the loss is not its own, or another argument is
            out of range.
        RuntimeError: If drawing fails, or what draws is not installed.

    Example:
        >>> from descent import LOSSES, record
        >>> bowl = LOSSES["bowl"]
        >>> run = record(bowl, bowl.start, learning_rate=0.1, steps=3)
        >>> film(run, bowl, clip="very-smal")
        Traceback (most recent call last):
        ...
        descent.checks.errors.InvalidValue: clip must be one of ...; got 'very-smal': did you mean \
very-small-learning-rate?
    """
    check_renderer()
    size = quality_called(quality)
    check_theme(theme)
    if title is not None:
        check_text("title", title, LONGEST_TITLE)
    if folder is not None and not isinstance(folder, str | os.PathLike):
        raise InvalidType("folder", "be a path", folder)
    media = writable_folder(cache_folder() if folder is None else Path(folder))
    row, material, watch = planned(run, loss, clip, steps)
    if title is not None:
        row = replace(row, title=title)
    store = Store(media / "store", lambda sentence: print(sentence, file=sys.stderr))
    job = Job(
        clip=row,
        quality=size,
        theme=theme,
        inputs=kept(material, store),
        captions={"start": f"{row.title}: {watch}."} if watch else {},
    )
    return drawn(job, store)


def check_renderer() -> None:
    """Say so if what draws is not installed.

    Raises:
        RuntimeError: If it is not.
    """
    lacking = [name for name in RENDERER if importlib.util.find_spec(name) is None]
    if lacking:
        raise RuntimeError(
            f"film must have what draws; got no {lacking[0]}: call ./run setup, or "
            "pip install -e '.[render]' where Cairo and Pango are."
        )


def quality_called(quality: Any) -> Quality:
    """Return the quality of that name.

    Raises:
        ValueError: If there is none.
    """
    if isinstance(quality, Quality):
        check_size(quality)
        return quality
    if not isinstance(quality, str) or quality not in QUALITIES:
        hint = suggestion(quality, QUALITIES)
        raise InvalidValue("quality", f"be one of {', '.join(QUALITIES)}", quality, repair=hint)
    return QUALITIES[quality]


def check_size(quality: Quality) -> None:
    """Refuse frames that cannot be drawn or encoded, before memory is taken for one.

    Raises:
        TypeError: If a size or the rate is no whole number.
        ValueError: If one is out of range.
    """
    check_whole(quality.frame_rate, "frame_rate", 1, MOST_FRAMES)
    for what in ("width", "height"):
        size = check_whole(getattr(quality, what), what, 16, LONGEST_SIDE)
        if size % 2:
            raise InvalidValue(what, "be even", size)


def check_theme(theme: Any) -> None:
    """Refuse a theme that there is not."""
    from descent.palette import palette_of

    palette_of(theme)


def planned(
    run: Any, loss: Loss, slug: str | None, steps: int | None
) -> tuple[Clip, dict[str, Run], str]:
    """Return the clip to draw, what it is given, and what to watch in it, if that was chosen."""
    known = (*ONE, THREE)
    if slug is not None and slug not in known:
        hint = suggestion(slug, known)
        raise InvalidValue("clip", f"be one of {', '.join(known)}", slug, repair=hint)
    from descent.runs.trajectory import Trajectory
    from understanding_gradients.lecture.from_runs import comparison_inputs, single_run_inputs

    if isinstance(run, Trajectory) and slug == THREE:
        constraint = f"show one run, as {', '.join(ONE)} do"
        raise InvalidValue("clip", constraint, got=f"{THREE!r}, which is for three")
    if isinstance(run, Trajectory) or slug in ONE:
        given = single_run_inputs(run, loss, steps)
        row, watch = clip_of(given) if slug is None else (row_of(slug), "")
        return row, {row.inputs[0]: given}, watch
    return row_of(THREE), comparison_inputs(run, loss, steps), ""


def row_of(slug: str) -> Clip:
    """Return the clip's row of the registry."""
    return next(row for row in CLIPS if row.slug == slug)


def clip_of(run: Run) -> tuple[Clip, str]:
    """Return the clip that suits `run`, called what its numbers say, and what to watch in it.

    That a rate is very small, just right or very large is said of plain gradient descent, in view
    of the critical rate and of the steps that are shown.
    """
    from descent.runs.steps import is_plain

    shown, behaviour = run.trajectory, run.full.behaviour
    share = run.learning_rate / run.critical_learning_rate
    if shown.behaviour == "slow" and 0 < share < FAR_BELOW and behaviour != "diverging":
        behaviour = "slow"
    is_called = {
        "slow": 0 < share < FAR_BELOW,
        "converging": 0 < share < 1 and shown.steps == run.full.steps,
        "oscillating": False,
        "diverging": share > 1,
    }[behaviour]
    row, watch = row_of(CLIP_OF[behaviour]), WHAT_TO_WATCH[behaviour]
    if not (is_called and is_plain(run.full)):
        row = replace(row, title=WHAT_IT_DOES[behaviour])
    return row, watch


def kept(material: Mapping[str, Run], store: Store) -> dict[str, Path]:
    """Put each piece into the store, under a digest of its own bytes, and return its entries."""
    from understanding_gradients.lecture.recordings import save_recordings

    with temporary_folder() as folder:
        return cache_by_content(save_recordings(material, folder), store)


def drawn(job: Job, store: Store) -> Film:
    """Have `job` drawn, unless it was, showing progress on a terminal.

    Raises:
        RuntimeError: If it fails.
    """
    from understanding_gradients.commands.progress_bar import Bar
    from understanding_gradients.workers.pool import Pool, cores

    with Pool(store, cores()) as pool, Bar(1) as bar:
        made = pool.render([job], progress=bar)
    for failure in made.failures:
        raise RuntimeError(f"{failure.slug} could not be drawn: {failure.reason}")
    entry = made.entries[job.clip.slug]
    path = entry / CLIP_FILE
    return Film(job.clip.title, path, path.read_bytes(), Timeline.load(entry), job.quality)
