"""The commands of the command line: one file for each subject.

What takes time to import is imported inside the commands, so that `--help` is immediate.
"""

from understanding_gradients.cli import deck, films, listing, record, stills, store, studio
from understanding_gradients.cli.group import cli, main, project_version

COMMANDS = (listing, films, deck, stills, record, studio, store)  # each adds its own to `cli`
__all__ = ["COMMANDS", "cli", "main", "project_version"]
