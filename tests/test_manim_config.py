"""Nothing in a person's home or working folder reaches Manim's configuration while rendering."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from manim import config, tempconfig

from scenes.manim_private import packaged_config
from tests.faults.inputs import ROOT
from tests.marks import slow_except
from understanding_gradients.render.config import render_config
from understanding_gradients.spec.quality import QUALITIES

# Options that a manim.cfg can set, with values that would change a picture or break a render.
OWN_OPTIONS = """
[CLI]
frame_height = 6
frame_width = 10
background_color = RED
background_opacity = 0.5
seed = 7
disable_caching = False
from_animation_number = 2
upto_animation_number = 3
zero_pad = 9
frame_rate = 7
pixel_width = 100
pixel_height = 100
[video_encoder]
codec = libx265
[video_encoder.options]
crf = 51
"""

SHOWN = """
import json
from manim import config
from understanding_gradients.render.config import render_config
from understanding_gradients.spec.quality import QUALITIES
from scenes.typesetting.labels import Label
with render_config(QUALITIES["draft"], "light"):
    options = {key: str(config[key]) for key in config if key != "tex_template"}
    label = Label("Gradient")
    options["label"] = [float(label.width), float(label.height)]
print(json.dumps(options))
"""


def options_in(home: Path, folder: Path) -> dict[str, str]:
    """Return Manim's options while rendering, in a process with this home and working folder."""
    done = subprocess.run(
        [sys.executable, "-c", SHOWN],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env=os.environ | {"HOME": str(home), "PYTHONPATH": str(ROOT)},
    )
    return json.loads(done.stdout)


@pytest.mark.render
@pytest.mark.parametrize("place", slow_except(["home", "folder"], "folder"))
def test_a_manim_cfg_of_ones_own_changes_no_option(tmp_path, place):
    for name in ("home", "folder", "empty"):
        (tmp_path / name).mkdir()
    file = tmp_path / "folder" / "manim.cfg"
    if place == "home":
        file = tmp_path / "home" / ".config" / "manim" / "manim.cfg"
        file.parent.mkdir(parents=True)
    file.write_text(OWN_OPTIONS, encoding="utf-8")
    without = options_in(tmp_path / "empty", tmp_path / "empty")
    assert options_in(tmp_path / "home", tmp_path / "folder") == without
    assert without["frame_height"] == "8.0"


def test_options_set_before_are_restored_afterwards():
    with tempconfig({"background_color": "#FF0000", "frame_width": 3.0, "seed": 5}):
        with render_config(QUALITIES["draft"]):
            assert config.frame_width == packaged_config().frame_width
            assert config.seed == 0
            assert config.background_color.to_hex() != "#FF0000"
        assert (config.frame_width, config.seed) == (3.0, 5)
        assert config.background_color.to_hex() == "#FF0000"
