"""A hook of MkDocs: the site is refused if one of its pages loads anything from the network."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

# The attributes by which a tag loads something; the links of the text are not among them.
LOADING = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "img": ("src", "srcset"),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
}
REMOTE = re.compile(r"\s*(https?:)?//")
REMOTE_IN_CODE = re.compile(r"""(?:url\(|@import|import\(|from)\s*['"]?(?:https?:)?//[^'")\s]+""")


def on_post_build(config: Any) -> None:
    """Look through all pages and style sheets.

    Raises:
        PluginError: If one of them loads something from the network.
    """
    site = Path(config.site_dir)
    remote = [
        f"{path.relative_to(site)}: {address}"
        for path in sorted(site.rglob("*"))
        for address in remote_addresses(path)
    ]
    if remote:
        raise PluginError("The site must load nothing from the network:\n" + "\n".join(remote))


def remote_addresses(path: Path) -> list[str]:
    """Return what a page or a style sheet loads from the network."""
    if path.suffix == ".css":
        return REMOTE_IN_CODE.findall(path.read_text(encoding="utf-8"))
    if path.suffix != ".html":
        return []
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page.remote


class _Page(HTMLParser):
    """Collects what a page loads from the network."""

    def __init__(self) -> None:
        super().__init__()
        self.remote: list[str] = []
        self._in_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the addresses of a tag."""
        self._in_code = tag in ("script", "style")
        for name, value in attrs:
            if value and name in LOADING.get(tag, ()) and REMOTE.match(value):
                self.remote.append(value)
            elif value and name == "style":
                self.remote += REMOTE_IN_CODE.findall(value)

    def handle_endtag(self, tag: str) -> None:
        """Leave a script or a style sheet."""
        self._in_code = False

    def handle_data(self, data: str) -> None:
        """Look at the text of a script or a style sheet."""
        if self._in_code:
            self.remote += REMOTE_IN_CODE.findall(data)
