"""Requests and the jobs of the real lecture: which clips a change concerns."""

import json
import shutil
import subprocess
import sys

import pytest
from msgspec import structs

from descent.checks.errors import InvalidArgument
from scenes.registry import CLIPS
from tests.lectures import SHORT
from tests.marks import slow_except
from understanding_gradients.cache.keys import clip_key
from understanding_gradients.cache.sources import FACADES, ROOT, Sources
from understanding_gradients.cache.store import Store
from understanding_gradients.commands.request import (
    jobs_for,
    resolve_request,
    resolve_typed,
    select_clips,
    with_learning_rate,
)
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.lecture.recordings import (
    OF_THE_LECTURE,
    OF_THE_LOSS,
    OF_THE_ROWS,
    OF_THE_STEPS,
    RECORDINGS,
    Run,
)
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.spec.quality import QUALITIES

# No key depends on how fine a picture is.
pytestmark = pytest.mark.usefixtures("coarse_landscapes")
SLUGS = [clip.slug for clip in CLIPS]
# Three steps are recorded faster than six and are as good for a key.
SETTINGS = Settings().replace(steps=3)

LOADED = """
import json, sys
from importlib import import_module
import manim
PACKAGES = ("scenes", "understanding_gradients")
loaded = {}
for module in sys.argv[1:]:
    for name in [name for name in sys.modules if name.split(".")[0] in PACKAGES]:
        del sys.modules[name]
    import_module(module)
    loaded[module] = [name for name in sys.modules if name.split(".")[0] in PACKAGES]
print(json.dumps(loaded))
"""


@pytest.fixture(scope="module")
def loaded():
    """The project's modules that the import of each scene's module loads."""
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
    """Return the key of every clip, by slug."""
    jobs = jobs_for(settings, clips, QUALITIES["draft"], store)
    sources = Sources(root)
    return {job.clip.slug: clip_key(job, sources=sources) for job in jobs}


def changed(before, after):
    """The slugs whose keys differ."""
    return {slug for slug in before if before[slug] != after[slug]}


def showing(*recordings):
    """The slugs of the clips that are given one of `recordings`."""
    return {clip.slug for clip in CLIPS if set(recordings) & set(clip.inputs)}


@pytest.mark.render
def test_every_module_that_a_scene_loads_is_in_its_key(loaded):
    for module, names in loaded.items():
        assert names - FACADES <= set(Sources().files(module)), module


@pytest.mark.render
@pytest.mark.parametrize(
    "helper",
    slow_except(
        ["scenes.mobjects.descent.value_table", "scenes.mobjects.rows.row_table"],
        "scenes.mobjects.rows.row_table",
    ),
)
def test_a_changed_module_changes_the_keys_of_the_clips_that_load_it(
    loaded, tmp_path, helper, store
):
    copy = tmp_path / "copy"
    for package in ("understanding_gradients", "scenes", "descent"):
        shutil.copytree(ROOT / package, copy / package)
    before = keys_of(SETTINGS, store, root=copy)
    with (copy / helper.replace(".", "/")).with_suffix(".py").open("a", encoding="utf-8") as file:
        file.write("\nprint('changed')\n")
    concerned = {clip.slug for clip in CLIPS if helper in loaded[clip.scene.split(":")[0]]}
    assert 0 < len(concerned) < len(CLIPS)
    assert changed(before, keys_of(SETTINGS, store, root=copy)) == concerned


def test_the_very_large_rate_changes_the_keys_of_exactly_the_clips_that_show_it(store):
    before = keys_of(SETTINGS, store)
    after = keys_of(SETTINGS.replace(very_large=0.9), store)
    assert showing("very_large") <= changed(before, after) <= showing("very_large", "rates")


def test_a_caption_changes_no_key_and_the_theme_changes_all(store):
    before = keys_of(SETTINGS, store)
    captioned = structs.replace(SETTINGS, captions={"zero-loss.floor": "As low as it gets."})
    assert changed(before, keys_of(captioned, store)) == set()
    assert changed(before, keys_of(SETTINGS.replace(theme="light"), store)) == set(SLUGS)


@pytest.mark.slow
def test_the_rows_change_the_keys_of_the_clips_that_are_drawn_from_them(store):
    rows = ((-1.0, -0.6), (0.0, 1.1), (2.0, 3.0))
    small = SETTINGS.replace(loss="bowl", picked_row=1)
    differ = changed(keys_of(small, store), keys_of(small.replace(rows=rows), store))
    untouched = {clip.slug for clip in CLIPS if set(clip.inputs) <= {"very_small", "very_large"}}
    assert showing("rows", "neuron", "network") <= differ
    assert not differ & untouched


