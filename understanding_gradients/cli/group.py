"""The group of all commands, and what they share: version, slugs, typed options."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from understanding_gradients.commands.errors import Commands, say
from understanding_gradients.commands.signals import Terminated, raise_on_signals
from understanding_gradients.commands.workspace import Workspace
from understanding_gradients.installation import ROOT, cache_folder, is_checkout, media_folder

slugs_argument = click.argument("slugs", metavar="[SLUG]...", nargs=-1)


def main() -> None:
    """Run the command line; a signal ends it in order, with the status that a shell expects."""
    raise_on_signals()
    try:
        cli()
    except Terminated as terminated:
        sys.exit(terminated.status)


def show_version(context: click.Context, _: click.Parameter, is_asked: bool) -> None:
    """Print the version and end."""
    if is_asked:
        say(project_version())
        context.exit()


def project_version() -> str:
    """Return the version of this source, which a checkout states in pyproject.toml."""
    if not is_checkout():
        from importlib.metadata import version

        return version("understanding-gradients")
    import tomllib

    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["version"]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_version,
    help="Show the version and exit.",
)
@click.pass_context
def cli(context: click.Context) -> None:
    """Draw the lecture "Understanding Gradients" from what PyTorch recorded."""
    context.obj = Workspace(media_folder(), cache_folder())


def command(name: str | None = None) -> Callable[[Callable[..., Any]], click.Command]:
    """Return a decorator that adds a command, which is passed the workspace."""
    return lambda function: cli.command(name)(click.pass_obj(function))


def is_typed(name: str) -> bool:
    """Return whether an option or argument of the command stands on the command line."""
    source = click.get_current_context().get_parameter_source(name)
    return source is ParameterSource.COMMANDLINE
