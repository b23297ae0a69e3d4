"""How the reference pages read docstrings."""

from __future__ import annotations

import re
from typing import Any

import griffe

SINGLE_EXAMPLE = re.compile(r"^Example:$", re.MULTILINE)
QUOTED_NAME = re.compile(r"(?<!`)`(\w+)`(?!`)")


class Docstrings(griffe.Extension):
    """Shows examples as code, and links the public names of descent."""

    def on_object(self, *, obj: griffe.Object, loader: griffe.GriffeLoader, **_: Any) -> None:
        """Change the text of a docstring before it is parsed."""
        if obj.docstring is None:
            return
        public = loader.modules_collection["descent"].members

        def link(quoted: re.Match[str]) -> str:
            name = quoted[1]
            linked = name in public and public[name].is_alias and name != obj.name
            return f"[{quoted[0]}][descent.{name}]" if linked else quoted[0]

        # Only the heading "Examples:" is read as code.
        text = SINGLE_EXAMPLE.sub("Examples:", obj.docstring.value)
        obj.docstring.value = QUOTED_NAME.sub(link, text)
