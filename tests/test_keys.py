"""A key covers everything that could change a picture, and nothing else."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from tests.fixtures.clips import SLIDING, STANDING
from understanding_gradients.cache import keys
from understanding_gradients.cache.keys import clip_key, digest, segment_key
from understanding_gradients.cache.sources import ROOT, Sources
from understanding_gradients.cache.store import Store
from understanding_gradients.spec.job import Job, Output
from understanding_gradients.spec.quality import QUALITIES


@pytest.fixture
def job(tmp_path):
    store = Store(tmp_path / "store")
    with store.add("recording") as folder:
        (folder / "run.safetensors").write_bytes(b"numbers")
    clip = replace(SLIDING, inputs=("run",))
    return Job(clip, QUALITIES["draft"], inputs={"run": store.find("recording")})


def test_the_same_job_has_the_same_key_in_another_place(job, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(job.inputs["run"], moved)
    assert clip_key(job) == clip_key(replace(job, inputs={"run": moved}))


def test_everything_that_changes_the_picture_changes_the_key(job, tmp_path):
    store = Store(tmp_path / "other")
    with store.add("recording") as folder:
        (folder / "run.safetensors").write_bytes(b"other numbers")
    changed = [
        replace(job, theme="light"),
        replace(job, quality=QUALITIES["hd"]),
        replace(job, quality=replace(job.quality, frame_rate=30)),
        replace(job, transparent=True),
        replace(job, clip=replace(job.clip, title="Another title")),
        replace(job, clip=replace(job.clip, scene="tests.fixtures.small_scenes:Unsteady")),
        replace(job, inputs={"run": store.find("recording")}),
    ]
    found = [clip_key(one) for one in (job, *changed)] + [clip_key(job, Output.STILLS)]
    assert len(set(found)) == len(found)


def test_slide_numbers_are_in_no_key(job):
    assert clip_key(replace(job, clip=replace(job.clip, slides="99"))) == clip_key(job)


@pytest.mark.parametrize("package", ["manim", "typst", "pycairo", "cairo", "av", "numpy", "python"])
def test_another_version_of_a_rendering_package_changes_the_key(job, monkeypatch, package):
    before = clip_key(job)
    found = dict(keys.versions(keys.RENDER_PACKAGES))
    assert package in found
    assert found[package] != "none"
    monkeypatch.setattr(keys, "versions", lambda _: found | {package: "99"})
    assert clip_key(job) != before


def test_another_fallback_font_changes_the_key(job, monkeypatch):
    before = clip_key(job)
    monkeypatch.setattr("scenes.typesetting.fonts.fonts_digest", lambda: "another")
    assert clip_key(job) != before


def test_a_segments_key_covers_its_frames_background_and_quality(monkeypatch):
    found = [
        segment_key("frames", "background", QUALITIES["draft"]),
        segment_key("others", "background", QUALITIES["draft"]),
        segment_key("frames", "another", QUALITIES["draft"]),
        segment_key("frames", "background", QUALITIES["hd"]),
    ]
    monkeypatch.setattr(keys, "segment_source", lambda: "another")
    found.append(segment_key("frames", "background", QUALITIES["draft"]))
    assert len(set(found)) == len(found)


@pytest.fixture
def copied_project(tmp_path):
    """A copy of the project's source, to be changed."""
    ignored = shutil.ignore_patterns("__pycache__")
    for package in ("understanding_gradients", "scenes", "descent", "tests/fixtures"):
        shutil.copytree(ROOT / package, tmp_path / "copy" / package, ignore=ignored)
    return tmp_path / "copy"


def clips_with_other_keys(project, change):
    """Return the slugs of the clips whose keys `change`, applied to `project`, changes."""
    jobs = [Job(clip, QUALITIES["draft"]) for clip in (SLIDING, STANDING)]
    before = {job.clip.slug: clip_key(job, sources=Sources(project)) for job in jobs}
    change()
    after = {job.clip.slug: clip_key(job, sources=Sources(project)) for job in jobs}
    return {slug for slug in before if before[slug] != after[slug]}


@pytest.mark.parametrize(
    ("module", "concerned"),
    [
        ("tests/fixtures/small_shapes.py", {"sliding"}),
        ("tests/fixtures/plain_scenes.py", {"standing"}),
        ("scenes/lecture_scene.py", {"sliding", "standing"}),
        ("understanding_gradients/encode/h264.py", {"sliding", "standing"}),
        ("understanding_gradients/render/renderer.py", {"sliding", "standing"}),
        ("scenes/registry.py", set()),
        ("descent/_files/locks.py", set()),
        ("understanding_gradients/cache/store.py", set()),
        ("understanding_gradients/export/contact_sheet.py", set()),
    ],
)
def test_a_changed_module_concerns_exactly_the_clips_that_use_it(copied_project, module, concerned):
    def change():
        with (copied_project / module).open("a", encoding="utf-8") as file:
            file.write("\nprint('changed')\n")

    assert clips_with_other_keys(copied_project, change) == concerned


def test_mending_a_docstring_redraws_nothing(copied_project):
    def change():
        for path in copied_project.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace('"""Return ', '"""Give back '), encoding="utf-8")

    assert clips_with_other_keys(copied_project, change) == set()


def test_adding_a_public_name_to_descent_redraws_nothing(copied_project):
    def change():
        descent = copied_project / "descent"
        (descent / "runs" / "new.py").write_text("def new_name():\n    pass\n", encoding="utf-8")
        with (descent / "runs" / "trajectory.py").open("a", encoding="utf-8") as file:
            file.write("\n\ndef other_new_name(run):\n    return run.losses[-1]\n")
        for path in descent.glob("__init__.py*"):
            with path.open("a", encoding="utf-8") as file:
                file.write("\nfrom descent.runs.new import new_name as new_name\n")

    assert clips_with_other_keys(copied_project, change) == set()


def test_a_digest_does_not_depend_on_the_order_of_names():
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})
    assert digest({"a": 1, "b": [1, 2]}) != digest({"a": 1, "b": [2, 1]})
