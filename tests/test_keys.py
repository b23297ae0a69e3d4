"""A key covers everything that could change a picture, and nothing else."""

from __future__ import annotations

import shutil
from dataclasses import fields, replace

import pytest

from scenes.registry import CLIPS
from tests.fixtures.clips import SLIDING, STANDING
from tests.marks import slow_except
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
        (folder / keys.SHOWN_FILE).write_text("numbers", encoding="ascii")
    clip = replace(SLIDING, inputs=("run",))
    return Job(clip, QUALITIES["draft"], inputs={"run": store.find("recording")})


def test_the_same_job_has_the_same_key_in_another_place(job, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(job.inputs["run"], moved)
    assert clip_key(job) == clip_key(replace(job, inputs={"run": moved}))


def test_everything_that_changes_the_picture_changes_the_key(job, tmp_path):
    store = Store(tmp_path / "other")
    with store.add("recording") as folder:
        (folder / keys.SHOWN_FILE).write_text("other numbers", encoding="ascii")
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


OTHERS = {
    "name": "other",
    "slug": "other",
    "title": "Another title",
    "scene": "tests.fixtures.small_scenes:Unsteady",
    "slides": "99",
    "rate": "very_large",
    "width": 32,
    "height": 32,
    "frame_rate": 30,
    "theme": "light",
    "transparent": True,
}


def test_every_field_is_in_the_key_unless_it_is_left_out(job):
    def others(one):
        names = [field.name for field in fields(one) if field.name not in ("clip", "quality")]
        # The recordings themselves are covered by another test.
        return {name: replace(one, **{name: OTHERS[name]}) for name in names if name != "inputs"}

    changed = others(job)
    changed |= {name: replace(job, clip=clip) for name, clip in others(job.clip).items()}
    changed |= {name: replace(job, quality=one) for name, one in others(job.quality).items()}
    same = {name for name, one in changed.items() if clip_key(one) == clip_key(job)}
    assert same == {"slides", "rate"}


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


def clips_with_other_keys(project, change, clips=(SLIDING, STANDING)):
    """Return the slugs of the clips whose keys `change`, applied to `project`, changes."""
    jobs = [Job(clip, QUALITIES["draft"]) for clip in clips]
    before = {job.clip.slug: clip_key(job, sources=Sources(project)) for job in jobs}
    change()
    after = {job.clip.slug: clip_key(job, sources=Sources(project)) for job in jobs}
    return {slug for slug in before if before[slug] != after[slug]}


CONCERNED = [
    ("tests/fixtures/small_shapes.py", {"sliding"}),
    ("tests/fixtures/plain_scenes.py", {"standing"}),
    ("scenes/lecture_scene.py", {"sliding", "standing"}),
    ("understanding_gradients/encode/h264.py", {"sliding", "standing"}),
    ("understanding_gradients/render/renderer.py", {"sliding", "standing"}),
    ("scenes/registry.py", set()),
    ("descent/_files/locks.py", set()),
    ("understanding_gradients/cache/store.py", set()),
    ("understanding_gradients/export/contact_sheet.py", set()),
]


@pytest.mark.parametrize("case", slow_except(CONCERNED, CONCERNED[0], CONCERNED[2]))
def test_a_changed_module_concerns_exactly_the_clips_that_use_it(copied_project, case):
    module, concerned = case

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


NEW_NAMES = """

def new_function(run):
    return run.losses[-1]


class NewError(ValueError):
    pass


@dataclass(frozen=True)
class NewClass:
    steps: int = 1

    def last(self):
        return new_function(self)
"""


def test_adding_public_names_redraws_no_clip(copied_project):
    modules = [
        *("descent/runs/trajectory.py", "descent/text/runs.py", "descent/checks/errors.py"),
        *("scenes/style.py", "scenes/wording/runs.py", "descent/__init__.py"),
    ]

    def change():
        for module in modules:
            path = copied_project / module
            is_imported = "from dataclasses import" in path.read_text(encoding="utf-8")
            with path.open("a", encoding="utf-8") as file:
                file.write("" if is_imported else "from dataclasses import dataclass\n")
                file.write(NEW_NAMES)
        with (copied_project / "descent" / "__init__.pyi").open("a", encoding="utf-8") as file:
            file.write("\nfrom descent.runs.trajectory import NewClass as NewClass\n")

    clips = [*CLIPS, SLIDING, STANDING]
    assert clips_with_other_keys(copied_project, change, clips) == set()


READ = [
    ("scenes/style.py", "HERO = 84", "HERO = 85", "title", "zero-loss"),
    ("scenes/style.py", "HOLD = 2.0", "HOLD = 2.1", "gradient-of-a-neuron", "zero-loss"),
    (
        "descent/text/runs.py",
        "ended where it began",
        "came back",
        "gradient-descent",
        "zero-loss",
    ),
]


@pytest.mark.parametrize("case", slow_except(READ, READ[0]))
def test_changing_what_a_clip_reads_of_a_module_redraws_it(copied_project, case):
    module, old, new, reader, other = case

    def change():
        path = copied_project / module
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    changed = clips_with_other_keys(copied_project, change, CLIPS)
    assert reader in changed
    assert other not in changed


def test_a_digest_does_not_depend_on_the_order_of_names():
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})
    assert digest({"a": 1, "b": [1, 2]}) != digest({"a": 1, "b": [2, 1]})
