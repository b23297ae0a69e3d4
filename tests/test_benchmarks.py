"""Every benchmark runs from end to end, with few frames and one round."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from benchmarks import checkouts, cluster, curvature, record, render, studio, warm, watch
from benchmarks.processes import ROOT

pytestmark = pytest.mark.slow


def run(benchmark, folder, *words):
    """Run a benchmark, and return what it printed and the figures that it wrote."""
    path = folder / "figures.json"
    result = CliRunner(catch_exceptions=False).invoke(benchmark.main, [*words, "-o", str(path)])
    assert result.exit_code == 0, result.output
    return result.output, json.loads(path.read_text(encoding="utf-8"))


def test_rendering_is_measured_against_plain_manim_and_x264(tmp_path):
    text, figures = run(render, tmp_path, "title", "-q", "draft", "--jobs", "1")
    assert re.search(r"stock / ours, cold +\d+\.\d", text)
    found = figures["title"]
    assert found["drawn_cold"]["clips"] == 1
    assert found["drawn_warm"] == {"clips": 0, "frames": 0}
    assert found["costs"]["floor"][0]["frames"] == found["drawn_cold"]["frames"]
    assert found["fidelity"]["ours"]["ssim"] > 0.98


def test_rendering_is_measured_against_another_checkout(tmp_path):
    options = ("-q", "draft", "--jobs", "1", "--against", str(ROOT), "--only", "cold")
    text, figures = run(render, tmp_path, "title", *options)
    assert re.search(r"^cold +\d+\.\d +\d+\.\d +\d\.\d\d +\d\.\d\d$", text, re.MULTILINE)
    assert {len(costs["other"]) for costs in figures["title"]["costs"].values()} == {1}


def test_checkouts_are_measured_in_turn_per_frame(tmp_path):
    text, figures = run(checkouts, tmp_path, str(ROOT), "--row", "draft", "--clip", "title")
    pattern = rf"^draft +{ROOT.name} +\d+\.\d +\d+ +\d+\.\d\d +\d+\.\d\d +\d+ +\d\.\d\d +\d\.\d\d$"
    assert re.search(pattern, text, re.MULTILINE)
    (ours,), (other,) = figures["rows"]["draft"].values()
    assert ours["frames"] == other["frames"] > 0
    assert ours["ms"] == pytest.approx(1e3 * ours["seconds"] / ours["frames"])


def test_recording_and_sweeping_are_measured(tmp_path):
    text, figures = run(record, tmp_path, "--rounds", "1", "--steps", "10", "--map", "2")
    assert "record / by hand" in text
    assert all(value > 0 for value in figures.values())


def test_the_check_of_curvature_is_measured(tmp_path):
    text, figures = run(curvature, tmp_path, "--rounds", "1")
    assert "checked" in text
    assert all(found["parameters"] > 1000 and found["ratio"] > 0 for found in figures.values())


def test_a_cluster_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "LOADING_SECONDS", 0)
    monkeypatch.setattr(cluster, "EMPTY_TASKS", 10)
    text, figures = run(cluster, tmp_path, "title", "-q", "draft")
    assert re.search(r"overhead per segment +-?\d+ ms", text)
    assert set(figures["costs"]) == {"local-1", "cluster-1", "local-2", "cluster-2"}
    assert figures["segments"] > 0


def test_watching_is_measured_against_the_loop_unwatched(tmp_path):
    text, figures = run(watch, tmp_path, "--steps", "2", "--threads", "1")
    assert "watched / unwatched" in text and figures["watched / unwatched"] > 0
    assert figures["MB watched"] > 0


def test_the_studio_is_measured_beside_the_command_line(tmp_path):
    text, figures = run(studio, tmp_path, "--clip", "very-large-learning-rate")
    assert re.search(r"^the still looked at +\d+\.\d\d +\d\.\d{3}$", text, re.MULTILINE)
    (shown,) = figures["studio"]
    assert shown["still"] <= shown["stills"] <= shown["film"]


def test_a_process_with_everything_loaded_is_measured():
    words = ["very-large-learning-rate", "0.5", "0.51"]
    result = CliRunner(catch_exceptions=False).invoke(warm.main, words)
    assert len(re.findall(r"record [\d.]+, stills [\d.]+, draft [\d.]+", result.output)) == 2
