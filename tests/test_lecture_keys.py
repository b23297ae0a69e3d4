"""Which clips of the lecture a change concerns: their keys."""

import json
import shutil
import subprocess
import sys

import pytest
from msgspec import structs

from scenes.registry import CLIPS
from understanding_gradients.cache.keys import clip_key
from understanding_gradients.cache.sources import FACADES, ROOT, Sources
from understanding_gradients.cache.store import Store
from understanding_gradients.commands.jobs import jobs_for
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.spec.quality import QUALITIES

SLUGS = [clip.slug for clip in CLIPS]
# Three steps are recorded faster than six and are as good for a key.
SETTINGS = Settings().replace(steps=3)

LOADED = """
import json, sys
from importlib import import_module
import manim
ROOTS = ("scenes", "understanding_gradients")
loaded = {}
for module in sys.argv[1:]:
    for name in [name for name in sys.modules if name.split(".")[0] in ROOTS]:
        del sys.modules[name]
    import_module(module)
    loaded[module] = [name for name in sys.modules if name.split(".")[0] in ROOTS]
print(json.dumps(loaded))
"""


@pytest.fixture(scope="module")
def loaded():
    """The project's modules that importing each scene's module really loads."""
    modules = sorted({clip.scene.split(":")[0] for clip in CLIPS})
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *modules],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return {module: set(names) for module, names in json.loads(done.stdout).items()}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


def keys_of(settings, store, clips=CLIPS, root=ROOT):
    """The key of every clip, by slug."""
    jobs = jobs_for(settings, clips, QUALITIES["draft"], store)
    return {job.clip.slug: clip_key(job, sources=Sources(root)) for job in jobs}


def changed(before, after):
    """The slugs whose keys differ."""
    return {slug for slug in before if before[slug] != after[slug]}


def showing(*pieces):
    """The slugs of the clips that are given one of `pieces`."""
    return {clip.slug for clip in CLIPS if set(pieces) & set(clip.inputs)}


def test_every_module_that_a_scene_loads_is_in_its_key(loaded):
    for module, names in loaded.items():
        assert names - FACADES <= set(Sources().files(module)), module


@pytest.mark.parametrize(
    "helper", ["scenes.mobjects.descent.value_table", "scenes.mobjects.rows.row_table"]
)
def test_a_changed_helper_concerns_exactly_the_clips_that_load_it(loaded, tmp_path, helper, store):
    copy = tmp_path / "copy"
    for package in ("understanding_gradients", "scenes", "descent"):
        shutil.copytree(ROOT / package, copy / package)
    before = keys_of(SETTINGS, store, root=copy)
    with (copy / helper.replace(".", "/")).with_suffix(".py").open("a", encoding="utf-8") as file:
        file.write("\nprint('changed')\n")
    concerned = {clip.slug for clip in CLIPS if helper in loaded[clip.scene.split(":")[0]]}
    assert 0 < len(concerned) < len(CLIPS)
    assert changed(before, keys_of(SETTINGS, store, root=copy)) == concerned


def test_the_very_large_rate_concerns_exactly_the_clips_that_show_it(store):
    before = keys_of(SETTINGS, store)
    after = keys_of(SETTINGS.replace(very_large=0.9), store)
    assert showing("very_large") <= changed(before, after) <= showing("very_large", "rates")


def test_a_caption_concerns_no_picture_and_the_theme_all(store):
    before = keys_of(SETTINGS, store)
    captioned = structs.replace(SETTINGS, captions={"zero-loss.floor": "As low as it gets."})
    assert changed(before, keys_of(captioned, store)) == set()
    assert changed(before, keys_of(SETTINGS.replace(theme="light"), store)) == set(SLUGS)


def test_the_rows_concern_the_clips_that_are_drawn_from_them(store):
    rows = ((-1.0, -0.6), (0.0, 1.1), (2.0, 3.0))
    small = SETTINGS.replace(loss="bowl", picked_row=1)
    differ = changed(keys_of(small, store), keys_of(small.replace(rows=rows), store))
    untouched = {clip.slug for clip in CLIPS if set(clip.inputs) <= {"very_small", "very_large"}}
    assert showing("rows", "neuron", "network") <= differ
    assert not differ & untouched
