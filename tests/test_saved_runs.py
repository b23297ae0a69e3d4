"""Saved runs through the command line: they are drawn, refused, and run no code."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from descent import (
    LOSSES,
    InvalidValue,
    Trajectory,
    load_loss,
    model_loss,
    path_plane,
    record,
    sample,
)
from descent.pictures.bare import bare_picture
from descent.pictures.run import Run
from descent.pictures.saved import PicturedRun
from scenes.registry import CLIPS
from scenes.wording.titles import RATE_NAMES
from tests.small_lecture import run as run_here
from understanding_gradients.cache.store import Store
from understanding_gradients.commands.subjects import inputs_of, remarks, without_a_run
from understanding_gradients.installation import MEDIA_VARIABLE, ROOT
from understanding_gradients.lecture.from_runs import comparison_inputs
from understanding_gradients.lecture.recordings import recording_path
from understanding_gradients.lecture.saved_runs import compared_runs, saved_run
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.lecture.settings_file import read_settings

BOWL = LOSSES["bowl"]
RATES = (0.01, 0.25, 0.55)
MARKED = """
from pathlib import Path
Path(__file__).with_name("ran").touch()
def mine(params):
    return (params**2).sum()
"""
CLIP = "clip just-right-learning-rate"


# Losses that agree with the bowl at the start in their value, and in their gradient too.
OTHERS = {
    "steeper.safetensors": lambda p: BOWL(p) + (p[0] - 2) / 9,
    "narrower.safetensors": lambda p: BOWL(p) + (p[0] - 2) ** 2 * 3,
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder of saved runs: one with its map, one without, three to compare, broken ones."""
    folder = tmp_path_factory.mktemp("runs")
    run = record(BOWL, [2, 1], learning_rate=0.2, steps=20)
    run.save(folder / "bowl.safetensors", loss=BOWL)
    run.save(folder / "bare.safetensors")
    for name, rate in zip("abc", RATES, strict=True):
        one = record(BOWL, [2, 1], learning_rate=rate, steps=20)
        one.save(folder / f"{name}.safetensors", loss=BOWL)
    other = record(BOWL, [1, 1], learning_rate=0.3, steps=20)
    other.save(folder / "elsewhere.safetensors", loss=BOWL)
    for name, loss in OTHERS.items():
        record(loss, [2, 1], learning_rate=0.3, steps=20).save(folder / name, loss=loss)
    few = record(BOWL, [2, 1], learning_rate=0.3, steps=20)
    few.save(folder / "few.safetensors", loss=BOWL, steps=3)
    content = (folder / "bowl.safetensors").read_bytes()
    (folder / "empty.safetensors").write_bytes(b"")
    (folder / "cut.safetensors").write_bytes(content[:-100])
    newer = content.replace(b'\\"version\\": 1}', b'\\"version\\": 9}')
    assert newer != content
    (folder / "newer.safetensors").write_bytes(newer)
    (folder / "net.py").write_text("", encoding="utf-8")
    return folder


@pytest.fixture
def here(files, tmp_path, monkeypatch):
    """The folder of the runs as the working folder, with a media folder of its own."""
    monkeypatch.chdir(files)
    monkeypatch.setenv(MEDIA_VARIABLE, str(tmp_path / "media"))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (f"{CLIP} --run bowl.safetensors --loss bowl", "--run must go without --loss: leave one"),
        (f"{CLIP} --run bowl.safetensors --start 1,2", "--run must go without --start"),
        (f"{CLIP} --run bowl.safetensors --steps 3", "--run must go without --steps"),
        (f"{CLIP} --run bowl.safetensors --model net.py:x", "--run must go without --model"),
        (f"{CLIP} --run bowl.safetensors --learning-rate 1", "--run must go without --learning-r"),
        (f"{CLIP} --run gone.safetensors", "gone.safetensors must be an existing file; there is"),
        (f"{CLIP} --run empty.safetensors", "empty.safetensors must be a file that this library"),
        (f"{CLIP} --run cut.safetensors", "cut.safetensors must be a file that this library save"),
        (
            f"{CLIP} --run newer.safetensors",
            "it has version 9 and 1 is expected: record it again, or u",
        ),
        (f"{CLIP} --run net.py", "net.py must be a file that this library saved; it does not be"),
        ("clip title --run bowl.safetensors", "--run must go with clips that show a saved run"),
        ("clip three-learning-rates --run bowl.safetensors", "--run must be given three times"),
        (f"{CLIP} --run a.safetensors --run b.safetensors", "--run must be the file of a saved r"),
        ("lecture --run empty.safetensors", "empty.safetensors must be a file that this library"),
        ("deck --to pptx --run empty.safetensors", "empty.safetensors must be a file that this"),
        ("record --run empty.safetensors", "empty.safetensors must be a file that this library"),
        ("record --run bowl.safetensors --optimizer Adam", "--run must go without --optimizer"),
        ("record --run a.safetensors --run b.safetensors", "--run must be given once to be reco"),
        (
            "clip three-learning-rates --run a.safetensors --run bare.safetensors "
            "--run c.safetensors",
            "bare.safetensors must hold a map to be compared with others: save it with loss=",
        ),
        (
            "clip three-learning-rates --run a.safetensors --run few.safetensors "
            "--run c.safetensors",
            "few.safetensors must show as many steps as the others, 6; got 3: save each with step",
        ),
        (
            "clip three-learning-rates --run a.safetensors --run elsewhere.safetensors "
            "--run c.safetensors",
            "runs must differ in their learning rate alone; got another start or optimizer",
        ),
        *(
            (
                f"clip three-learning-rates --run a.safetensors --run {name} --run c.safetensors",
                f"{name} must be of the loss of a.safetensors; got another at the start",
            )
            for name in OTHERS
        ),
    ],
)
def test_a_saved_run_that_cannot_be_drawn_gets_one_sentence_and_status_2(here, words, sentence):
    result = run_here(*words.split(), settings=None)
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert (result.exit_code, len(errors)) == (2, 1), result.output
    assert sentence in errors[0]
    assert "Traceback" not in result.output


