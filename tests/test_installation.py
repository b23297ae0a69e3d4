"""What an installation must have, and the commands that install it."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions

import pytest

from understanding_gradients import installation
from understanding_gradients.installation import RENDER_MODULES, ROOT, install_command


def test_every_package_of_the_extra_for_rendering_is_checked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = set()
    for requirement in project["optional-dependencies"]["render"]:
        name, extras = re.match(r"([\w-]+)(?:\[(.*?)\])?", requirement).groups()
        wanted |= {name, *(extras or "").split(",")} - {""}
    known = packages_distributions()
    found = {name.lower() for module in RENDER_MODULES for name in known[module]}
    assert wanted <= found


@pytest.mark.parametrize(
    ("is_checkout", "command"),
    [
        (True, "pip install -e '.[render,cluster]'"),
        (False, "pip install 'understanding-gradients[render,cluster]'"),
    ],
)
def test_the_command_that_installs_extras_fits_the_installation(monkeypatch, is_checkout, command):
    monkeypatch.setattr(installation, "is_checkout", lambda: is_checkout)
    assert install_command("render", "cluster") == command
