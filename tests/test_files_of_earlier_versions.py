"""Files that commit 2e342ca wrote are read by every later version."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import descent
from understanding_gradients.decks.presentation import read_presentation
from understanding_gradients.export.provenance import provenance_of

FILES = Path(__file__).parent / "fixtures" / "files_of_2e342ca"
KINDS = {
    "adam": descent.Trajectory,
    "differences": descent.DifferenceTable,
    "diverged": descent.Trajectory,
    "graph": descent.BackwardGraph,
    "groups": descent.Trajectory,
    "landscape": descent.Landscape,
    "mini-batches": descent.Trajectory,
    "network": descent.NetworkGradient,
    "run": descent.Trajectory,
    "sweep": descent.Sweep,
}


def test_every_kept_file_is_tested():
    assert {path.stem for path in FILES.glob("*.safetensors")} == set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_a_saved_recording_loads(name):
    assert isinstance(KINDS[name].load(FILES / f"{name}.safetensors"), KINDS[name])


def test_a_saved_run_is_the_run_that_is_recorded_today():
    run = descent.Trajectory.load(FILES / "diverged.safetensors")
    again = descent.record(descent.LOSSES["parabola"], [2], learning_rate=1e200, steps=9)
    assert run.diverged and run.stopped_by == again.stopped_by
    np.testing.assert_array_equal(run.iterates, again.iterates)


@pytest.mark.parametrize(
    ("name", "slug", "beat"),
    [
        ("gradient-of-a-network-01-network_draft.webm", "gradient-of-a-network", "network"),
        (
            "gradient-of-a-network-01-network_transparent_draft.png",
            "gradient-of-a-network",
            "network",
        ),
        ("title-01-name_draft.mp4", "title", "name"),
        ("title-01-name.gif", "title", "name"),
    ],
)
def test_an_exported_file_says_which_beat_it_shows(name, slug, beat):
    found = provenance_of(name, (FILES / name).read_bytes())
    assert found is not None
    assert (found.slug, found.beat) == (slug, beat)


def test_a_presentation_tells_which_beat_each_of_its_files_shows():
    found = read_presentation(FILES / "title_draft.pptx")
    ours = [(one.provenance.slug, one.provenance.beat, one.kind) for one in found.ours]
    assert sorted(ours) == [
        ("title", "name", "mp4"),
        ("title", "name", "png"),
    ]
    assert not found.foreign
