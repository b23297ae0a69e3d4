"""Run the notebooks and save their outputs: ./run notebooks [NAME.ipynb]...

Each notebook runs from top to bottom in a kernel of its own, with this checkout's source, and is
saved without anything that changes from run to run. A test runs them the same way and compares.
"""

from __future__ import annotations

import os
import re
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import click
import nbformat
from nbclient import NotebookClient
from PIL import Image

FOLDER = Path(__file__).parent
CELL_TIMEOUT = 300  # seconds
COLORS = 256
ADDRESS = re.compile(r"( at 0x)[0-9a-f]+")


def notebooks() -> list[Path]:
    """Return the notebooks, in order."""
    return sorted(FOLDER.glob("*.ipynb"))


def execute(path: Path, folder: Path) -> Any:
    """Run the notebook at `path` in `folder`, and return it with its outputs.

    Raises:
        CellExecutionError: If a cell fails.
    """
    notebook: Any = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    source = os.pathsep.join(filter(None, (str(FOLDER.parent), os.environ.get("PYTHONPATH"))))
    client = NotebookClient(notebook, timeout=CELL_TIMEOUT, resources=resources)
    client.execute(env={**os.environ, "PYTHONPATH": source})
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            # Progress and the warnings of libraries are written to standard error.
            outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
            cell.outputs = [reproducible(output) for output in merge_streams(outputs)]
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    return notebook


def merge_streams(outputs: Iterable[Any]) -> list[Any]:
    """Merge consecutive stream outputs: a kernel may send printed text in parts."""
    merged: list[Any] = []
    for output in outputs:
        if merged and output.output_type == merged[-1].output_type == "stream":
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def reproducible(output: Any) -> Any:
    """Return `output` without memory addresses, its pictures in few colors."""
    data = output.get("data", {})
    if "text/plain" in data:
        data["text/plain"] = ADDRESS.sub(r"\1…", data["text/plain"])
    if "image/png" in data:
        data["image/png"] = quantized(data["image/png"])
    return output


def quantized(picture: str) -> str:
    """Return a PNG with `COLORS` colors, a third of the size; both in base64."""
    smaller = BytesIO()
    Image.open(BytesIO(b64decode(picture))).convert("RGB").quantize(COLORS).save(
        smaller, "PNG", optimize=True
    )
    return b64encode(smaller.getvalue()).decode("ascii")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def main(paths: tuple[Path, ...]) -> None:
    """Run the notebooks, or those at PATHS, and save them with their outputs."""
    for path in paths or notebooks():
        with tempfile.TemporaryDirectory() as folder:
            nbformat.write(execute(path, Path(folder)), path)
        click.echo(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