@pytest.mark.render
def test_a_saved_run_is_drawn_by_a_program_of_its_own_and_no_code_runs(tmp_path):
    (tmp_path / "losses.py").write_text(MARKED, encoding="utf-8")
    loss = load_loss(f"{tmp_path / 'losses.py'}:mine")
    (tmp_path / "ran").unlink()
    path = tmp_path / "run.safetensors"
    record(loss, [1.0, 2.0], learning_rate=0.1, steps=3).save(path, loss=loss)
    before = path.read_bytes()
    words = [*CLIP.split(), "--run", path.name, "--format", "png", "-q", "draft", "--jobs", "1"]
    shown = subprocess.run(
        [sys.executable, ROOT / "render.py", *words, "-o", "out"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, MEDIA_VARIABLE: str(tmp_path / "media")},
    )
    assert (shown.returncode, shown.stderr) == (0, ""), shown.stderr
    assert "just-right-learning-rate-01-start_run-run.safetensors_draft.png" in shown.stdout
    assert not (tmp_path / "ran").exists()
    assert path.read_bytes() == before


def test_what_is_saved_is_what_is_drawn(here):
    settings = Settings().replace(run=("bowl.safetensors",))
    (clip,) = [one for one in CLIPS if one.slug == "very-large-learning-rate"]
    inputs = inputs_of(settings, [clip], Store(here / "store"))[clip.slug]
    drawn = Run.load(recording_path(inputs["very_large"], "very_large"))
    assert drawn.to_bytes() == Run.load("bowl.safetensors").to_bytes()


def test_three_saved_runs_are_compared_as_three_runs_with_their_loss_are(here):
    found = compared_runs(["c.safetensors", "a.safetensors", "b.safetensors"])
    runs = [record(BOWL, [2, 1], learning_rate=rate, steps=20) for rate in RATES]
    expected = comparison_inputs(runs, BOWL)
    for name in RATE_NAMES:
        assert found[name].trajectory.to_bytes() == expected[name].trajectory.to_bytes()
        assert found[name].target == expected[name].target
        landscapes = [one.to_bytes() for one in found[name].landscapes]
        assert landscapes == [one.to_bytes() for one in found["just_right"].landscapes]
        shown = zip(found[name].trajectory.iterates, found[name].views, strict=True)
        assert all(found[name].landscapes[view].contains(place) for place, view in shown)


def test_three_runs_of_a_network_are_compared_on_one_plane_alone(here, tmp_path):
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))
    x = torch.linspace(-1, 1, 5)[:, None]
    loss, start, _ = model_loss(module, x, x**2, torch.nn.MSELoss())
    runs = [record(loss, start, learning_rate=rate, steps=8) for rate in (0.01, 0.1, 0.2)]
    plane = path_plane(runs)
    paths = [str(tmp_path / f"{rate}.safetensors") for rate in RATE_NAMES]
    for path, run in zip(paths, runs, strict=True):
        run.save(path, loss=loss, plane=plane)
    found = compared_runs(paths)
    for run, one in zip(runs, found.values(), strict=True):
        np.testing.assert_allclose(one.trajectory.iterates, plane.project(run.iterates), atol=1e-9)
        first = one.landscapes[0]
        assert all(first.contains(place) for place in one.trajectory.iterates), "all of them stay"
    runs[1].save(paths[1], loss=loss)
    with pytest.raises(ValueError, match="got another plane: save all three with plane=descent"):
        compared_runs(paths)


