"""The environment of a worker process, which no file in a home or working folder reaches.

Manim, Matplotlib and fontconfig look there for settings, plugins and fonts. What they find would
change a picture without changing its key.
"""

from __future__ import annotations

import os
import site
from pathlib import Path

from understanding_gradients.installation import ROOT

# A worker computes little; more threads would only compete with the other workers.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
# These name files and folders in place of those in the home folder.
PERSONAL = {
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
    "MATPLOTLIBRC",
    "MPLCONFIGDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
}


def worker_environment(home: Path) -> dict[str, str]:
    """Return the environment of a worker process.

    Packages that are installed in the user's real home folder are still found.

    Args:
        home: Its home folder, which is empty when it starts.
    """
    kept = {name: value for name, value in os.environ.items() if name not in PERSONAL}
    own = {"HOME": str(home), "PYTHONUSERBASE": site.getuserbase(), "PYTHONPATH": python_path()}
    return kept | ONE_THREAD | own


def python_path() -> str:
    """Return a PYTHONPATH by which a worker imports this very source, from any working folder."""
    named = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    folders = [str(Path(folder).absolute()) for folder in named]
    installed = (*site.getsitepackages(), site.getusersitepackages())
    is_installed = any(Path(folder).resolve() == ROOT for folder in installed)
    return os.pathsep.join(folders if is_installed else [str(ROOT), *folders])
