"""The commands `sheet` and `gallery`: stills of beats on pages, and small ones."""

from __future__ import annotations

from pathlib import Path

from understanding_gradients.cli.group import command, slugs_argument
from understanding_gradients.commands.errors import request_errors, say, shown
from understanding_gradients.commands.options import (
    PoolOptions,
    output_option,
    pool_options,
    render_options,
)
from understanding_gradients.commands.workspace import Workspace
from understanding_gradients.export.targets import writable_folder
from understanding_gradients.spec.job import Output
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.spec.quality import QUALITIES

GALLERY_WIDTH = 640  # pixels


@command()
@slugs_argument
@render_options("learning_rate", "settings", "theme", "loss", "model", "run", "start", "steps")
@pool_options(with_cluster=True)
@output_option("The folder for the sheets; media/sheets if not given.")
def sheet(
    workspace: Workspace,
    slugs: tuple[str, ...],
    options: RenderOptions,
    pool_options: PoolOptions,
    output: Path | None,
) -> None:
    """Draw contact sheets: the last frame of every beat."""
    from understanding_gradients.commands.request import resolve_typed
    from understanding_gradients.export.clip_part import clip_parts
    from understanding_gradients.export.contact_sheet import write_sheets

    with workspace.pool(pool_options) as pool:
        with request_errors():
            settings, clips = resolve_typed(options, slugs)
            folder = writable_folder(output or workspace.media / "sheets")
            jobs = workspace.plan(settings, clips, QUALITIES["hd"], pool, typed=options)
        result = workspace.render(jobs, Output.STILLS, pool)
    with workspace.exclusive(folder):
        for path in write_sheets(clip_parts(clips, result.entries), folder):
            say(shown(path))
    workspace.exit_on_failures(result)


@command()
@slugs_argument
@render_options("settings", "theme")
@pool_options()
@output_option("The folder; media/gallery if not given.")
def gallery(
    workspace: Workspace,
    slugs: tuple[str, ...],
    options: RenderOptions,
    pool_options: PoolOptions,
    output: Path | None,
) -> None:
    """Draw small stills for the README: the last beat of each clip, or SLUG.BEAT."""
    from understanding_gradients.commands.request import resolve_request
    from understanding_gradients.commands.tables import known_timelines
    from understanding_gradients.export.clip_part import clip_parts
    from understanding_gradients.export.contact_sheet import chosen_stills, write_stills

    pairs = [(slug, beat) for slug, _, beat in (word.partition(".") for word in slugs)]
    with workspace.pool(pool_options) as pool:
        with request_errors():
            settings, clips = resolve_request(options, [slug for slug, _ in pairs])
            folder = writable_folder(output or workspace.media / "gallery")
            jobs = workspace.plan(settings, clips, QUALITIES["hd"], pool)
            # The beats of a clip that was drawn before are known; others are checked afterwards.
            chosen_stills(clip_parts(clips, known_timelines(jobs, workspace.store)), pairs)
        result = workspace.render(jobs, Output.STILLS, pool)
    pairs = pairs or [(clip.slug, "") for clip in clips]
    with request_errors():
        stills = chosen_stills(clip_parts(clips, result.entries), pairs)
    with workspace.exclusive(folder):
        for path in write_stills(stills, folder, GALLERY_WIDTH):
            say(shown(path))
    workspace.exit_on_failures(result)
