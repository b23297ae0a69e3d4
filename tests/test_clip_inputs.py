"""Recordings: each in its own file, with what a clip draws from them."""

from __future__ import annotations

import numpy as np
import pytest

from descent import LOSSES, record, sample
from understanding_gradients.lecture.recordings import (
    RECORDINGS,
    Rows,
    Run,
    load_recordings,
    save_recordings,
)

ROWS = Rows("x", "y", [0.0, 1.0], [1.0, 3.0], picked=1)


def make_run(**changes):
    trajectory = record(LOSSES["bowl"], [2, 1], learning_rate=0.1, steps=2)
    parts = {
        "trajectory": trajectory,
        "full": record(LOSSES["bowl"], [2, 1], learning_rate=0.1, steps=20, until=0.5),
        "landscapes": (
            sample(LOSSES["bowl"], ((-3, 3), (-2, 2)), 5),
            sample(LOSSES["bowl"], ((-6, 6), (-4, 4)), 5),
        ),
        "views": [0, 0, 1],
        "sharpness": 6.0,
        "critical_learning_rate": 1 / 3,
        "target": 0.5,
        "minimiser": [0.0, 0.0],
        "minimum": 0.0,
        "is_global": True,
        "description": "a bowl",
        "learning_rate": 0.1,
    }
    return Run(**{**parts, **changes})


def test_each_recording_is_saved_to_its_own_file_and_loaded_back(tmp_path):
    inputs = {"rows": ROWS, "very_small": make_run()}
    paths = save_recordings(inputs, tmp_path / "new" / "folder")
    assert sorted(p.name for p in paths.values()) == ["rows.safetensors", "very_small.safetensors"]
    again = load_recordings(tmp_path / "new" / "folder", ["very_small", "rows"])
    assert list(again) == ["very_small", "rows"]
    assert {name: recording.to_bytes() for name, recording in again.items()} == {
        name: recording.to_bytes() for name, recording in inputs.items()
    }


def test_a_missing_recording_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="graph.safetensors must be an existing file"):
        load_recordings(tmp_path, ["graph"])


def test_an_unknown_recording_is_refused(tmp_path):
    with pytest.raises(ValueError, match=f"one of {', '.join(RECORDINGS)}; got 'grpah'"):
        load_recordings(tmp_path, ["grpah"])
    with pytest.raises(ValueError, match="got '../evil'"):
        save_recordings({"../evil": ROWS}, tmp_path)


def test_a_file_of_another_recording_is_refused(tmp_path):
    save_recordings({"rows": ROWS}, tmp_path)
    (tmp_path / "rows.safetensors").rename(tmp_path / "graph.safetensors")
    with pytest.raises(ValueError, match="must hold a whole BackwardGraph; it holds a Rows"):
        load_recordings(tmp_path, ["graph"])


def test_a_run_has_its_rate_and_its_views():
    run = make_run()
    assert run.learning_rate == 0.1
    assert run.view(1) is run.landscapes[0]
    assert run.view(2) is run.landscapes[1]


def test_an_infinite_critical_rate_is_loaded_back(tmp_path):
    run = make_run(critical_learning_rate=np.inf)
    again = Run.load(run.save(tmp_path / "run"))
    assert again.critical_learning_rate == np.inf


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"views": [0, 0]}, "views must have shape"),
        ({"views": [0, 0, 2]}, r"views must be indices of landscapes; got \[0, 0, 2\]"),
        ({"views": [0, 0, -1]}, "views must be indices of landscapes"),
    ],
)
def test_views_must_point_at_landscapes(changes, message):
    with pytest.raises(ValueError, match=message):
        make_run(**changes)


def test_rows_must_fit_together():
    with pytest.raises(ValueError, match="y must have shape"):
        Rows("x", "y", [1.0], [1.0, 2.0], picked=0)
    with pytest.raises(ValueError, match="picked must be from 0 to 0; got 1"):
        Rows("x", "y", [1.0], [1.0], picked=1)
