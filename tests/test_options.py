"""One declaration of the render options: their forms agree with one another."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from tests.conftest import TINY
from tests.fixtures.clips import ARRIVING
from tests.marks import slow_except
from understanding_gradients.cache.keys import clip_key
from understanding_gradients.cache.store import Store
from understanding_gradients.cli import cli
from understanding_gradients.commands.request import jobs_for, resolve_request
from understanding_gradients.spec.options import OPTIONS, RenderOptions, flag
from understanding_gradients.spec.quality import QUALITIES

CHANGES = {
    "learning_rate": "0.3",
    "loss": "bowl",
    "model": "my_model.py:line",
    "run": ("run.safetensors",),
    "start": "1,2",
    "steps": 3,
    "theme": "light",
    "transparent": True,
    "quality": "draft",
    "max_mb": 2.5,
    "settings_content": "00ff",
    "settings_place": "00ff",
}


KEYED = [name for name in CHANGES if name != "run"]
RECORDED = ("start", "steps", "loss")
QUICK = [name for name in KEYED if name not in RECORDED]

MODEL = """
import torch
def line():
    x = torch.tensor([[0.0], [1.0], [2.0]])
    return torch.nn.Linear(1, 1), x, 2 * x + 1, torch.nn.MSELoss()
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    path = tmp_path_factory.mktemp("settings") / "small.toml"
    path.write_text("[descent]\nsteps = 2\n", encoding="utf-8")
    return str(path)


def key_with(options, folder, monkeypatch):
    """The key of the clip that the options ask for."""
    monkeypatch.setattr("scenes.registry.CLIPS", (ARRIVING,))
    settings, clips = resolve_request(options, ["arriving"])
    quality = replace(TINY, frame_rate=QUALITIES[options.quality].frame_rate)
    (job,) = jobs_for(settings, clips, quality, Store(folder), transparent=options.transparent)
    return clip_key(job)


def test_every_option_is_changed_here(settings):
    assert {"settings", *CHANGES} == {one.name for one in fields(RenderOptions)}


# Saved runs are drawn by the clips of runs alone: tests/test_saved_runs.py.
@pytest.mark.parametrize("name", slow_except(KEYED, *QUICK))
def test_an_option_changes_the_key_if_it_names_the_file(
    settings, tmp_path, tmp_path_factory, monkeypatch, name
):
    (tmp_path / "my_model.py").write_text(MODEL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    folder = tmp_path_factory.getbasetemp() / "store of options"
    before = RenderOptions(settings=settings)
    after = replace(before, **{name: CHANGES[name]})
    keys = [key_with(one, folder, monkeypatch) for one in (before, after)]
    assert (keys[0] != keys[1]) == bool(OPTIONS[name].suffix)


@pytest.mark.parametrize("name", [name for name, option in OPTIONS.items() if option.help])
def test_an_option_stands_in_the_help_of_a_clip_with_its_help_and_choices(name):
    (parameter,) = [one for one in cli.commands["clip"].params if one.name == name]
    assert parameter.opts == [*OPTIONS[name].flags, flag(name)]
    assert parameter.help == OPTIONS[name].help
    assert tuple(getattr(parameter.type, "choices", ())) == OPTIONS[name].choices


def test_clips_with_other_options_have_other_names():
    assert RenderOptions(quality="hd").suffix == ""
    assert RenderOptions(quality="draft").suffix == "_draft"
    assert RenderOptions(learning_rate="0.75").suffix == "_learning-rate-0.75"
    assert (
        RenderOptions(loss="../my losses.py:valley", start="-2,2", theme="light").suffix
        == "_loss-..-my-losses.py-valley_start--2,2_light"
    )
    assert RenderOptions(steps=3, transparent=True).suffix == "_steps-3_transparent"
