"""The script ./run, on machines made of stand-ins: nothing is installed here."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from understanding_gradients.cache.sources import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell script")

# What npm fetches for presentations.
RELEASES = "understanding_gradients/decks/package.json"
# A Python that answers the probe and, for the rest, writes down what it is asked to do.
PYTHON = """#!/bin/sh
case "$*" in
  *find_spec*) [ "$FAKE_VERSION" = old ] && exit 1
     printf '%s\\n' "{self}" "${{FAKE_VERSION:-3.12.1}}" 3.12 yes "${{FAKE_HEADERS:-yes}}" ;;
  *_base_executable*) exit 0 ;;
  *"-m venv"*) mkdir -p "$3/bin" && cp "{self}" "$3/bin/python" && echo venv >>"{log}" ;;
  *"-m pip "*) echo "pip $*" >>"{log}"
     if [ "$FAKE_PIP" = killed ]; then kill -9 "$(cat .venv/unfinished)"; fi
     [ "$FAKE_PIP" != broken ] || {{ echo 'no such package' >&2; exit 1; }} ;;
  *) echo "python $*" >>"{log}" ;;
esac
"""
TOOL = """#!/bin/sh
echo "{name} $*" >>"{log}"
{then}
"""


class Machine:
    """A copy of the project, and a PATH with only what is put there."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "it's a project"
        self.bin = folder / "bin"
        self.log = folder / "log"
        self.root.mkdir()
        self.bin.mkdir()
        for name in ("run", "pyproject.toml", "constraints.txt", RELEASES):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.root / name)
        for name in ("sh", "cat", "cksum", "cp", "dirname", "env", "mkdir", "mv", "rm", "sed"):
            self.link(name)
        for name in ("tail", "kill"):
            self.link(name)
        self.python()
        self.tool("cc")
        self.tool("pkg-config")
        self.tool("id", "echo 0")

    def link(self, name: str) -> None:
        """Put a real program on the PATH."""
        (self.bin / name).symlink_to(shutil.which(name) or f"/bin/{name}")

    def tool(self, name: str, then: str = "") -> None:
        """Put a stand-in on the PATH that writes its call down."""
        self._write(name, TOOL.format(name=name, log=self.log, then=then))

    def python(self) -> None:
        """Put a Python on the PATH."""
        self._write("python3", PYTHON.format(self=self.bin / "python3", log=self.log))

    def _write(self, name: str, text: str) -> None:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Call ./run from elsewhere, and forget what was written down before."""
        self.log.write_text("", encoding="utf-8")
        return subprocess.run(
            [str(self.root / "run"), *words],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={"PATH": str(self.bin), **env},
        )

    def calls(self, name: str) -> list[str]:
        """What `name` was called with since the last run began."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.split()[0] == name]


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_the_first_run_installs_with_the_constraints_and_then_renders(machine):
    done = machine.run("lecture", "-q", "draft", "-o", "a b.mp4")
    assert done.returncode == 0, done.stderr
    assert len(machine.calls("venv")) == 1
    assert (
        "--constraint constraints.txt --editable .[render,studio,notebook,test]"
        in machine.calls("pip")[-1]
    )
    assert machine.calls("python") == [
        f"python {machine.root}/render.py lecture -q draft -o a b.mp4"
    ]


def test_the_second_run_starts_at_once(machine):
    machine.run("setup")
    machine.run("render", "list")
    assert machine.calls("pip") == machine.calls("venv") == machine.calls("pkg-config") == []
    assert machine.calls("python") == [f"python {machine.root}/render.py list"]


@pytest.mark.parametrize("file", ["pyproject.toml", "constraints.txt", RELEASES])
def test_changed_requirements_are_installed(machine, file):
    machine.run("setup")
    with (machine.root / file).open("a", encoding="utf-8") as requirements:
        requirements.write("# changed\n")
    machine.run("setup")
    assert (len(machine.calls("pip")), len(machine.calls("venv"))) == (2, 0)


def test_another_interpreter_is_noticed(machine):
    machine.run("setup")
    machine.run("setup", FAKE_VERSION="3.13.0")
    assert len(machine.calls("pip")) == 2


def test_an_interrupted_installation_starts_afresh(machine):
    assert machine.run("setup", FAKE_PIP="killed").returncode != 0
    left = machine.root / ".venv" / "half-a-package"
    left.touch()
    done = machine.run("lecture")
    assert "cut short" in done.stderr
    assert (len(machine.calls("venv")), left.exists()) == (1, False)
    assert len(machine.calls("python")) == 1


def test_a_failing_installation_says_why_and_is_not_taken_for_done(machine):
    done = machine.run("lecture", FAKE_PIP="broken")
    assert done.returncode == 1
    assert "no such package" in done.stderr
    assert machine.calls("python") == []
    assert machine.run("lecture").returncode == 0


def test_two_installations_at_once_do_not_meet(machine):
    (machine.root / ".venv").mkdir()
    (machine.root / ".venv" / "unfinished").write_text(f"{os.getpid()}\n", encoding="utf-8")
    done = machine.run("lecture")
    assert (done.returncode, machine.calls("pip")) == (1, [])
    assert f"Another ./run (process {os.getpid()}) is installing" in done.stderr


