"""Clip inputs from files of saved runs, which run no code: neither a loss nor torch is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from descent.checks.errors import InvalidValue
from descent.pictures.bare import bare_picture
from descent.pictures.making import target_loss
from descent.pictures.on_planes import leading
from descent.pictures.run import Run
from descent.pictures.saved import PicturedRun
from descent.pictures.shown_steps import first_rate
from descent.runs.trajectory import Trajectory
from descent.serialization import kind_in
from descent.views.landscape import contains
from descent.views.windows import TOO_FAR
from understanding_gradients.lecture.from_runs import check_comparable, check_texts
from understanding_gradients.lecture.recordings import RATE_NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.views.landscape import Landscape

READ = ("PicturedRun", "Trajectory")
SAVE_AGAIN = "save it again with its loss."
SAME_START = 1e-6  # relative: two versions of PyTorch may round otherwise
ONE_PLANE = "save all three with plane=descent.path_plane([…])."


def saved_run(path: str) -> PicturedRun:
    """Return the run in a file with its picture, which has no map if the file has none.

    Raises:
        InvalidValue: If there is no such file, it holds no run, or the run cannot be drawn.
    """
    try:
        kind = kind_in(path)
        if kind not in READ:
            raise InvalidValue(path, "hold a saved run", got=f"a {kind}")
        if kind == "PicturedRun":
            saved = PicturedRun.load(path)
        else:
            run = Trajectory.load(path)
            saved = PicturedRun(run, bare_picture(run))
    except FileNotFoundError as error:
        raise InvalidValue(path, "be an existing file; there is none") from error
    check_texts(saved.run, saved.planes[0] if saved.planes else None)
    check_texts(saved.picture.trajectory, None)
    _check_axes(path, saved.picture)
    return saved


def _check_axes(path: str, picture: Run) -> None:
    """Refuse a picture that somebody put together from parts of several."""
    for run, views in (
        (picture.trajectory, picture.landscapes),
        (picture.full, picture.overview),
    ):
        axes = run.iterates.shape[1]
        if any(len(one.axes) != axes for one in views) or len(picture.minimiser) not in (0, axes):
            got = "one of another number of axes"
            raise InvalidValue(path, "hold the landscape of its run", got=got, repair=SAVE_AGAIN)


def compared_runs(paths: Sequence[str]) -> dict[str, Run]:
    """Return three saved runs that take their steps together, by the names of their rates.

    Raises:
        InvalidValue: If they cannot be compared: they have no map, are drawn on different planes,
            show different steps, or differ in more than their learning rate.
    """
    if len(set(paths)) < len(paths):
        raise InvalidValue("run", "be three different files", got="one of them twice")
    files = dict(zip(paths, map(saved_run, paths), strict=True))
    by_rate = sorted(files, key=lambda path: first_rate(files[path].run))
    named = {name: files[path] for name, path in zip(RATE_NAMES, by_rate, strict=True)}
    for path, one in files.items():
        if not one.picture.landscapes:
            repair = "save it with loss=..."
            raise InvalidValue(path, "hold a map to be compared with others", repair=repair)
    check_comparable({name: one.run for name, one in named.items()})
    _check_planes(by_rate, list(named.values()))
    pictures = {name: one.picture for name, one in named.items()}
    _check_steps(by_rate, list(pictures.values()))
    target = target_loss(pictures["just_right"].trajectory)
    shared = _shared(list(pictures.values()))
    return {
        name: replace(
            picture, landscapes=shared, views=_views(picture, shared), target=target, overview=()
        )
        for name, picture in pictures.items()
    }


def _check_planes(paths: Sequence[str], saved: Sequence[PicturedRun]) -> None:
    """Check that runs are drawn on one plane, and from one loss at their start."""
    first = saved[0]
    for path, one in zip(paths[1:], saved[1:], strict=True):
        same = [a.to_bytes() for a in one.planes] == [b.to_bytes() for b in first.planes]
        if not same or (one.picture.projection is not None and not one.planes):
            got = "another plane"
            raise InvalidValue(path, f"be drawn as {paths[0]} is", got=got, repair=ONE_PLANE)
        if not _begin_alike(one, first):
            raise InvalidValue(path, f"be of the loss of {paths[0]}", got="another at the start")


def _begin_alike(one: PicturedRun, other: PicturedRun) -> bool:
    """Return whether two runs begin at one value, one gradient and one sharpness of the loss."""
    pairs = (
        (one.run.losses[:1], other.run.losses[:1]),
        (one.run.gradients[0], other.run.gradients[0]),
        (np.array([one.picture.sharpness]), np.array([other.picture.sharpness])),
    )
    return all(
        np.allclose(a, b, rtol=SAME_START, atol=SAME_START * np.abs(b).max(), equal_nan=True)
        for a, b in pairs
    )


def _check_steps(paths: Sequence[str], pictures: Sequence[Run]) -> None:
    """Check that every run shows as many steps as the others, unless it ended before."""
    counts = [one.trajectory.steps for one in pictures]
    for path, one, count in zip(paths, pictures, counts, strict=True):
        is_ended = one.trajectory.diverged
        if count != max(counts) and not is_ended:
            constraint = f"show as many steps as the others, {max(counts)}"
            repair = f"save each with steps={min(counts)}."
            raise InvalidValue(path, constraint, got=str(count), repair=repair)


def _shared(pictures: Sequence[Run]) -> tuple[Landscape, ...]:
    """Return views of all runs, each inside the next; the first holds the runs that count."""
    found = [one for picture in pictures for one in picture.landscapes]
    found.sort(key=_width)
    paths = np.concatenate([run.iterates for run in leading([one.trajectory for one in pictures])])
    holding = [one for one in found if contains(one.window, paths).all()] or found[-1:]
    chain = holding[:1]
    for one in holding[1:]:
        is_around = contains(one.window, np.array(chain[-1].window).T).all()
        if is_around and _width(one) > _width(chain[-1]):
            chain.append(one)
    return tuple(chain)


def _views(picture: Run, shared: Sequence[Landscape]) -> NDArray[np.int64]:
    """Return which view each shown step needs, the widest for those too far out."""
    needed, view = [], 0
    for place in picture.trajectory.iterates:
        while view < len(shared) - 1 and np.abs(place).max() < TOO_FAR:
            if shared[view].contains(place):
                break
            view += 1
        needed.append(view)
    return np.array(needed, dtype=np.int64)


def _width(landscape: Landscape) -> float:
    low, high = landscape.window[0]
    return high - low
