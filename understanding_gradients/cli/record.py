"""The command `record`: a descent in a file, without drawing it."""

from __future__ import annotations

from pathlib import Path

import click

from descent.checks.errors import InvalidValue
from understanding_gradients.cli.group import cli, is_typed
from understanding_gradients.commands.errors import recording_errors, request_errors, say, shown
from understanding_gradients.commands.options import output_option, render_options
from understanding_gradients.export.targets import writable_file
from understanding_gradients.spec.errors import OperationFailed
from understanding_gradients.spec.options import RenderOptions, flag


@cli.command()
@render_options(
    "settings",
    "loss",
    "model",
    "run",
    "start",
    "steps",
    "learning_rate",
    steps="How many steps are taken; 100 if not given.",
    learning_rate="Positive, or suggest; just_right of lecture.toml's own loss.",
)
@click.option("--optimizer", default="SGD", show_default=True, help="A name in torch.optim.")
@output_option("The file to write, ending in .safetensors.")
def record(options: RenderOptions, optimizer: str, output: Path | None) -> None:
    """Record a descent without drawing it; of a saved run, say what it is, and with -o copy it."""
    from understanding_gradients.commands.record import description, record_run, saved
    from understanding_gradients.commands.request import (
        check_beside_runs,
        check_together,
        named_by_options,
        parse_rate,
        parse_start,
    )
    from understanding_gradients.lecture.settings_file import settings_in

    with request_errors():
        check_together(options)
        settings = settings_in(options.settings)
        files = options.run or settings.descent.runs * (not (options.loss or options.model))
        if output is None and not files:
            raise InvalidValue("record", "be told where to write", repair="add -o run.safetensors.")
        path = None if output is None else writable_file(output, ".safetensors")
        start = None if options.start is None else parse_start(options.start)
        rate = None if options.learning_rate is None else parse_rate(options.learning_rate)
        chosen = {
            "loss": options.loss,
            "start": start,
            "steps": options.steps,
            "learning_rate": rate,
            "model": options.model,
        }
        named = [name for name, value in chosen.items() if value is not None]
        with named_by_options({name: flag(name) for name in (*named, "optimizer")}):
            if files:
                check_beside_runs(options, settings)
                run, whole = saved(files, is_typed("optimizer"))
            else:
                with recording_errors():
                    run = whole = record_run(settings, optimizer=optimizer, **chosen)
    if path is not None:
        whole.save(path)
    say(f"{files[0] if path is None else shown(path)}: {description(run)}")
    if run.error:
        raise OperationFailed(f"{run.error}; the steps before it are kept.")
