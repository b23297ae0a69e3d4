"""Nothing in a person's home or working folder changes a picture."""

from __future__ import annotations

import os
import site
import subprocess
import sys
from configparser import ConfigParser
from contextlib import suppress
from io import StringIO
from pathlib import Path

import manim
import pytest
from fontTools.ttLib import TTFont

from scenes.registry import Clip
from scenes.typesetting.fonts import FALLBACK_FONT
from tests.conftest import TINY
from tests.marks import slow_except
from understanding_gradients.cache.store import Store, digests
from understanding_gradients.installation import ROOT
from understanding_gradients.spec.job import Job, Output
from understanding_gradients.spec.timeline import CLIP_FILE
from understanding_gradients.workers.environment import python_path, worker_environment
from understanding_gradients.workers.pool import Pool

MANIM_DEFAULTS = Path(manim.__file__).parent / "_config" / "default.cfg"


def every_option_changed() -> str:
    """Return a manim.cfg that gives every option that Manim knows another value."""
    options = ConfigParser(interpolation=None)
    options.read(MANIM_DEFAULTS, encoding="utf-8")
    for section in options.sections():
        for name, value in options[section].items():
            options[section][name] = changed(value)
    # Whoever reads the file at all, fails.
    options["CLI"]["seed"] = "no number"
    file = StringIO()
    options.write(file)
    return file.getvalue()


def changed(value: str) -> str:
    """Return another value for an option: of the same kind if it is a number or a yes."""
    if value.lower() in ("true", "false"):
        return str(value.lower() == "false")
    with suppress(ValueError):
        return str(float(value) * 0.75) if "." in value else str(int(value) + 1)
    return "RED"


PERSONAL = Clip("personal", "A", "tests.fixtures.personal_scenes:Personal", (), "1")
# What each of these programs finds in a home folder; Manim also finds its file in a working folder.
OWN_SETTINGS = {
    ".config/manim/manim.cfg": every_option_changed(),
    "manim.cfg": every_option_changed(),
    ".config/matplotlib/matplotlibrc": "lines.linewidth: 5\n",
    "matplotlibrc": "lines.linewidth: 5\n",
    ".config/fontconfig/fonts.conf": "<fontconfig><dir>{folder}</dir></fontconfig>",
}


def write_settings_into(folder: Path) -> None:
    """Write settings that would change a picture, and a font, into a home or working folder."""
    for name, text in OWN_SETTINGS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text.replace("{folder}", str(folder)), encoding="utf-8")
    with TTFont(FALLBACK_FONT) as font:
        for record in font["name"].names:
            if record.nameID in (1, 4, 16):
                record.string = "Own Font"
        for table in font["cmap"].tables:
            table.cmap[ord("A")] = table.cmap[ord("W")]
        font.save(folder / "own.ttf")


@pytest.fixture
def pictures_in(tmp_path, monkeypatch):
    """A function that draws a still and a film from a home folder and a working folder."""

    def pictures(home: Path, folder: Path) -> list[str]:
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.chdir(folder)
        store, job = Store(Path("store")), Job(PERSONAL, TINY)
        found = []
        with Pool(store, 1) as pool:
            for output, file in ((Output.STILLS, "01-draw.png"), (Output.CLIP, CLIP_FILE)):
                result = pool.render([job], output)
                assert result.failures == ()
                found.append(digests(result.entries["personal"])[file])
        return found

    return pictures


@pytest.mark.render
@pytest.mark.parametrize("place", slow_except(["home", "folder"]))
def test_settings_and_fonts_of_ones_own_change_no_picture(tmp_path, pictures_in, place):
    for name in ("empty home", "empty folder", "home", "folder"):
        (tmp_path / name).mkdir()
    write_settings_into(tmp_path / place)
    own = pictures_in(tmp_path / "home", tmp_path / "folder")
    assert own == pictures_in(tmp_path / "empty home", tmp_path / "empty folder")


@pytest.mark.render
def test_a_worker_finds_modules_where_its_parent_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["mine", "", "/theirs"]))
    assert python_path().split(os.pathsep) == [str(ROOT), str(tmp_path / "mine"), "/theirs"]
    environment = worker_environment(tmp_path) | {"PYTHONNOUSERSITE": ""}
    base = [sys.executable, "-c", "import site; print(site.getuserbase())"]
    done = subprocess.run(base, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == site.getuserbase()


@pytest.mark.render
def test_a_worker_names_a_file_that_hides_a_package_of_the_project(tmp_path):
    (tmp_path / "scenes.py").touch()
    done = subprocess.run(
        [sys.executable, "-m", "understanding_gradients.workers", "1", str(tmp_path / "its own")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert done.returncode == 2
    assert done.stderr == (
        f"Error: The name scenes must be that of the package in {ROOT}; got "
        f"{tmp_path / 'scenes.py'}: rename that file, or start from another folder.\n"
    )
