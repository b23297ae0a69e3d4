"""The readers of files, given what once found something, and some thousands of new wrong inputs."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.faults import fuzz

FOUND = sorted(path for path in fuzz.CORPUS.rglob("*") if path.is_file())
FRESH = {"files": 2_000, "settings": 1_000, "presentation": 200}


@pytest.mark.parametrize("kept", FOUND, ids=lambda kept: f"{kept.parent.name}-{kept.stem}")
def test_what_once_found_something_finds_nothing_now(kept: Path, tmp_path):
    target = fuzz.TARGETS[kept.parent.name]
    assert fuzz.finding(target, kept.read_bytes(), tmp_path / f"input{target.suffix}") is None


def test_every_target_has_inputs_that_are_kept_and_all_are_small():
    assert {path.parent.name for path in FOUND} == set(fuzz.TARGETS)
    assert max(path.stat().st_size for path in FOUND) <= fuzz.LARGEST_KEPT


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_fresh_wrong_inputs_find_nothing(name, tmp_path):
    target = fuzz.TARGETS[name]
    every = fuzz.inputs(target, random.Random(f"{name} in every run of the tests"))
    for content in islice(every, FRESH[name]):
        assert fuzz.finding(target, content, tmp_path / f"input{target.suffix}") is None, content


def test_a_fault_is_found_kept_once_and_said(tmp_path, monkeypatch):
    def read(path: Path) -> None:
        content = path.read_bytes()
        if len(content) % 2:
            raise KeyError("odd")

    broken = fuzz.Target(".toml", lambda: [b"x = 1"], fuzz.change_settings, read, 1.0)
    monkeypatch.setattr(fuzz, "CORPUS", tmp_path)
    monkeypatch.setattr(fuzz, "TARGETS", {"settings": broken})
    monkeypatch.setattr(fuzz, "listen", lambda *_: None)
    monkeypatch.setattr(fuzz.resource, "setrlimit", lambda *_: None)
    monkeypatch.setattr(fuzz.sys, "addaudithook", lambda _: None)
    result = CliRunner().invoke(fuzz.cli, ["--inputs", "50", "--target", "settings"])
    assert result.exit_code == 1
    assert "KeyError in test_fuzz.py:read" in result.output
    assert "settings: 50 inputs" in result.output
    assert len(list((tmp_path / "settings").iterdir())) == fuzz.EACH
