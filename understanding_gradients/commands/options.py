"""The options that several commands share, as click options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import Any

import click

from understanding_gradients.installation import default_settings
from understanding_gradients.spec.options import RenderOptions, facts_of

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

MAX_JOBS = 256
MAX_SECONDS = 7 * 24 * 3600
DEFAULT_SECONDS = 3600
# What a descent starts from and is drawn with, for every command that draws one.
DESCENT = ("settings", "theme", "loss", "start", "steps")


def combine(*decorators: Decorator) -> Decorator:
    """Return one decorator that adds several options, in this order."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return add


def render_options(*names: str) -> Decorator:
    """Add the options of `RenderOptions` called `names`; the command gets them as `options`."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def collected(*args: Any, **values: Any) -> Any:
            chosen = {name: values.pop(name) for name in names}
            return command(*args, options=RenderOptions(**chosen), **values)

        return combine(*map(click_option, names))(collected)

    return add


def click_option(name: str) -> Decorator:
    """Return the click option of the field `name` of `RenderOptions`."""
    facts = facts_of(name)
    (default,) = (one.default for one in fields(RenderOptions) if one.name == name)
    options: dict[str, Any] = {"help": facts.help, "default": default}
    if name == "settings":
        options |= {"default": lambda: str(default_settings()), "type": click.Path()}
    elif isinstance(default, bool):
        options["is_flag"] = True
    elif facts.choices:
        options |= {"type": click.Choice(facts.choices), "show_default": default is not None}
    elif name in ("steps", "max_mb"):
        options["type"] = {"steps": int, "max_mb": float}[name]
    return click.option(*facts.flags, name, **options)


def check_not_nan(_: Any, option: click.Parameter, value: float) -> float:
    """Return the value of a numeric option; no range refuses nan."""
    if value != value:
        raise click.BadParameter("must be a number; got nan.", param=option)
    return value


SLUGS = click.argument("slugs", metavar="[SLUG]...", nargs=-1)
WORKERS = combine(
    click.option(
        "--jobs",
        "processes",
        type=click.IntRange(1, MAX_JOBS),
        help="The number of processes that draw; one per core by default.",
    ),
    click.option(
        "--time-limit",
        type=click.FloatRange(0, MAX_SECONDS, min_open=True),
        callback=check_not_nan,
        default=DEFAULT_SECONDS,
        show_default=True,
        help="The seconds after which a clip is given up.",
    ),
)


def output_option(help_text: str) -> Decorator:
    """Return the option that says where a command's files go."""
    return click.option("-o", "--output", type=click.Path(path_type=Path), help=help_text)


def cluster_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command draw on a cluster; it gets the address and files as `cluster`, or None."""

    @wraps(command)
    def collected(*args: Any, cluster: str | None, **values: Any) -> Any:
        files = {name: values.pop(f"tls_{name}") for name in ("ca", "cert", "key")}
        if cluster is None and any(files.values()):
            raise click.UsageError("--tls-ca, --tls-cert and --tls-key must go with --cluster.")
        address = None if cluster is None else {"address": cluster, **files}
        return command(*args, cluster=address, **values)

    pem = click.Path(path_type=Path)
    return combine(
        click.option(
            "--cluster",
            metavar="tcp://HOST:PORT",
            help="Draw on the workers of this dask.distributed scheduler; local starts one here.",
        ),
        click.option("--tls-ca", type=pem, help="For tls://, a PEM file."),
        click.option("--tls-cert", type=pem, help="For tls://, a PEM file."),
        click.option("--tls-key", type=pem, help="For tls://, a PEM file."),
    )(collected)
