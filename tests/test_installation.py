"""What an installation must have, and the commands that install it."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions

import pytest

from understanding_gradients import installation
from understanding_gradients.installation import (
    RENDER_MODULES,
    ROOT,
    STUDIO_MODULES,
    install_command,
)


@pytest.mark.parametrize(
    ("extra", "modules"), [("render", RENDER_MODULES), ("studio", STUDIO_MODULES)]
)
def test_every_package_of_an_extra_is_checked(extra, modules):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = set()
    for requirement in project["optional-dependencies"][extra]:
        name, extras = re.match(r"([\w-]+)(?:\[(.*?)\])?", requirement).groups()
        wanted |= {name, *(extras or "").split(",")} - {""}
    known = packages_distributions()
    found = {name.lower().replace("_", "-") for module in modules for name in known[module]}
    assert wanted - {"understanding-gradients", "render"} <= found


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