def test_selected_clips_are_in_the_lectures_order_and_unique():
    found = select_clips(["zero-loss", "title", "zero-loss"], CLIPS)
    assert [clip.slug for clip in found] == ["title", "zero-loss"]
    assert select_clips([], CLIPS) == list(CLIPS)


@pytest.mark.parametrize(
    ("slug", "meant"), [("one", "loss-of-one-row"), ("upadte-ruel", "update-rule")]
)
def test_a_part_of_a_slug_and_a_misspelt_slug_are_refused_with_a_suggestion(slug, meant):
    with pytest.raises(ValueError, match=rf"got '{slug}': did you mean .*{meant}"):
        select_clips([slug], CLIPS)


def test_a_slug_like_no_other_is_refused_with_the_list():
    with pytest.raises(ValueError, match="`render.py list` shows them"):
        select_clips(["zzzzzz"], CLIPS)


def test_a_learning_rate_changes_the_rates_that_the_clips_show():
    clips = select_clips(["very-small-learning-rate", "very-large-learning-rate"], CLIPS)
    rates = with_learning_rate(Settings(), 0.25, clips).learning_rates
    assert (rates.very_small, rates.just_right, rates.very_large) == (0.25, "suggest", 0.25)


def test_the_settings_of_the_checkout_are_accepted():
    settings, clips = resolve_request(RenderOptions(settings=str(ROOT / "lecture.toml")))
    assert settings.film.theme in ("dark", "light") and clips


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"steps": 0}, r"^--steps must be .*; got 0\."),
        ({"loss": "bowl", "start": "1"}, "^--start must have 2 numbers"),
        ({"start": "a,b"}, "^--start must be numbers with commas between; got"),
        ({"loss": "bwl"}, "^--loss must be .*; got 'bwl': did you mean bowl"),
        ({"learning_rate": "-1"}, r"^--learning-rate must be a positive number.*; got -1"),
    ],
    ids=["steps", "count", "text", "loss", "rate"],
)
def test_an_error_names_the_option_that_was_typed(options, sentence):
    clips = ["just-right-learning-rate"] if "learning_rate" in options else []
    request = RenderOptions(settings=str(ROOT / "lecture.toml"), **options)
    with pytest.raises(InvalidArgument, match=sentence):
        resolve_request(request, clips)


def test_a_loss_or_a_start_goes_with_clips_that_show_it():
    settings = str(ROOT / "lecture.toml")
    start, other = RenderOptions(settings=settings, start="1,2"), RenderOptions(loss="bowl")
    with pytest.raises(InvalidArgument, match="^--start must go .*; gradient-of-a-network does"):
        resolve_typed(start, ["title", "gradient-of-a-network"])
    with pytest.raises(InvalidArgument, match="^--loss must go .*; zero-loss does not"):
        resolve_typed(other, ["zero-loss"])
    assert len(resolve_typed(start, ["title", "zero-loss"])[1]) == 2
    assert len(resolve_typed(other)[1]) == len(CLIPS)


def test_a_number_of_steps_goes_with_clips_that_show_them():
    steps = RenderOptions(settings=str(ROOT / "lecture.toml"), steps=3)
    for slug in ("loss-of-one-row", "zero-loss", "gradient-of-a-network"):
        sentence = f"^--steps must go with clips .*; {slug} does not: draw it without --steps"
        with pytest.raises(InvalidArgument, match=sentence):
            resolve_typed(steps, ["title", slug])
    assert len(resolve_typed(steps, ["title", "gradient-of-a-neuron"])[1]) == 2
    assert len(resolve_typed(steps)[1]) == len(CLIPS)


@pytest.mark.slow
def test_the_recordings_that_have_the_chosen_number_of_steps_are_known():
    def steps_of(settings):
        made = record_lecture(settings)
        return {name: one.trajectory.steps for name, one in made.items() if isinstance(one, Run)}

    few, more = steps_of(SHORT.replace(steps=2)), steps_of(SHORT.replace(steps=3))
    followed = {name for name in few if (few[name], more[name]) == (2, 3)}
    assert followed == OF_THE_STEPS


def test_the_recordings_that_a_loss_or_a_start_changes_are_known():
    def bytes_of(settings):
        return {name: one.to_bytes() for name, one in record_lecture(settings).items()}

    usual = bytes_of(SHORT)
    by_loss, by_start = (
        {name for name, made in bytes_of(changed).items() if made != usual[name]}
        for changed in (SHORT.replace(loss="bowl"), SHORT.replace(start=(0.5, 1.5)))
    )
    assert OF_THE_LECTURE <= by_loss
    assert by_start == set(RECORDINGS) - OF_THE_ROWS - OF_THE_LOSS
    assert not by_loss & OF_THE_ROWS
