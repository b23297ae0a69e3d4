"""Write a page of a sweep: one HTML file that needs no network."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from descent._files.atomic_write import atomic_write
from descent.checks.errors import InvalidValue
from descent.checks.paths import check_target
from descent.checks.texts import check_title
from descent.page.content import content_of
from descent.palette import BEHAVIOR_ROLES, DARK, LIGHT, Palette, palette_of
from descent.sweeps.sweep import check_sweep
from descent.text.sweeps import title as title_of

if TYPE_CHECKING:
    from descent.sweeps.sweep import Sweep

STYLE = "page.css"
SCRIPTS = ("numbers.js", "axes.js", "loss_view.js", "plots.js", "table.js", "main.js")
ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def write_page(
    sweep: Sweep,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    theme: str | None = None,
) -> Path:
    """Write a page with a slider through the kept runs of `sweep`, and return its path.

    The page is one HTML file without external resources. It shows the path of the chosen
    run θ^{t+1} = θ^t − η ∇loss(θ^t) over the loss, the loss by steps, the numbers of each step as
    they were recorded, and the final loss of every learning rate with the boundary
    2 / sharpness. A file that was there is replaced as a whole or not at all.

    Args:
        sweep: Of one list of learning rates, with runs that were kept.
        path: Where the page goes; its folder must exist.
        title: Its heading; by default how many learning rates there are.
        theme: "dark" or "light"; by default what the reader's system asks for.

    Returns:
        The path.

    Raises:
        InvalidType: If `sweep` is not a Sweep, `path` not a path, or `title` not a text.
        InvalidValue: If no run was kept, the sweep is not one list of rates, the theme is unknown,
            or the path is a folder.
        FileNotFoundError: If the path's folder does not exist.
        OSError: If the file cannot be written.

    Example:
        >>> import descent, tempfile, pathlib
        >>> parabola = descent.LOSSES["parabola"]
        >>> found = descent.sweep(parabola, [2], [0.01, 0.5, 1.1], steps=8, keep=3)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     page = pathlib.Path(folder) / "parabola.html"
        ...     descent.write_page(found, page, title="A parabola").name
        'parabola.html'
    """
    _check_sweep(sweep)
    check_title(title)
    if theme is not None:
        palette_of(theme)
    target = check_target(path)
    heading = title or title_of(len(sweep.trajectories))
    page = _page(content_of(sweep), heading, theme)
    with atomic_write(target) as unfinished:
        unfinished.write_bytes(page.encode())
    return target


def _check_sweep(sweep: Any) -> None:
    check_sweep(sweep)
    shape = sweep.learning_rates.shape
    if len(shape) != 1 or sweep.groups.size:
        got, repair = f"shape {shape}", "sweep a single rate to slide through."
        raise InvalidValue("sweep", "be one list of learning rates", sweep, got=got, repair=repair)
    if not sweep.trajectories:
        repair = "pass keep=41 to descent.sweep."
        raise InvalidValue("sweep", "have kept runs to show", sweep, got="none", repair=repair)


def _page(content: dict[str, Any], title: str, theme: str | None) -> str:
    style, script = _palettes() + _source(STYLE), _script()
    return Template(_source("page.html")).substitute(
        theme=f' data-theme="{theme}"' if theme else "",
        policy=f"default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src '{_digest(style)}'; script-src '{_digest(script)}'",
        title=html.escape(title),
        about=html.escape(content.pop("about")),
        style=style,
        content=_embedded(content),
        script=script,
    )


def _embedded(content: dict[str, Any]) -> str:
    """Return JSON in which no text can end the script element."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(str.maketrans(ESCAPES))


def _palettes() -> str:
    """Return both palettes as CSS; the reader's system chooses unless the page has a theme."""
    dark, light = _variables(DARK, "dark"), _variables(LIGHT, "light")
    return (
        f":root{{{dark}}}"
        f"@media (prefers-color-scheme: light){{:root:not([data-theme=dark]){{{light}}}}}"
        f":root[data-theme=light]{{{light}}}"
        f"@media print{{:root:root:root{{{light}}}}}\n"
    )


def _variables(palette: Palette, scheme: str) -> str:
    colours = {name.replace("_", "-"): value for name, value in asdict(palette).items()}
    for behavior, role in BEHAVIOR_ROLES.items():
        colours[behavior.replace(" ", "-")] = getattr(palette, role)
    return f"color-scheme:{scheme};" + "".join(f"--{k}:{v};" for k, v in colours.items())


def _script() -> str:
    return '"use strict";\n{\n' + "\n".join(map(_source, SCRIPTS)) + "}\n"


@cache
def _source(name: str) -> str:
    return files("descent.page").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Return the source expression of a style or script for a Content-Security-Policy."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
