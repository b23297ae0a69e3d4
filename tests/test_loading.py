"""Losses from somebody's own file."""

from __future__ import annotations

import sys

import pytest

from descent import check_loss, load_loss

GOOD = '''
from __future__ import annotations
from dataclasses import dataclass

@dataclass
class Scale:
    """Needs its module to be known while it is defined."""
    factor: float = 3.0

def my_loss(params):
    return Scale().factor * params[0] ** 2

NUMBER = 3
'''


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "my: losses.py"
    path.write_text(GOOD)
    return path


def test_a_function_is_loaded_from_the_file_that_was_named(file):
    value, gradient = check_loss(load_loss(f"{file}:my_loss"), [2.0])
    assert (value, gradient.tolist()) == (12.0, [12.0])


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("my_loss", "must be written FILE.py:NAME; got 'my_loss'"),
        (":my_loss", "must be written FILE.py:NAME"),
        ("losses.py:", "must be written FILE.py:NAME"),
        ("missing.py:my_loss", "missing.py must be an existing Python file"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(reference, message):
    with pytest.raises(ValueError, match=message):
        load_loss(reference)


def test_a_missing_name_is_refused_with_the_nearest(file):
    with pytest.raises(ValueError, match="must define my_los; it does not: did you mean my_loss"):
        load_loss(f"{file}:my_los")


def test_what_is_no_function_is_refused(file):
    with pytest.raises(TypeError, match="NUMBER in .* must be a function; got int"):
        load_loss(f"{file}:NUMBER")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1 / 0", "must run without an error; got ZeroDivisionError"),
        ("def f(:", "must run without an error; got SyntaxError"),
        ("import no_such_module_at_all", "got ModuleNotFoundError"),
        ("raise ValueError('two\\nlines')", "got ValueError: two lines"),
        ("raise SystemExit(3)", "got SystemExit: 3"),
    ],
)
def test_a_file_that_fails_is_refused_in_one_line(file, content, message):
    file.write_text(content)
    before = set(sys.modules)
    with pytest.raises(ValueError, match=message) as caught:
        load_loss(f"{file}:f")
    assert "\n" not in str(caught.value)
    assert set(sys.modules) == before


def test_a_file_that_is_not_python_is_refused(tmp_path):
    (tmp_path / "losses.txt").write_text(GOOD)
    with pytest.raises(ValueError, match="must be a Python file, its name ending in .py"):
        load_loss(f"{tmp_path / 'losses.txt'}:my_loss")


@pytest.mark.parametrize(
    ("hint", "message"),
    [
        ("names = 5", "f in .*: its names must be a list of texts, one per parameter; got 5"),
        ("names = 'W1'", "f in .*: its names must be a list of texts, one per parameter; got 'W1'"),
        ("names = ('a', 'a')", "must be texts that differ"),
        ("names = ('a', 3)", "its names must be a list of texts"),
        ("start = 5", "f in .*: its start must be one number per parameter"),
        ("start = ('x',)", "its start must consist of numbers"),
        ("start = (1.0, float('nan'))", "its start must be finite"),
        ("names = ('a', 'b'); f.start = (1.0,)", r"its start must have 2 numbers \(a, b\); got 1"),
    ],
)
def test_wrong_names_or_a_wrong_start_of_a_function_are_told(tmp_path, hint, message):
    path = tmp_path / "mine.py"
    path.write_text(f"def f(params):\n    return params.sum()\nf.{hint}\n")
    with pytest.raises((ValueError, TypeError), match=message):
        load_loss(f"{path}:f")


def test_what_is_no_text_names_no_loss():
    with pytest.raises(TypeError, match="must be a text, FILE.py:NAME; got 3"):
        load_loss(3)
