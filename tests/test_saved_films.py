"""A run in one file with what a film draws of it: read back as the one and as the other."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from descent import (
    LOSSES,
    InvalidValue,
    Trajectory,
    model_loss,
    path_plane,
    record,
    sharpness_along,
)
from descent.pictures.run import Run
from descent.pictures.saved import PicturedRun
from descent.serialization import kind_in
from understanding_gradients.lecture.from_runs import single_run_inputs
from understanding_gradients.lecture.saved_runs import compared_runs

BOWL = LOSSES["bowl"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.safetensors"


def network():
    """A network of seven parameters, with its start."""
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))
    x = torch.linspace(-1, 1, 5)[:, None]
    return model_loss(module, x, x**2, torch.nn.MSELoss())[:2]


def test_a_run_is_the_same_whether_its_picture_was_saved_or_not(path):
    run = record(BOWL, [2, 1], learning_rate=0.1, steps=20)
    assert run.save(path, loss=BOWL) == path
    assert kind_in(path) == "PicturedRun"
    assert Trajectory.load(path).to_bytes() == run.to_bytes()
    run.save(path)
    assert kind_in(path) == "Trajectory"
    assert Trajectory.load(path).to_bytes() == run.to_bytes()


@pytest.mark.parametrize("kind", ["bowl", "network"])
def test_the_saved_picture_is_the_one_that_the_loss_itself_gives(path, kind):
    loss, start = (BOWL, [2, 1]) if kind == "bowl" else network()
    run = record(loss, start, learning_rate=0.1, steps=20)
    run.save(path, loss=loss)
    assert Run.load(path).to_bytes() == single_run_inputs(run, loss).to_bytes()
    assert PicturedRun.load(path).run.to_bytes() == run.to_bytes()


def test_a_plane_and_a_number_of_steps_are_those_of_the_picture(path):
    loss, start = network()
    run = record(loss, start, learning_rate=0.1, steps=20)
    plane = path_plane(run)
    run.save(path, loss=loss, plane=plane, steps=4)
    saved = PicturedRun.load(path)
    assert saved.picture.trajectory.steps == 4
    np.testing.assert_allclose(
        saved.picture.trajectory.iterates, plane.project(run.iterates[:5]), atol=1e-12
    )
    (kept,) = saved.planes
    assert kept.to_bytes() == plane.to_bytes()


def test_the_sharpness_along_the_run_is_in_its_picture_if_it_is_asked_for(path):
    loss, start = network()
    run = record(loss, start, learning_rate=0.1, steps=20)
    along = sharpness_along(loss, run, every=5)
    run.save(path, loss=loss, sharpness=along)
    np.testing.assert_array_equal(Run.load(path).sharpness_along, along)
    run.save(path, loss=loss, sharpness=True)
    found = Run.load(path).sharpness_along
    np.testing.assert_allclose(found[::5], along[::5], rtol=1e-6)
    run.save(path, loss=loss, sharpness=False)
    assert Run.load(path).sharpness_along.shape == (0,)
    with pytest.raises(ValueError, match="sharpness must come with the loss; got ndarray: add"):
        run.save(path, sharpness=np.full(run.steps + 1, 6.0))
    with pytest.raises(ValueError, match="sharpness must come with the loss; got True: add loss"):
        run.save(path, sharpness=True)
    with pytest.raises(ValueError, match=r"sharpness must have shape \(21,\)"):
        run.save(path, loss=loss, sharpness=along[:-1])


def test_what_belongs_to_a_film_comes_with_the_loss_of_the_run(path):
    run = record(BOWL, [2, 1], learning_rate=0.1, steps=3)
    with pytest.raises(ValueError, match=r"steps must come with the loss; got 2: add loss=\.\.\."):
        run.save(path, steps=2)
    with pytest.raises(ValueError, match="loss must be the one that the run was recorded from"):
        run.save(path, loss=LOSSES["ravine"])
    assert not path.exists()


def test_a_run_without_its_picture_is_no_picture(path):
    record(BOWL, [2, 1], learning_rate=0.1, steps=3).save(path)
    with pytest.raises(ValueError, match="must hold a whole Run; it holds a Trajectory: record"):
        Run.load(path)


def changed(path, change):
    """Change what the header of a file says, and mend its lengths."""
    content = path.read_bytes()
    head = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + head])
    tree = json.loads(header["__metadata__"]["descent"])
    change(tree)
    header["__metadata__"]["descent"] = json.dumps(tree)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + content[8 + head :])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tree: tree.update(version=9), "it has version 9 and 1 is expected"),
        (
            lambda tree: tree["fields"].update(weather="fine"),
            "it holds an unknown part of a Trajectory, 'weather'",
        ),
    ],
)
def test_a_file_of_a_later_version_is_refused_with_what_helps(path, change, said):
    record(BOWL, [2, 1], learning_rate=0.1, steps=3).save(path)
    changed(path, change)
    helps = "record it again, or update this library if a later version of it wrote the file"
    with pytest.raises(ValueError, match=f"must hold a whole Trajectory; {said}: {helps}"):
        Trajectory.load(path)


def test_a_damaged_picture_leaves_the_run_as_it_is(path):
    run = record(BOWL, [2, 1], learning_rate=0.1, steps=3)
    run.save(path, loss=BOWL)
    changed(path, lambda tree: tree["fields"]["picture"]["fields"].pop("views"))
    assert Trajectory.load(path).to_bytes() == run.to_bytes()
    with pytest.raises(ValueError, match="must hold a whole Run"):
        Run.load(path)


def test_an_empty_file_and_one_of_others_are_refused(path):
    path.write_bytes(b"")
    for read in (kind_in, Trajectory.load):
        with pytest.raises(ValueError, match="it does not begin with a safetensors header"):
            read(path)


def test_one_file_is_not_three_runs(path):
    record(BOWL, [2, 1], learning_rate=0.1, steps=3).save(path, loss=BOWL)
    with pytest.raises(InvalidValue, match="run must be three different files; got one of them"):
        compared_runs([str(path)] * 3)
