import shutil
from dataclasses import replace

import pytest

from tests.fixtures.clips import SLIDING, STANDING
from understanding_gradients.cache import keys
from understanding_gradients.cache.keys import clip_key, digest
from understanding_gradients.cache.sources import ROOT, Sources
from understanding_gradients.cache.store import Store
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.quality import QUALITIES


@pytest.fixture
def job(tmp_path):
    store = Store(tmp_path / "store")
    with store.add("piece") as folder:
        (folder / "run.safetensors").write_bytes(b"numbers")
    clip = replace(SLIDING, inputs=("run",))
    return Job(clip, QUALITIES["draft"], material={"run": store.find("piece")}, captions={"a": "b"})


def test_the_same_job_has_the_same_key_in_another_place(job, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(job.material["run"], moved)
    assert clip_key(job) == clip_key(replace(job, material={"run": moved}))


def test_whatever_changes_the_picture_changes_the_key(job, tmp_path):
    store = Store(tmp_path / "other")
    with store.add("piece") as folder:
        (folder / "run.safetensors").write_bytes(b"other numbers")
    changed = [
        replace(job, theme="light"),
        replace(job, quality=QUALITIES["hd"]),
        replace(job, quality=replace(job.quality, frame_rate=30)),
        replace(job, captions={"a": "c"}),
        replace(job, clip=replace(job.clip, title="Another title")),
        replace(job, clip=replace(job.clip, scene="tests.fixtures.small_scenes:Unsteady")),
        replace(job, material={"run": store.find("piece")}),
    ]
    found = [clip_key(one) for one in (job, *changed)] + [clip_key(job, "stills")]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("package", ["manim", "typst", "pycairo", "cairo", "av", "numpy", "python"])
def test_another_version_of_what_draws_or_encodes_changes_the_key(job, monkeypatch, package):
    before = clip_key(job)
    found = dict(keys.versions(keys.DRAWN_BY))
    assert package in found
    assert found[package] != "none"
    monkeypatch.setattr(keys, "versions", lambda _: found | {package: "99"})
    assert clip_key(job) != before


@pytest.fixture
def copied_project(tmp_path):
    """A copy of the project's source, to be changed."""
    for package in ("understanding_gradients", "scenes", "descent", "tests/fixtures"):
        if (ROOT / package).is_dir():
            shutil.copytree(ROOT / package, tmp_path / "copy" / package)
    return tmp_path / "copy"


@pytest.mark.parametrize(
    ("module", "concerned"),
    [
        ("tests/fixtures/small_shapes.py", {"sliding"}),
        ("tests/fixtures/plain_scenes.py", {"standing"}),
        ("scenes/lecture_scene.py", {"sliding", "standing"}),
        ("understanding_gradients/encode/h264.py", {"sliding", "standing"}),
        ("understanding_gradients/render/renderer.py", {"sliding", "standing"}),
        ("scenes/registry.py", set()),
        ("understanding_gradients/export/contact_sheet.py", set()),
    ],
)
def test_a_changed_module_concerns_exactly_the_clips_that_reach_it(
    copied_project, module, concerned
):
    jobs = [Job(clip, QUALITIES["draft"]) for clip in (SLIDING, STANDING)]
    before = {job.clip.slug: clip_key(job, sources=Sources(copied_project)) for job in jobs}
    with (copied_project / module).open("a", encoding="utf-8") as file:
        file.write("\nCHANGED = True\n")
    after = {job.clip.slug: clip_key(job, sources=Sources(copied_project)) for job in jobs}
    assert {slug for slug in before if before[slug] != after[slug]} == concerned


def test_a_digest_does_not_depend_on_the_order_in_which_things_are_named():
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})
    assert digest({"a": 1, "b": [1, 2]}) != digest({"a": 1, "b": [2, 1]})
