"""The command `store`: how much finished work is kept."""

from __future__ import annotations

import click

from understanding_gradients.cli.group import command, is_typed
from understanding_gradients.commands.errors import say, shown
from understanding_gradients.commands.options import is_number
from understanding_gradients.commands.workspace import Workspace

GIGABYTE = 10**9
MAX_GIGABYTES = 1e9


@command()
@click.option("--size", is_flag=True, help="Show how much is stored.")
@click.option("--prune", is_flag=True, help="Delete what was used longest ago.")
@click.option(
    "--max-gb",
    type=click.FloatRange(0, MAX_GIGABYTES),
    callback=is_number,
    default=1.0,
    show_default=True,
    help="How much --prune leaves, in gigabytes.",
)
def store(workspace: Workspace, size: bool, prune: bool, max_gb: float) -> None:
    """Show or limit the size of the store of finished work, from which nothing is drawn twice."""
    from descent._files.disk_space import size_text

    if size == prune:
        raise click.UsageError("store must be told either --size or --prune.")
    if size and is_typed("max_gb"):
        raise click.UsageError("--max-gb must go with --prune.")
    if prune:
        deleted = workspace.store.prune(max_bytes=round(max_gb * GIGABYTE))
        say(f"{deleted.entries} entries deleted, {size_text(deleted.bytes)}")
    left = workspace.store.size()
    place = shown(workspace.store.folder)
    say(f"{place}: {left.entries} entries, {size_text(left.bytes)}")
