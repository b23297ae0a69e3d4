"""The one-way rule for every pair of layers is a contract of import-linter, in pyproject.toml."""

from __future__ import annotations

from importlinter.cli import lint_imports

from understanding_gradients.installation import ROOT


def test_every_layer_imports_only_what_lies_below_it(capsys):
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == 0, capsys.readouterr().out
