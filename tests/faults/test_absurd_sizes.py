"""Sizes that nobody can have meant: refused from what is declared, before memory is taken."""

from __future__ import annotations

import pytest

from tests.faults.inputs import refusal, told_in_little_memory, tree
from tests.small_lecture import move_to, run, write_settings

MANY = """
import torch
def many(params): return (params ** 2).sum()
many.start = (1.0,) * 1_000_000
"""

ABSURD = """
import numpy as np
import torch
import descent
from understanding_gradients.notebook.film import film
from understanding_gradients.spec.quality import Quality

bowl, million = descent.LOSSES["bowl"], np.ones(10**6)
run = descent.record(bowl, [1, 2], learning_rate=0.01, steps=3)
def many(params): return (params**2).sum()
def drawn(*size): return lambda: film(run, bowl, quality=Quality("own", *size), folder="nowhere")
LIMIT()
for absurd in (
    lambda: descent.record(bowl, [1, 2], learning_rate=0.1, steps=10**9),
    lambda: descent.record(bowl, [1, 2], learning_rate=0.1, steps=10**30),
    lambda: descent.sweep(bowl, [1, 2], [0.1], steps=10**9),
    lambda: descent.sweep(many, million, [0.1, 0.2], steps=100, keep=2),
    lambda: descent.sweep(many, million, np.full(1000, 0.1), steps=1000),
    lambda: descent.suggest_learning_rates(bowl, [1, 2], steps=10**9),
    lambda: descent.sharpness_along(bowl, run, every=10**9),
    lambda: descent.sample(bowl, ((-1, 1), (-1, 1)), 10**5),
    lambda: descent.quadratic_bowl(10, dimensions=10**9),
    lambda: descent.hessian(many, million),
    lambda: descent.difference_errors(many, million),
    lambda: descent.central_differences(many, million, 0.1),
    lambda: run.first(10**9),
    lambda: film(run, bowl, steps=10**9, folder="nowhere"),
    drawn(100_000, 100_000, 60),
    drawn(100_000, 360, 60),
    drawn(640, 10**30, 60),
    drawn(640, 360, 10**9),
    drawn(641, 360, 60),
    drawn(0, 360, 60),
    drawn(-640, 360, 60),
    drawn(640.0, 360, 60),
):
    try: print("accepted", absurd())
    except (ValueError, TypeError) as error: print("refused", "must" in str(error), str(error))
"""


@pytest.mark.slow
def test_absurd_sizes_in_a_program_are_refused_before_memory_is_taken(tmp_path):
    told = told_in_little_memory(ABSURD.replace("nowhere", str(tmp_path)))
    assert len(told) == 22
    assert [line for line in told if not line.startswith("refused True")] == []
    assert not list(tmp_path.rglob("*.mp4"))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder to work in, on the small lecture."""
    move_to(tmp_path, monkeypatch)
    write_settings(tmp_path)
    (tmp_path / "losses.py").write_text(MANY, encoding="utf-8")
    return tmp_path


RECORD = ("record", "--loss", "bowl", "-o", "run.safetensors", "--start", "1,2")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*RECORD, "--steps", 10**9), "steps must be from 1 to 1,000,000; got 1,000,000,000."),
        ((*RECORD, "--steps", 10**30), "steps must be from 1 to 1,000,000"),
        ((*RECORD, "--steps", "9" * 300 + "x"), "is not a valid integer"),
        ((*RECORD, "--learning-rate", "1e999"), "--learning-rate must be positive and finite"),
        ((*RECORD[:-1], "1," * 60_000 + "1"), "start must have 2 numbers"),
        (("clip", "arriving", "--steps", 10**9), "steps must be a whole number from 1 to 100"),
        (("clip", "arriving", "--learning-rate", "9" * 400), "must be a positive number"),
        (("clip", "arriving", "-q", "100000x100000"), "is not one of"),
        (("lecture", "--jobs", 10**9), "is not in the range"),
        (("sheet", "--jobs", 100_000), "is not in the range"),
        (("clip", "sliding", "--format", "gif", "--max-mb", "nan"), "--max-mb must be positive"),
        (("clip", "sliding", "--format", "gif", "--max-mb", "-inf"), "--max-mb must be positive"),
        (("clip", "x" * 10_000), "A clip must be one of the lecture's"),
    ],
    ids=lambda value: f"{value[0]} {value[-2]}" if isinstance(value, tuple) else "",
)
def test_absurd_sizes_in_a_command_get_one_sentence(here, words, said):
    before = tree(here)
    assert said in refusal(run(*words))
    assert {*tree(here)} - {*before} <= {"media", "media/store", "media/clips", "__pycache__"} | {
        name for name in tree(here) if name.startswith("__pycache__/")
    }


SETTLED = {
    "steps": "[descent]\nsteps = 1000000000\n",
    "start": '[descent]\nloss = "losses.py:many"\nstart = [' + "1.0," * 25_000 + "]\n",
}


@pytest.mark.parametrize("key", SETTLED)
def test_absurd_sizes_in_settings_get_one_sentence(here, key):
    (here / "small.toml").write_text(SETTLED[key], encoding="utf-8")
    assert refusal(run("clip", "arriving", "-q", "draft"))
