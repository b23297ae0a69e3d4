"""The option --model, a network of one's own, through the command line of the small lecture."""

from __future__ import annotations

import pytest

from descent import Trajectory, load_model
from scenes.registry import CLIPS
from tests.small_lecture import move_to, run, write_settings
from understanding_gradients.cache.store import Store
from understanding_gradients.commands.subjects import inputs_of, shows_start
from understanding_gradients.lecture.recordings import Run, recording_path
from understanding_gradients.lecture.settings import NEURON_START, Settings

MODELS = """
import torch

def line():
    x = torch.tensor([[0.0], [1.0], [2.0]])
    return torch.nn.Linear(1, 1), x, 2 * x + 1, torch.nn.MSELoss()

def raises(): raise KeyError("gone")
def three(): return line()[:3]
def without_parameters(): return torch.nn.ReLU(), *line()[1:]
"""
OF_RUNS = {
    "title",
    "choosing-the-learning-rate",
    "very-small-learning-rate",
    "very-large-learning-rate",
    "just-right-learning-rate",
    "three-learning-rates",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The small lecture's working folder, with a file of models."""
    move_to(tmp_path, monkeypatch)
    (tmp_path / "models.py").write_text(MODELS, encoding="utf-8")
    write_settings(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--model models.py:raises", "raises in models.py must return (module, inputs, targets"),
        ("--model models.py:raises", "; got KeyError: 'gone'."),
        ("--model models.py:three", "must be a function that returns (module, inputs, targets, c"),
        ("--model models.py:three", "; got one that returns 3 values."),
        ("--model models.py:without_parameters", "its module must have parameters that require a"),
        ("--model models.py:lime", "must define lime; it does not: did you mean line?"),
        ("--model gone.py:line", "gone.py must be an existing Python file; there is none."),
        ("--model models.py", "--model must be FILE.py:NAME; got 'models.py'."),
        ("--model models.py:line --loss bowl", "--model must go without --loss: leave one of the"),
        ("--model models.py:line --start 1,2", "--model must go without --start: leave one of th"),
    ],
)
@pytest.mark.parametrize("command", ["clip arriving", "deck arriving --to pptx", "record -o r"])
def test_a_model_that_cannot_be_told_gets_one_sentence_and_status_2(
    folder, command, words, sentence
):
    command = command.replace("-o r", "-o r.safetensors")
    result = run(*command.split(), *words.split())
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert (result.exit_code, len(errors)) == (2, 1), result.output
    assert sentence in errors[0]
    assert "Traceback" not in result.output
    assert not (folder / "r.safetensors").exists()


def test_a_clip_that_tells_of_no_run_goes_without_a_model(folder):
    result = run("clip", "sliding", "--model", "models.py:line")
    assert result.exit_code == 2
    assert "--model must go with clips that show whole runs, since a network has" in result.stderr


@pytest.mark.render
def test_a_clip_of_a_model_is_a_file_of_its_own_and_the_list_names_the_others(folder):
    result = run("clip", "arriving", "-q", "draft", "--model", "models.py:line", "-o", "out")
    assert result.stdout == "out/arriving_model-models.py-line_draft.mp4\n", result.output
    listed = run("list", "--model", "models.py:line")
    said = listed.stdout.splitlines()[-1]
    assert said.startswith("Told of the lecture's rows, not of the network, whose")
    assert said.endswith(": sliding, standing.")


def test_a_record_of_a_model_begins_at_its_parameters(folder):
    result = run("record", "--model", "models.py:line", "--steps", "9", "-o", "run.safetensors")
    assert result.exit_code == 0, result.output
    recorded = Trajectory.load(folder / "run.safetensors")
    _, start, names = load_model("models.py:line")
    assert recorded.iterates[0].tolist() == start.tolist()
    assert (recorded.names, recorded.steps) == (names, 9)


def test_the_clips_that_tell_of_whole_runs_tell_of_the_network_and_the_others_of_the_rows(folder):
    settings = Settings().replace(steps=2, model="models.py:line", very_large=0.9)
    assert {clip.slug for clip in CLIPS if shows_start(clip, settings)} == OF_RUNS
    some = [clip for clip in CLIPS if clip.slug in ("title", "gradient-descent")]
    inputs = inputs_of(settings, some, Store(folder / "store"))
    network, neuron = (
        Run.load(recording_path(inputs[clip.slug]["just_right"], "just_right")) for clip in some
    )
    assert (network.rows, neuron.rows) == (0, 5)
    assert network.trajectory.iterates[0].tolist() == load_model("models.py:line")[1].tolist()
    assert neuron.trajectory.iterates[0].tolist() == list(NEURON_START)
