#!/bin/sh
# Guess: a text with a character that no font has makes Typst warn, as LaTeX's log and browsers' consoles do.
# Found: typst-py compiles it without any warning, and draws an empty box (.notdef) in the film or handout.
# So a caller that must not show empty boxes has to look for that glyph's outline itself.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet typst==0.15.2
"$folder/venv/bin/python" - <<'PYTHON'
import platform
import re
from importlib.metadata import version

import typst

print("Python", platform.python_version(), "typst", version("typst"))


def outlines(text):
    """Compile `text` with Typst's embedded fonts; return its glyphs' outlines and the warnings."""
    svg, warnings = typst.compile_with_warnings(
        text.encode(), format="svg", ignore_system_fonts=True
    )
    return set(re.findall(r'<symbol[^>]*>\s*<path[^>]*d="([^"]+)"', svg.decode())), warnings


unassigned, _ = outlines("\u0378")  # no font can have this character
for text in ("a", "\u5c3a", "\u5b57"):
    glyphs, warnings = outlines(text)
    print(ascii(text), "warnings:", warnings, "drawn as a missing glyph:", glyphs == unassigned)
    assert warnings == []
    assert (glyphs == unassigned) == (text != "a")
print("As found: no warning, an empty box.")
PYTHON
