"""The command `deck`: a presentation, or fresh clips in one that was edited."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from descent.checks.errors import InvalidValue
from understanding_gradients.cli.group import command, is_typed, slugs_argument
from understanding_gradients.commands.errors import request_errors, say, shown
from understanding_gradients.commands.options import (
    PoolOptions,
    output_option,
    pool_options,
    render_options,
)
from understanding_gradients.commands.workspace import Workspace
from understanding_gradients.decks import PRESENTATION_FORMATS
from understanding_gradients.installation import PROJECT
from understanding_gradients.spec.options import OPTIONS, RenderOptions, flag


@command()
@slugs_argument
@render_options(
    "learning_rate", "settings", "theme", "loss", "model", "run", "start", "steps", "quality"
)
@pool_options()
@click.option("--to", "kind", type=click.Choice(PRESENTATION_FORMATS), help="Make a presentation.")
@click.option(
    "--update",
    "presentation",
    metavar="TALK.pptx",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Swap the clips in this presentation for fresh ones, in a copy beside it.",
)
@click.option("--dry-run", is_flag=True, help="Only say what --update would swap.")
@output_option(
    "media/lecture.pptx if not given; for html the folder media/deck, else TALK-fresh.pptx."
)
def deck(
    workspace: Workspace,
    slugs: tuple[str, ...],
    options: RenderOptions,
    pool_options: PoolOptions,
    kind: str | None,
    presentation: Path | None,
    dry_run: bool,
    output: Path | None,
) -> None:
    """Make a presentation, a slide per beat; or update the clips in one.

    With --update go --settings, --dry-run, --jobs, --time-limit and -o, and --loss or --model for
    clips whose loss or network is in a file. Every clip keeps the other options that it was made
    with.
    """
    with request_errors():
        check_deck_options(kind, presentation, dry_run)
    from understanding_gradients.decks.commands import make_deck, update_deck
    from understanding_gradients.decks.status import State

    if kind is not None:
        path = make_deck(workspace, kind, PROJECT, options, pool_options, slugs, output)
        say(shown(path))
    elif presentation is not None:
        statuses = update_deck(
            workspace,
            presentation,
            options,
            pool_options,
            output,
            are_settings_named=is_typed("settings"),
            dry_run=dry_run,
        )
        if any(status.state == State.FAILED for status in statuses):
            sys.exit(1)


def check_deck_options(kind: str | None, presentation: Path | None, dry_run: bool) -> None:
    """Check that the options of `deck` fit together."""
    if (kind is None) == (presentation is None):
        raise InvalidValue(
            "deck",
            f"be told either --to {' or '.join(PRESENTATION_FORMATS)}, or --update TALK.pptx",
            got="neither" if kind is None else "both",
        )
    if presentation is None:
        if dry_run:
            raise InvalidValue("--dry-run", "go with --update")
        return
    # A file only allows the loss or the network that a clip already names.
    kept = [name for name, one in OPTIONS.items() if one.suffix and not one.is_named_again]
    for name in ("slugs", *kept):
        if is_typed(name):
            raise InvalidValue(
                "--update",
                f"go without {name if name == 'slugs' else flag(name)}",
                repair="every clip in a presentation is drawn with the options that it was made "
                "with.",
            )
