"""The command `list`: which clips there are, and how long they last."""

from __future__ import annotations

from understanding_gradients.cli.group import command, slugs_argument
from understanding_gradients.commands.errors import request_errors, say
from understanding_gradients.commands.options import PoolOptions, pool_options, render_options
from understanding_gradients.commands.workspace import Workspace
from understanding_gradients.spec.job import Output
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.spec.quality import QUALITIES


@command("list")
@slugs_argument
@render_options("settings", "model", "run")
@pool_options()
def list_clips(
    workspace: Workspace, slugs: tuple[str, ...], options: RenderOptions, pool_options: PoolOptions
) -> None:
    """List the film's clips: slug, title, beats, duration, deck slides; of a SLUG its beats too.

    Beats and durations follow from the settings; those of a clip never drawn are counted first.
    """
    from scenes import registry
    from understanding_gradients.commands.request import resolve_request
    from understanding_gradients.commands.subjects import remarks
    from understanding_gradients.commands.tables import beats_in, known_timelines, table

    with workspace.pool(pool_options) as pool:
        with request_errors():
            settings, clips = resolve_request(options, slugs)
            jobs = workspace.plan(settings, clips, QUALITIES["draft"], pool, typed=options)
        entries = known_timelines(jobs, workspace.store)
        unknown = [job for job in jobs if job.clip.slug not in entries]
        result = workspace.render(unknown, Output.FRAME_COUNT, pool)
    say(table(clips, entries | result.entries))
    if slugs:
        for beat in beats_in(entries | result.entries):
            say(beat)
    for remark in remarks(settings, clips, registry.CLIPS):
        say(remark)
    workspace.exit_on_failures(result)
