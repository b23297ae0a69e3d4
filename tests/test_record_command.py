"""The command record: what it takes from lecture.toml, and what it refuses."""

from __future__ import annotations

import pytest

from understanding_gradients.commands.record import record_run
from understanding_gradients.lecture.settings_file import read_settings

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


def test_the_loss_of_the_settings_has_their_start_and_rate(settings_file):
    run = record_run(read_settings(settings_file), steps=2)
    assert run.iterates[0].tolist() == [2.0, 3.0]
    assert run.learning_rates.tolist() == [0.05, 0.05]


def test_an_argument_precedes_the_settings(settings_file):
    run = record_run(read_settings(settings_file), start=(1.0, 0.0), steps=1, learning_rate=0.1)
    assert (run.iterates[0].tolist(), run.learning_rates.tolist()) == ([1.0, 0.0], [0.1])
    suggested = record_run(read_settings(settings_file), steps=1, learning_rate="suggest")
    assert suggested.learning_rates[0] != 0.05


def test_another_loss_has_its_own_start_and_rate(settings_file):
    run = record_run(read_settings(settings_file), loss="bowl", steps=1)
    assert run.iterates[0].tolist() == [2.0, 1.0]
    assert run.learning_rates[0] == pytest.approx(0.25)


def test_a_loss_without_a_start_is_named_in_the_message(settings_file):
    (settings_file.parent / "mine.py").write_text("def bare(p):\n    return (p**2).sum()\n")
    settings_file.write_text("[descent]\nloss = 'mine.py:bare'")
    with pytest.raises(ValueError, match=r"--start must be given for .*mine.py:bare, which"):
        record_run(read_settings(settings_file))


def test_an_unknown_loss_is_refused_with_the_nearest(settings_file):
    with pytest.raises(ValueError, match=r"got 'neurn': did you mean neuron\?$"):
        record_run(read_settings(settings_file), loss="neurn")
