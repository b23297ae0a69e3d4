"""Hooks of MkDocs: which files belong to the site, and notebooks as pages."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
PATTERNS = (
    "*.md",
    "docs/**/*.md",
    "docs/**/*.png",
    "docs/**/*.svg",
    "docs/site/*.css",
    "docs/site/*.js",
    "media/gallery/*.mp4",
    "media/gallery/*.png",
    "notebooks/*.ipynb",
)


def on_files(files: Files, config: Any) -> Files:
    """Give the site the folders of the repository, so that a link works in both."""
    for file in [file for file in files if file.src_dir == config.docs_dir]:
        files.remove(file)
    for path in sorted(path for pattern in PATTERNS for path in ROOT.glob(pattern)):
        name = path.relative_to(ROOT)
        files.append(File(str(name), str(ROOT), config.site_dir, config.use_directory_urls))
        if path.suffix == ".ipynb":
            page = str(name.with_suffix(".md"))
            files.append(File.generated(config, page, content=notebook_page(path)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Let a link to a notebook lead to its page."""
    return re.sub(r"\((notebooks/[\w-]+)\.ipynb\)", r"(\1.md)", markdown)


def notebook_page(path: Path) -> str:
    """Return the notebook at `path` as Markdown, with the outputs of its cells."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    parts = [part for cell in cells for part in cell_parts(cell)]
    parts.insert(1, f"[Download this notebook]({path.name})")
    return "\n\n".join(parts)


def cell_parts(cell: dict[str, Any]) -> Iterator[str]:
    """Yield the source of a cell, and each of its outputs."""
    source = "".join(cell["source"])
    yield source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```"
    for output in cell.get("outputs", ()):
        yield f'<div class="output">\n{output_html(output)}\n</div>'


def output_html(output: dict[str, Any]) -> str:
    """Return the richest form of an output."""
    forms = {kind: "".join(value) for kind, value in output.get("data", {}).items()}
    if "text/html" in forms:
        return forms["text/html"]
    if "image/png" in forms:
        source = f"data:image/png;base64,{forms['image/png'].strip()}"
        return f'<img alt="The plot that this cell shows" src="{source}">'
    text = forms.get("text/plain", "".join(output.get("text", "")))
    return f"<pre><code>{html.escape(text)}</code></pre>"
