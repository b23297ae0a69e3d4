"""The lecture is one ordered list, and listing it loads nothing that draws."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scenes import CLIPS, SCENES, clip
from tests.faults.lecture_process import copy_of_the_project
from understanding_gradients.lecture.recordings import RECORDINGS

ROOT = Path(__file__).parent.parent


def test_the_scenes_are_the_clips_in_their_order():
    assert list(SCENES) == [one.slug for one in CLIPS]
    assert len(SCENES) == len(set(SCENES))


@pytest.mark.parametrize("row", CLIPS, ids=lambda row: row.slug)
def test_every_clip_has_its_scene_and_known_inputs(row):
    scene = SCENES[row.slug]
    assert scene.slug == row.slug
    assert scene.__module__ == row.scene.partition(":")[0]
    assert set(row.inputs) <= set(RECORDINGS)
    assert row.rate is None or row.rate in row.inputs


def test_an_unknown_clip_is_a_key_error():
    with pytest.raises(KeyError, match="nothing"):
        clip("nothing")


@pytest.mark.render
def test_the_list_of_clips_loads_neither_manim_nor_torch():
    code = "import sys, scenes; assert not {'manim', 'torch'} & set(sys.modules), 'loaded'"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.render
def test_no_scene_loads_torch():
    code = (
        "import sys, warnings; warnings.simplefilter('ignore'); from scenes import SCENES;"
        "assert list(SCENES.values());"
        "assert 'torch' not in sys.modules, 'loaded'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.render
def test_a_scene_runs_under_plain_manim(tmp_path):
    command = (sys.executable, "-m", "manim", "-ql", "-r", "256,144", "--fps", "5")
    scene = ("scenes/clips/title.py", "Title")
    subprocess.run(
        [*command, "--media_dir", str(tmp_path), *scene], check=True, cwd=ROOT, capture_output=True
    )
    (video,) = tmp_path.glob("videos/**/Title.mp4")
    assert video.stat().st_size > 10_000


@pytest.mark.slow
@pytest.mark.render
def test_an_installed_scene_needs_no_lecture_file(tmp_path):
    installed = copy_of_the_project(tmp_path / "site-packages")
    for name in ("render.py", "pyproject.toml", "lecture.toml"):
        (installed / name).unlink()
    code = (
        "from scenes.standalone import clip_and_inputs;"
        "clip, inputs = clip_and_inputs('zero-loss');"
        "assert inputs.keys() == set(clip.inputs)"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=tmp_path, env={"PYTHONPATH": str(installed)}
    )
