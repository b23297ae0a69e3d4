"""Machines that cannot draw the same frames are refused by name."""

from __future__ import annotations

import importlib.util
import os
import py_compile
import shutil

import pytest
from distributed import Client
from PIL import Image, ImageColor

from tests import small_lecture
from tests.conftest import TINY
from tests.faults.cluster.machines import Machines, installed
from tests.faults.lecture_process import copy_of_the_project
from tests.fixtures.clips import STANDING
from understanding_gradients.cluster import client
from understanding_gradients.cluster.tasks import worker_fingerprint
from understanding_gradients.spec.job import Job, Output

pytestmark = pytest.mark.render

COLOR = "#56B4E9"  # of STANDING


def refusal(*words):
    """Return the sentence with which a request is refused."""
    refused = small_lecture.run("clip", "standing", "-q", "draft", *words)
    assert refused.exit_code == 2, refused.output
    return refused.output.partition("Error: ")[2].strip()


def test_a_scheduler_that_does_not_answer_is_refused(small, monkeypatch):
    monkeypatch.setattr(client, "CONNECT_TIMEOUT", 0.5)
    assert refusal("--cluster", "tcp://127.0.0.1:9").startswith(
        "--cluster must name a scheduler that answers; got 'tcp://127.0.0.1:9': "
    )


def test_a_worker_of_another_version_is_refused_by_name(tmp_path, small, fragile):
    fragile.add_workers(1, PYTHONPATH=str(installed("manim", tmp_path)))
    sentence = refusal("--cluster", fragile.address)
    assert sentence.startswith(
        "All machines must have the same versions; got manim 0.0.1 on the worker tcp://127.0.0.1:"
    )
    assert " and 0.22.0 here: install one of them on both." in sentence


@pytest.mark.slow
def test_a_scheduler_of_another_version_is_refused(tmp_path, small):
    (tmp_path / "machines").mkdir()
    other = str(installed("msgpack", tmp_path))
    with Machines(tmp_path / "machines", PYTHONPATH=other) as machines:
        sentence = refusal("--cluster", machines.address)
    assert sentence.startswith(
        "All machines must have the same versions; got msgpack 0.0.1 on the scheduler "
        f"{machines.address} and 1."
    )


@pytest.fixture
def other_project(tmp_path):
    """A copy of the project, a module of scenes in it, and one that has another color."""
    project = copy_of_the_project(tmp_path / "other")
    scenes = project / "tests" / "fixtures" / "plain_scenes.py"
    recolored = tmp_path / "plain_scenes.py"
    text = scenes.read_text(encoding="utf-8")
    recolored.write_text(text.replace(COLOR, "#E69F00"), encoding="utf-8")
    os.utime(recolored, ns=(0, scenes.stat().st_mtime_ns))
    return project, scenes, recolored


@pytest.mark.slow
def test_a_worker_of_another_source_is_refused_by_name(small, fragile, other_project):
    project, scenes, recolored = other_project
    shutil.copy2(recolored, scenes)
    fragile.add_workers(1, project)
    assert refusal("--cluster", fragile.address).startswith(
        "All machines must have the same source; got another tests/fixtures/plain_scenes.py on "
        "the worker tcp://127.0.0.1:"
    )


@pytest.mark.slow
def test_a_worker_that_has_imported_another_source_is_refused_after_its_files_are_equal(
    small, fragile, other_project
):
    bundle = other_project[0] / "understanding_gradients" / "cluster" / "bundle.py"
    text = bundle.read_text(encoding="utf-8")
    bundle.write_text(f"{text}OTHER = True\n", encoding="utf-8")
    fragile.add_workers(1, other_project[0])
    with Client(fragile.address, set_as_default=False) as dask_client:
        dask_client.run(worker_fingerprint, ())
    bundle.write_text(text, encoding="utf-8")
    sentence = refusal("--cluster", fragile.address)
    assert "; got another understanding_gradients/cluster/bundle.py on the worker " in sentence


@pytest.mark.slow
def test_a_worker_draws_from_its_source_and_not_from_stale_bytecode(
    tmp_path, fragile, other_project
):
    project, scenes, recolored = other_project
    compiled = importlib.util.cache_from_source(str(scenes))
    by_time = py_compile.PycInvalidationMode.TIMESTAMP
    py_compile.compile(str(recolored), compiled, doraise=True, invalidation_mode=by_time)
    fragile.add_workers(1, project)
    with fragile.pool(tmp_path / "store") as pool:
        stills = pool.render([Job(STANDING, TINY)], Output.STILLS).entries["standing"]
    with Image.open(min(stills.glob("*.png"))) as still:
        assert still.getpixel((0, 0)) == ImageColor.getrgb(COLOR)


def test_a_worker_that_joins_later_with_other_versions_draws_nothing(pool, monkeypatch):
    monkeypatch.setattr(
        client.ClusterClient, "check_workers", lambda *_: client.fingerprint() | {"manim": "99"}
    )
    (failure,) = pool.render([Job(STANDING, TINY)]).failures
    assert " and 99 here: install one of them on both." in failure.reason


@pytest.fixture
def without_project(tmp_path):
    """The environment of a process that cannot import this project."""
    # It precedes the installed project on the path.
    (tmp_path / "understanding_gradients.py").write_text(
        "raise ImportError('no such project')", encoding="utf-8"
    )
    return {"PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"}


@pytest.mark.slow
def test_a_worker_without_the_project_is_refused_by_name(small, fragile, without_project):
    fragile.add_workers(1, **without_project)
    sentence = refusal("--cluster", fragile.address)
    assert sentence.startswith("All machines must have this project; got the worker tcp://127.0.0.")
    assert "which cannot import it: ImportError('no such project'): start it in the" in sentence


@pytest.mark.slow
def test_a_scheduler_without_the_project_is_refused(tmp_path, small, without_project):
    (tmp_path / "machines").mkdir()
    with Machines(tmp_path / "machines", **without_project) as machines:
        sentence = refusal("--cluster", machines.address)
    assert sentence.startswith(
        f"All machines must have this project; got the scheduler {machines.address}, which cannot "
    )
