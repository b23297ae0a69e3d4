"""What a clip of a learning rate is called is true of the run that it shows."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from descent import record
from scenes.registry import clip
from scenes.wording.boundary import what_the_curve_shows
from scenes.wording.titles import RATE_NAMES, describe_opening, names_of, title_of
from tests.conftest import TINY
from tests.lectures import DEFAULT, small_frames
from tests.marks import slow_except
from understanding_gradients.commands.tables import table
from understanding_gradients.export.clip_part import clip_parts
from understanding_gradients.lecture.from_runs import comparison_inputs
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.render.renderer import ClipRenderer
from understanding_gradients.render.task import play_scene
from understanding_gradients.spec.job import Job

LOSS_FILE = """
import torch
from torch.nn import functional

x = torch.tensor([-2.0, -1.0, 1.0, 2.0], dtype=torch.float64)
targets = torch.tensor([0.0, 0.0, 1.0, 1.0], dtype=torch.float64)

def separable(p):
    return functional.binary_cross_entropy_with_logits(p[0] * x + p[1], targets)
separable.start = (-1.0, 0.5)

def log_cosh(p):
    return (p.abs() + functional.softplus(-2 * p.abs())).sum()
log_cosh.start = (3.0, 1.0)

def unbounded(p):
    return -(p**2).sum()
unbounded.start = (1.0, 0.5)
"""
SLUGS = {name: f"{name.replace('_', '-')}-learning-rate" for name in RATE_NAMES}
OWN = {name: clip(slug).title for name, slug in SLUGS.items()}
# On separable points the large rate ends lowest, so that no other one is just right.
NAMES = {
    "separable": ["very small", "middle", "large"],
    "log_cosh": ["very small", "just right", "large"],
    "unbounded": ["small", "middle", "large"],
}
TITLES = {
    "separable": {"very_large": "A loss that falls"},
    "log_cosh": {"very_large": "A gradient that turns round"},
    "unbounded": {
        "very_small": "A slow descent",
        "just_right": "A loss that falls ever faster",
        "very_large": "A loss that falls ever faster",
    },
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Return what records the runs of a loss of LOSS_FILE, and the table of rates."""
    path = tmp_path_factory.mktemp("losses") / "losses.py"
    path.write_text(LOSS_FILE)

    @cache
    def recordings(name, **changes):
        settings = Settings().replace(loss=f"{path}:{name}", **changes)
        return record_lecture(settings, [*RATE_NAMES, "rates"])

    return recordings


def titles(runs):
    return {name: title_of(clip(SLUGS[name]), name, runs[name]) for name in RATE_NAMES}


def names(runs):
    return list(names_of({name: runs[name] for name in RATE_NAMES}).values())


def test_the_clips_of_the_lecture_are_called_by_their_rates():
    runs = record_lecture(DEFAULT, RATE_NAMES)
    assert titles(runs) == OWN
    assert names(runs) == ["very small", "just right", "very large"]
    assert describe_opening(OWN["just_right"], "just_right", runs["just_right"]) == (
        "Small, but just right: watch how few steps it takes"
    )


@pytest.mark.parametrize("loss", slow_except(TITLES, "separable"))
def test_no_clip_is_called_by_a_rate_that_its_run_does_not_show(recorded, loss):
    runs = recorded(loss)
    assert titles(runs) == OWN | TITLES[loss]
    assert names(runs) == NAMES[loss]


def test_where_no_rate_is_too_large_no_boundary_is_claimed_and_the_curve_goes_beyond_it(recorded):
    found = recorded("separable")["rates"]
    assert found.learning_rates[-1] > 2 * found.critical_learning_rate
    assert what_the_curve_shows(found) == (
        "None of them ends higher, also beyond $2 \\/ lambda = 5.96$ at the start"
    )


@pytest.mark.parametrize(
    ("rates", "called"),
    [
        ({"very_small": 0.3}, "A loss that falls"),
        ({"just_right": 0.7}, "A loss that rises"),
        ({"just_right": 0.001}, "A slow descent"),
        ({"very_large": 0.45}, "A loss that falls"),
    ],
)
def test_a_rate_that_a_lecturer_chose_is_called_what_it_is_too(rates, called):
    (name,) = rates
    run = record_lecture(DEFAULT.replace(**rates), [name])[name]
    assert title_of(clip(SLUGS[name]), name, run) == called


def test_three_runs_of_which_none_is_very_large_are_not_called_so():
    def bowl(p):
        return p[0] ** 2 + 3 * p[1] ** 2

    runs = [record(bowl, [2, 1], learning_rate=rate, steps=6) for rate in (0.1, 0.25, 0.3)]
    inputs = comparison_inputs(dict(zip(RATE_NAMES, runs, strict=True)), bowl)
    assert names(inputs) == ["small", "just right", "large"]


@pytest.mark.render
def test_what_is_exported_has_the_title_that_was_drawn(recorded, tmp_path):
    job = Job(clip(SLUGS["very_large"]), TINY)
    with small_frames():
        timeline = play_scene(job, recorded("separable", steps=2), ClipRenderer(lambda _: False))
    assert timeline is not None and timeline.title == "A loss that falls"
    assert timeline.beats[0].caption.startswith("A loss that falls: watch how far down")
    timeline.save(tmp_path)
    entries = {job.clip.slug: tmp_path}
    (part,) = clip_parts([job.clip], entries)
    assert part.title == "A loss that falls"
    assert part.title in table([job.clip], entries)


def test_a_title_of_ones_own_stays(recorded):
    run = recorded("separable")["very_large"]
    mine = replace(clip(SLUGS["very_large"]), title="My title")
    assert title_of(mine, "very_large", run) == "My title"
