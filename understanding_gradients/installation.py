"""Where the source lies and where files go, in a checkout and as an installed package.

In a checkout everything is made in its media folder. An installed package writes into the working
folder or the user's cache, never into site-packages.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

# The folder of the packages `descent`, `scenes` and `understanding_gradients`.
ROOT = Path(__file__).resolve().parents[1]
PROJECT = "Understanding Gradients"
MEDIA_VARIABLE = "UNDERSTANDING_GRADIENTS_MEDIA"
# What the extra [render] brings, by the names of modules.
RENDER_MODULES = (
    "PIL",
    "av",
    "click",
    "jinja2",
    "lxml",
    "manim",
    "msgspec",
    "platformdirs",
    "pptx",
    "rich",
    "typst",
)

# What the extra [studio] brings beside them.
STUDIO_MODULES = ("sse_starlette", "starlette", "tomlkit", "uvicorn", "watchfiles")


def is_checkout() -> bool:
    """Return whether the source is that of a checkout, not of an installed package."""
    return (ROOT / "render.py").is_file() and (ROOT / "pyproject.toml").is_file()


def program() -> str:
    """Return the name of the command line, as messages write it."""
    return "render.py" if is_checkout() else "understanding-gradients"


def media_folder() -> Path:
    """Return the folder of everything that commands make.

    It is the one that the environment variable UNDERSTANDING_GRADIENTS_MEDIA names, else ``media``
    in the checkout, else ``media`` in the working folder.
    """
    named = os.environ.get(MEDIA_VARIABLE)
    # Workers have another working folder, so the path must be absolute.
    return Path(named or (ROOT if is_checkout() else Path.cwd()) / "media").absolute()


def cache_folder() -> Path:
    """Return the folder of what is kept for later, where no command names a folder.

    It is the media folder if that is named or in a checkout, else the user's cache folder.
    """
    is_named = is_checkout() or os.environ.get(MEDIA_VARIABLE)
    return media_folder() if is_named else user_cache_folder()


def user_cache_folder() -> Path:
    """Return the folder in the user's cache that all installations of this project share."""
    from platformdirs import user_cache_path

    return user_cache_path("understanding-gradients", appauthor=False)


def default_settings() -> Path:
    """Return the path of lecture.toml: the checkout's, else the working folder's."""
    return (ROOT if is_checkout() else Path.cwd()) / "lecture.toml"


def install_command(*extras: str) -> str:
    """Return the command that installs this project with `extras`."""
    names = ",".join(extras)
    return (
        f"pip install -e '.[{names}]'"
        if is_checkout()
        else (f"pip install 'understanding-gradients[{names}]'")
    )


def exit_unless_installed() -> None:
    """End with status 2 and one sentence unless the installation is whole."""
    try:
        check_installation()
    except ImportError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)


def check_extra(extra: str, what: str, modules: Iterable[str]) -> None:
    """Check that the modules of an extra are installed, which `what` needs."""
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        repair = "./run setup" if is_checkout() else install_command(extra)
        raise ImportError(f"{what} must have {missing[0]}, which is not installed: {repair}.")


def check_installation() -> None:
    """Check that what renders is installed, and that the packages are this project's."""
    check_extra("render", "Rendering", RENDER_MODULES)
    for name in ("descent", "scenes"):
        spec = find_spec(name)
        found = Path(spec.origin).resolve() if spec and spec.origin else None
        if found is None or found.parent != ROOT / name:
            raise ImportError(
                f"The name {name} must be that of the package in {ROOT}; got {found}: "
                "rename that file, or start from another folder."
            )
