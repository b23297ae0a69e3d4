"""From a notebook to a film: one call draws a recorded run and shows it where it was asked for."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from descent.checks.numbers import check_whole
from scenes.registry import CLIPS, Clip
from understanding_gradients.cache.keys import digest
from understanding_gradients.cache.recordings import keep
from understanding_gradients.cache.store import Store, sha256
from understanding_gradients.cache.tempdirs import scratch
from understanding_gradients.export.targets import media_folder, writable_folder
from understanding_gradients.lecture.values import check_text, nearest
from understanding_gradients.notebook.player import Film
from understanding_gradients.spec.job import CLIP_FILE, Job, Timeline
from understanding_gradients.spec.quality import QUALITIES, Quality

if TYPE_CHECKING:
    from descent import Trajectory
    from descent.arrays import Loss
    from understanding_gradients.lecture.recordings import Run

THREE = "three-learning-rates"
ONE = ("very-small-learning-rate", "just-right-learning-rate", "very-large-learning-rate")
LONGEST_TITLE = 48
RENDERER = ("manim", "av", "rich")
LONGEST_SIDE, MOST_FRAMES = 7680, 240
FAR_BELOW = 0.1  # of the critical rate
# The clip of each behaviour, the title where its own would claim too much, and what to watch.
FATES = {
    "slow": (ONE[0], "A slow descent", "watch how far each step goes"),
    "converging": (ONE[1], "A loss that falls", "watch how far down each step leads"),
    "oscillating": (ONE[2], "A gradient that turns round", "watch where it points"),
    "diverging": (ONE[2], "A loss that rises", "watch where each step lands"),
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
        clip: The learning-rate clip that is drawn; by default the one that `run.behavior` calls
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
        ValueError: clip must be one of very-small-learning-rate, just-right-learning-rate, \
very-large-learning-rate, three-learning-rates; got 'very-smal': did you mean \
very-small-learning-rate?
    """
    check_renderer()
    size = quality_called(quality)
    check_theme(theme)
    if title is not None:
        check_text("title", title, LONGEST_TITLE)
    if folder is not None and not isinstance(folder, str | os.PathLike):
        raise TypeError(f"folder must be a path; got {folder!r}.")
    media = writable_folder(media_folder() if folder is None else Path(folder))
    row, material, watch = planned(run, loss, clip, steps)
    if title is not None:
        row = replace(row, title=title)
    store = Store(media / "store", lambda sentence: print(sentence, file=sys.stderr))
    job = Job(
        clip=row,
        quality=size,
        theme=theme,
        material=kept(material, store),
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
        raise ValueError(
            f"quality must be one of {', '.join(QUALITIES)}; got {quality!r}"
            f"{nearest(quality, QUALITIES)}"
        )
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
            raise ValueError(f"{what} must be even; got {size}.")


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
        raise ValueError(
            f"clip must be one of {', '.join(known)}; got {slug!r}{nearest(slug, known)}"
        )
    from descent.runs.trajectory import Trajectory
    from understanding_gradients.lecture.from_runs import comparison_inputs, single_run_inputs

    if isinstance(run, Trajectory) and slug == THREE:
        raise ValueError(
            f"clip must show one run, as {', '.join(ONE)} do; got {THREE!r}, which is for three."
        )
    if isinstance(run, Trajectory) or slug in ONE:
        given = single_run_inputs(run, loss, steps)
        row, watch = clip_of(given) if slug is None else (row_of(slug), "")
        return row, {row.needs[0]: given}, watch
    return row_of(THREE), comparison_inputs(run, loss, steps), ""


def row_of(slug: str) -> Clip:
    """Return the clip's row of the registry."""
    return next(row for row in CLIPS if row.slug == slug)


def clip_of(run: Run) -> tuple[Clip, str]:
    """Return the clip that suits `run`, called what its numbers say, and what to watch in it.

    That a rate is very small, just right or very large is said of plain gradient descent, in view
    of the critical rate and of the steps that are shown.
    """
    shown, behaviour = run.trajectory, run.continued.behavior
    share = run.learning_rate / run.critical_learning_rate
    if shown.behavior == "slow" and 0 < share < FAR_BELOW and behaviour != "diverging":
        behaviour = "slow"
    is_called = {
        "slow": 0 < share < FAR_BELOW,
        "converging": 0 < share < 1 and shown.steps == run.continued.steps,
        "oscillating": False,
        "diverging": share > 1,
    }[behaviour]
    slug, careful, watch = FATES[behaviour]
    row = row_of(slug)
    is_plain = run.continued.is_plain_gradient_descent
    return row if is_called and is_plain else replace(row, title=careful), watch


def kept(material: Mapping[str, Run], store: Store) -> dict[str, Path]:
    """Put each piece into the store, under a digest of its own bytes, and return its entries."""
    from understanding_gradients.lecture.recordings import save_recordings

    with scratch() as folder:
        return {
            piece: keep(path, digest({"piece": piece, "content": sha256(path)}), store)
            for piece, path in save_recordings(material, folder).items()
        }


def drawn(job: Job, store: Store) -> Film:
    """Have `job` drawn, unless it was, showing progress on a terminal.

    Raises:
        RuntimeError: If it fails.
    """
    from understanding_gradients.commands.progress_bar import Bar
    from understanding_gradients.workers.pool import Pool, cores

    with Pool(store, cores()) as pool, Bar(1) as bar:
        made = pool.make([job], "clip", bar)
    for failure in made.failures:
        raise RuntimeError(f"{failure.slug} could not be drawn: {failure.reason}")
    entry = made.entries[job.clip.slug]
    path = entry / CLIP_FILE
    return Film(job.clip.title, path, path.read_bytes(), Timeline.load(entry), job.quality)
