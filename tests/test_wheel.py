"""The wheel, installed into an empty environment and used outside the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from understanding_gradients.cli import project_version
from understanding_gradients.installation import ROOT

pytestmark = pytest.mark.render

PACKAGES = {"descent", "scenes", "understanding_gradients"}
CORE = {"contourpy", "lazy-loader", "matplotlib", "numpy", "safetensors", "scipy", "torch"}
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".*cache", "__pycache__", "media", "site")
COMMAND = "understanding-gradients"
KEPT = ("PATH", "PYTHONDONTWRITEBYTECODE", "TMPDIR")
# What README's lines take as given.
MODEL = """
import torch
torch.manual_seed(0)
x = torch.linspace(-1, 1, 16)[:, None]
y = x**2
model = torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
"""


class Installation:
    """A virtual environment with the wheel and third-party packages, and a home folder.

    Args:
        folder: Where it is made.
        wheel: The wheel.
        extras: The extras whose packages it has.
    """

    def __init__(self, folder: Path, wheel: Path, *extras: str) -> None:
        self.home = folder / "home"
        self.bin = folder / "env" / "bin"
        self.home.mkdir()
        venv.create(folder / "env")
        (self.site,) = (folder / "env" / "lib").glob("python*/site-packages")
        pip = [sys.executable, "-m", "pip", "--python", str(self.bin / "python"), "install"]
        subprocess.run([*pip, "--quiet", "--no-index", "--no-deps", str(wheel)], check=True)
        (self.metadata,) = distributions(path=[str(self.site)])
        self.needed = needed_by(self.metadata, {"", *extras})
        link(self.needed.values(), folder / "packages")
        (self.site / "packages.pth").write_text(str(folder / "packages"), encoding="utf-8")

    def run(
        self, command: str, *words: str, cwd: Path, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment in the working folder `cwd`."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return subprocess.run(
            [self.bin / command, *words],
            cwd=cwd,
            env=kept | {"HOME": str(self.home)} | env,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def files(self) -> set[Path]:
        """Return the files in site-packages, without what Python compiled."""
        found = (path for path in self.site.rglob("*") if "__pycache__" not in path.parts)
        return set(found)


def needed_by(project: Distribution, extras: set[str]) -> dict[str, Distribution]:
    """Return the installed distributions that `project` needs with `extras`, by name."""
    found: dict[str, Distribution] = {}
    waiting = [(Requirement(text), extras) for text in project.requires or ()]
    while waiting:
        requirement, chosen = waiting.pop()
        marker = requirement.marker
        if marker is not None and not any(marker.evaluate({"extra": extra}) for extra in chosen):
            continue
        if requirement.name not in found or requirement.extras:
            found[requirement.name] = distribution(requirement.name)
            more = found[requirement.name].requires or ()
            waiting += [(Requirement(text), {"", *requirement.extras}) for text in more]
    return found


def link(packages: Iterable[Distribution], folder: Path) -> None:
    """Make `folder` a site-packages with links to the files of `packages`."""
    folder.mkdir()
    for package in packages:
        for name in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
            if not (folder / name).is_symlink():
                (folder / name).symlink_to(Path(str(package.locate_file(name))).resolve())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy of the checkout without .git."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "source", ignore=LEFT_OUT)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps"]
    subprocess.run([*pip, "--wheel-dir", folder, folder / "source"], check=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def core(wheel, tmp_path_factory):
    """The wheel without extras."""
    return Installation(tmp_path_factory.mktemp("core"), wheel)


@pytest.fixture(scope="module")
def full(wheel, tmp_path_factory):
    """The wheel with the extras that render and that notebooks use."""
    return Installation(tmp_path_factory.mktemp("full"), wheel, "render", "notebook")


def test_the_wheel_has_three_packages_that_are_typed(wheel):
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    info = f"understanding_gradients-{project_version()}.dist-info"
    assert {name.split("/")[0] for name in names} == {*PACKAGES, info}
    assert {f"{package}/py.typed" for package in PACKAGES} <= names


def test_the_core_needs_nothing_that_draws_films(core):
    requirements = [Requirement(text) for text in core.metadata.requires]
    assert {one.name for one in requirements if "extra" not in str(one.marker)} == CORE
    assert not {"av", "click", "manim", "typst"} & set(core.needed)
    assert core.metadata.version == project_version()


def test_the_core_records_without_the_extra(core, tmp_path):
    code = (
        "import descent\n"
        "bowl = descent.LOSSES['bowl']\n"
        "run = descent.record(bowl, bowl.start, learning_rate=0.1, steps=3)\n"
        "print(run.steps, descent.__file__)\n"
    )
    done = core.run("python", "-c", code, cwd=tmp_path)
    assert done.stdout == f"3 {core.site / 'descent' / '__init__.py'}\n", done.stderr


@pytest.mark.parametrize("command", [[COMMAND], ["python", "-m", "understanding_gradients"]])
def test_without_the_extra_the_command_says_what_to_install(core, tmp_path, command):
    done = core.run(*command, "list", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "Error: Rendering must have av, which is not installed: "
        "pip install 'understanding-gradients[render]'.\n"
    )


@pytest.mark.slow
def test_the_command_works_outside_the_checkout(full, tmp_path):
    before = full.files()
    done = full.run(COMMAND, "--version", cwd=tmp_path)
    assert (done.stdout, done.stderr) == (f"{project_version()}\n", "")
    done = full.run(COMMAND, "clip", "title", "-q", "draft", "--jobs", "1", cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("media/clips/title_draft.mp4\n", "")
    assert (tmp_path / "media" / "clips" / "title_draft.mp4").is_file()
    done = full.run(COMMAND, "list", "title", cwd=tmp_path)
    assert done.stdout.splitlines()[1].startswith("title ")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = full.run(COMMAND, "clip", "title", "-q", "draft", cwd=elsewhere)
    assert (elsewhere / "media" / "clips" / "title_draft.mp4").is_file(), done.stderr
    assert list(full.home.glob(".cache/understanding-gradients/store/*"))
    assert not list(tmp_path.rglob("store"))
    assert full.files() == before


@pytest.mark.slow
def test_the_notebook_lines_of_the_readme_run_outside_the_checkout(full, tmp_path):
    before = full.files()
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = [one for one in re.findall(r"```python\n(.*?)```", text, re.S) if "descent." in one]
    # Fewer steps and runs show as much.
    code = "\n".join(blocks).replace("steps=300", "steps=30").replace("10_000", "100")
    assert "film(" in code
    (tmp_path / "lines.py").write_text(MODEL + code, encoding="utf-8")
    done = full.run("python", "lines.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    made = {path.name for path in tmp_path.iterdir()} - {"lines.py"}
    assert made == {"run.safetensors", "learning-rates.html"}
    assert full.files() == before


@pytest.mark.slow
def test_a_file_that_hides_a_package_is_named(full, tmp_path):
    (tmp_path / "scenes.py").touch()
    refusal = (
        f"Error: The name scenes must be that of the package in {full.site}; got "
        f"{tmp_path / 'scenes.py'}: rename that file, or start from another folder.\n"
    )
    done = full.run("python", "-m", "understanding_gradients", "list", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, refusal)
    done = full.run(COMMAND, "list", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (2, refusal)
    # The command itself does not look for modules in the working folder.
    assert full.run(COMMAND, "--version", cwd=tmp_path).returncode == 0


@pytest.mark.slow
def test_messages_name_the_installed_command(full, tmp_path):
    done = full.run(COMMAND, "clip", cwd=tmp_path)
    assert done.returncode == 2
    assert "clip must be told which clips: `understanding-gradients list` shows" in done.stderr


@pytest.mark.slow
def test_a_deck_for_the_browser_needs_npm(full, tmp_path):
    done = full.run(COMMAND, "deck", "title", "--to", "html", cwd=tmp_path, PATH="")
    assert done.returncode == 2
    assert "must have reveal.js, which npm fetches; got no npm: install Node.js" in done.stderr
