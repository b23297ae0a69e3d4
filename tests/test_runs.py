"""A descent recorded without a picture: what it takes from lecture.toml, and what it refuses."""

from __future__ import annotations

import pytest

from understanding_gradients.commands.record import record_run

SETTINGS = """
[descent]
start = [2.0, 3.0]
[learning_rates]
just_right = 0.05
"""


@pytest.fixture
def settings_file(tmp_path):
    path = tmp_path / "lecture.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    return path


def test_the_files_loss_is_recorded_from_the_files_start_at_its_rate(settings_file):
    run = record_run(settings_file, steps=2)
    assert run.iterates[0].tolist() == [2.0, 3.0]
    assert run.learning_rates.tolist() == [0.05, 0.05]


def test_what_is_asked_for_comes_before_the_file(settings_file):
    run = record_run(settings_file, start=(1.0, 0.0), steps=1, learning_rate=0.1)
    assert (run.iterates[0].tolist(), run.learning_rates.tolist()) == ([1.0, 0.0], [0.1])
    suggested = record_run(settings_file, steps=1, learning_rate="suggest")
    assert suggested.learning_rates[0] != 0.05


def test_another_loss_has_its_own_start_and_rate(settings_file):
    run = record_run(settings_file, loss="bowl", steps=1)
    assert run.iterates[0].tolist() == [2.0, 1.0]
    assert run.learning_rates[0] == pytest.approx(0.25)


def test_a_loss_without_a_start_is_named_wherever_it_was_named(settings_file):
    (settings_file.parent / "mine.py").write_text("def bare(p):\n    return (p**2).sum()\n")
    settings_file.write_text("[descent]\nloss = 'mine.py:bare'")
    with pytest.raises(ValueError, match=r"--start must be given for .*mine.py:bare, which"):
        record_run(settings_file)


def test_an_unknown_loss_is_told_the_nearest(settings_file):
    with pytest.raises(ValueError, match=r"got 'neurn': did you mean neuron\?$"):
        record_run(settings_file, loss="neurn")
