"""Run the notebooks and keep what they showed: ./run notebooks [NAME.ipynb]...

Each is run from top to bottom in a kernel of its own, and written back with its outputs, without
anything that changes from run to run. A test runs them the same way and compares.
"""

from __future__ import annotations

import re
import tempfile
from base64 import b64decode, b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import click
import nbformat
from nbclient import NotebookClient
from PIL import Image

FOLDER = Path(__file__).parent
SECONDS = 300  # for one cell
COLOURS = 256
IDENTITY = re.compile(r"( at 0x)[0-9a-f]+")


def notebooks() -> list[Path]:
    """Return the notebooks, in order."""
    return sorted(FOLDER.glob("*.ipynb"))


def executed(path: Path, folder: Path) -> Any:
    """Return the notebook at `path` as it is after running in `folder`.

    Raises:
        CellExecutionError: If a cell fails.
    """
    notebook: Any = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=SECONDS, resources=resources).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            said = [output for output in cell.outputs if _is_said(output)]
            cell.outputs = [_settled(output) for output in _joined(said)]
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    return notebook


def _is_said(output: Any) -> bool:
    """Return whether an output is for readers; progress and warnings of libraries are not."""
    return output.output_type != "stream" or output.name == "stdout"


def _joined(outputs: list[Any]) -> list[Any]:
    """Return the outputs; what was printed in one go, and may be sent in parts, is put together."""
    joined: list[Any] = []
    for output in outputs:
        if joined and output.output_type == joined[-1].output_type == "stream":
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _settled(output: Any) -> Any:
    data = output.get("data", {})
    if "text/plain" in data:
        data["text/plain"] = IDENTITY.sub(r"\1…", data["text/plain"])
    if "image/png" in data:
        data["image/png"] = _of_few_colours(data["image/png"])
    return output


def _of_few_colours(picture: str) -> str:
    """Return a PNG of so many colours only, a third of the bytes; both as base64."""
    smaller = BytesIO()
    Image.open(BytesIO(b64decode(picture))).convert("RGB").quantize(COLOURS).save(
        smaller, "PNG", optimize=True
    )
    return b64encode(smaller.getvalue()).decode("ascii")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def main(paths: tuple[Path, ...]) -> None:
    """Run the notebooks, or those at PATHS, and write them back with their outputs."""
    for path in paths or notebooks():
        with tempfile.TemporaryDirectory() as folder:
            nbformat.write(executed(path, Path(folder)), path)
        click.echo(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
