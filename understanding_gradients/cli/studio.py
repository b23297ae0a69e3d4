"""The command `studio`: lecture.toml in the browser, beside the film that it makes."""

from __future__ import annotations

import webbrowser
from contextlib import ExitStack
from pathlib import Path

import click

from understanding_gradients.cli.group import command
from understanding_gradients.commands.errors import request_errors, say
from understanding_gradients.commands.options import render_options
from understanding_gradients.commands.workspace import Workspace
from understanding_gradients.installation import STUDIO_MODULES, check_extra
from understanding_gradients.spec.options import RenderOptions

PORT = 8421


@command()
@render_options("settings")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="The port of this machine; 0 for any that is free.",
)
@click.option("--browser/--no-browser", default=True, help="Whether to open the page.")
def studio(workspace: Workspace, options: RenderOptions, port: int, browser: bool) -> None:
    """Change lecture.toml in the browser, and see the film change."""
    try:
        check_extra("studio", "The studio", STUDIO_MODULES)
    except ImportError as error:
        raise click.UsageError(str(error)) from error
    from understanding_gradients.studio.serving import listening, serve
    from understanding_gradients.studio.session import Session
    from understanding_gradients.studio.single_instance import single_instance

    path = Path(options.settings)
    with ExitStack() as stack:
        with request_errors():
            session = Session(path, workspace.store)
            folder = workspace.store.folder.parent / "studio"
            note = stack.enter_context(single_instance(path, folder))
            listener = stack.enter_context(listening(port))

        def on_start(address: str) -> None:
            note.write_text(address, encoding="utf-8")
            say(address)
            if browser:
                webbrowser.open(address)

        serve(session, workspace.media / "talks", listener, on_start)