def test_a_run_without_its_loss_has_no_map(here):
    picture = saved_run("bare.safetensors").picture
    run = Trajectory.load("bare.safetensors")
    assert picture.landscapes == ()
    assert picture.full.to_bytes() == run.to_bytes()
    assert picture.trajectory.to_bytes() == run.first(6).to_bytes()
    assert np.isnan([picture.sharpness, picture.critical_learning_rate, picture.minimum]).all()


def test_the_film_of_a_saved_run_leaves_out_what_no_run_is_named_for(here):
    settings = Settings().replace(run=("bowl.safetensors",))
    others = ["very-small-learning-rate", "very-large-learning-rate", "three-learning-rates"]
    assert without_a_run(settings, CLIPS) == others
    assert without_a_run(Settings(), CLIPS) == []
    left = [clip for clip in CLIPS if clip.slug not in others]
    said = list(remarks(settings, left, CLIPS))
    assert said[-1] == f"Left out, since no saved run is named for them: {', '.join(others)}."
    assert said[0].startswith("Told of the lecture's rows, not of a saved run: title, ")


def test_a_saved_run_is_told_and_copied_with_its_map(here):
    said = run_here("record", "--run", "bowl.safetensors")
    assert said.stdout.startswith("bowl.safetensors: 20 steps, learning rate 0.2, converging")
    copy = here / "copy.safetensors"
    assert run_here("record", "--run", "bowl.safetensors", "-o", copy).exit_code == 0
    assert copy.read_bytes() == (here.cwd() / "bowl.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("run = 'a.safetensors'\nloss = 'bowl'", "line 3: descent.loss must go without descent.r"),
        ("run = 'a.safetensors'\nsteps = 3", "line 3: descent.steps must go without descent.run"),
        ("run = ['a.safetensors', 'b.safetensors']", "descent.run must be the file of a saved ru"),
        ("run = 3", "descent.run must be the file of a saved run, or three files; got 3"),
        ("run = [3]", "descent.run must be the file of a saved run, or three files"),
    ],
)
def test_a_saved_run_stands_alone_in_the_settings(tmp_path, text, message):
    path = tmp_path / "lecture.toml"
    path.write_text(f"[descent]\n{text}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_settings(path)


def test_a_saved_run_is_looked_for_beside_the_settings_that_name_it(tmp_path):
    path = tmp_path / "lecture.toml"
    path.write_text("[descent]\nrun = ['a', 'b', 'c']\n", encoding="utf-8")
    settings = read_settings(path)
    assert settings.descent.runs == tuple(str(tmp_path / name) for name in "abc")
    assert not settings.descent.is_neurons
    assert settings.replace(loss="bowl").descent.runs == ()


def test_a_picture_of_parts_that_do_not_belong_together_is_refused(here):
    path = here / "mixed.safetensors"
    saved = PicturedRun.load("bowl.safetensors")
    curve = sample(LOSSES["parabola"], [(-1, 1)], 5)
    replace(saved, picture=replace(saved.picture, landscapes=(curve,) * 9)).save(path)
    result = run_here(*CLIP.split(), "--run", path, settings=None)
    assert result.exit_code == 2
    assert "must hold the landscape of its run; got one of another number of axes" in result.stderr


def test_a_run_of_some_parameters_without_its_loss_is_not_told_as_if_it_were_all():
    run = record(lambda p: (p**2).sum(), [1, 2, 3, 4], learning_rate=0.1, steps=3, keep="θ1")
    with pytest.raises(InvalidValue, match="run must hold all parameters to be filmed; got 1 of 4"):
        bare_picture(run)


def test_a_list_says_of_whom_the_sharpness_is_shown(tmp_path):
    paths = [str(tmp_path / f"{rate}.safetensors") for rate in RATES]
    for path, rate in zip(paths, RATES, strict=True):
        run = record(BOWL, [2, 1], learning_rate=rate, steps=3)
        run.save(path, loss=BOWL, sharpness=rate == RATES[1])
    shown = "The sharpness along a saved run is shown of a run by itself, not of three together."
    for some, is_said in ((paths, True), (paths[1:2], False)):
        settings = Settings().replace(run=tuple(some))
        assert (shown in remarks(settings, CLIPS, CLIPS)) == is_said