def missing_libraries(machine):
    """A machine whose libraries come with its package manager."""
    installed = machine.bin / "installed"
    machine.tool("pkg-config", f'[ -e "{installed}" ]')
    machine.tool("apt-get", f'case "$1" in install) : >"{installed}" ;; esac')


def test_only_what_is_missing_is_installed(machine):
    missing_libraries(machine)
    done = machine.run("setup")
    assert done.returncode == 0, done.stderr
    assert machine.calls("apt-get") == [
        "apt-get update",
        "apt-get install -y --no-install-recommends libcairo2-dev libpango1.0-dev",
    ]


def test_without_a_compiler_and_headers_those_are_installed(machine):
    (machine.bin / "cc").unlink()
    headers = machine.bin / "cc"
    machine.tool("dnf", f'ln -s "{machine.bin}/sh" "{headers}"')
    machine.link("ln")
    done = machine.run("setup", FAKE_HEADERS="yes")
    assert machine.calls("dnf") == ["dnf install -y gcc gcc-c++"], done.stderr


def test_without_rights_the_exact_command_is_printed(machine):
    missing_libraries(machine)
    machine.tool("id", "echo 1000")
    done = machine.run("setup")
    assert done.returncode == 1
    assert "Run this as root, then ./run again" in done.stderr
    assert (
        "apt-get update && apt-get install -y --no-install-recommends libcairo2-dev libpango1.0-dev"
    ) in done.stderr
    assert machine.calls("apt-get") == machine.calls("pip") == []


def test_what_sudo_runs_is_said_first_where_it_asks_for_nothing(machine):
    missing_libraries(machine)
    machine.tool("id", "echo 1000")
    machine.tool("sudo", 'while [ "$1" = -n ]; do shift; done; "$@"')
    machine.link("true")
    done = machine.run("setup")
    assert done.returncode == 0
    assert len(machine.calls("apt-get")) == 2
    said = "Running: sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends "
    assert done.stderr.startswith("Running: sudo -n true")
    assert f"\n{said}" in done.stderr


def test_homebrew_is_not_run_as_root(machine):
    installed = machine.bin / "installed"
    machine.tool("pkg-config", f'[ -e "{installed}" ]')
    machine.tool("brew", f': >"{installed}"')
    machine.tool("id", "echo 501")
    assert machine.run("setup").returncode == 0
    assert machine.calls("brew") == ["brew install cairo pango"]


def test_an_old_python_is_not_taken(machine):
    done = machine.run("setup", FAKE_VERSION="old")
    assert done.returncode == 1
    assert "Python 3.11 or later" in done.stderr


def test_a_named_interpreter_must_answer(machine):
    done = machine.run("setup", PYTHON="/no/python")
    assert done.returncode == 1
    assert "PYTHON must be Python 3.11 or later; got '/no/python'" in done.stderr


def test_tests_with_arguments_go_straight_to_pytest(machine):
    machine.run("test", "-k", "store")
    assert machine.calls("python") == ["python -m pytest -k store"]
    machine.run("test")
    assert [call.split()[2] for call in machine.calls("python")] == [
        "ruff",
        "ruff",
        "codespell_lib",
        "pyright",
        "pytest",
    ]


def test_what_the_tests_open_presentations_with_is_installed_where_it_can_be(machine):
    machine.tool("apt-get")
    machine.tool("chromium")
    machine.run("test")
    assert machine.calls("apt-get") == [
        "apt-get update",
        "apt-get install -y --no-install-recommends libreoffice-impress-nogui npm",
    ]
    machine.tool("apt-get", "exit 100")
    done = machine.run("test")
    assert "tests that need them are skipped" in done.stderr
    assert machine.calls("python")[-1].startswith("python -m pytest")
    # Nobody is asked for a password to run tests.
    machine.tool("id", "echo 1000")
    machine.run("test")
    assert machine.calls("apt-get") == []


def test_reveal_is_fetched_beforehand_where_there_is_npm(machine):
    machine.run("setup")
    assert machine.calls("python") == []
    machine.tool("npm")
    (machine.root / ".venv" / "installed").unlink()
    assert machine.run("setup").returncode == 0
    assert machine.calls("python") == ["python -m understanding_gradients.decks.reveal"]


def test_the_packages_of_the_site_are_installed_by_docs_alone_and_once(machine):
    machine.run("setup")
    done = machine.run("docs")
    assert done.returncode == 0, done.stderr
    assert machine.calls("pip") == [
        "pip -m pip install --progress-bar off --constraint constraints.txt --group docs"
    ]
    assert machine.calls("python") == ["python -m mkdocs build --strict"]
    machine.run("docs")
    assert machine.calls("pip") == []


@pytest.mark.parametrize("words", [(), ("lectur",)])
def test_an_unknown_task_is_refused(machine, words):
    done = machine.run(*words)
    assert done.returncode == 2
    assert "lecture" in done.stderr
