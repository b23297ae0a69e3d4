#!/bin/sh
# Guess: font_paths takes the path of a font file, or raises if it takes only folders.
# Found: a file's path, and a path that does not exist, are ignored without an error; only folders are searched.
# With matplotlib's own font folder the opposite surprise follows: it holds "Last Resort", which has a glyph for every
# character, so that no character is ever missing and every unknown one is drawn as that font's box.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet typst==0.15.2 matplotlib==3.11.2
"$folder/venv/bin/python" - <<'PYTHON'
import platform
from importlib.metadata import version
from pathlib import Path

import matplotlib
import typst

print("Python", platform.python_version(), "typst", version("typst"), "matplotlib", version("matplotlib"))
fonts = Path(matplotlib.get_data_path(), "fonts", "ttf")
file = fonts / "DejaVuSans.ttf"
assert file.is_file()


def families(*paths):
    return set(typst.Fonts(include_system_fonts=False, font_paths=list(paths)).families())


embedded = families()
print("embedded:", sorted(embedded))
print("added by the file:", sorted(families(file) - embedded))
print("added by a path that does not exist:", sorted(families("/no/such/folder") - embedded))
print("added by the folder:", sorted(families(fonts) - embedded))
assert families(file) == embedded
assert families("/no/such/folder") == embedded
assert {"DejaVu Sans", "Last Resort High-Efficiency"} <= families(fonts)
print("As found: the file is ignored, the folder brings a font with every character.")
PYTHON
