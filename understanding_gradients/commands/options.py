"""The options of the commands, as decorators; those of a render derive from `RenderOptions`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import wraps
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import click

from understanding_gradients.installation import default_settings
from understanding_gradients.spec.options import OPTIONS, RenderOptions, flag

MAX_JOBS = 256
MAX_SECONDS = 7 * 24 * 3600  # per clip
TLS_FILES = ("ca", "cert", "key")

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True)
class PoolOptions:
    """The options of the processes that render.

    Attributes:
        jobs: The number of processes; one per core if None.
        time_limit: How many seconds a clip may take.
        cluster: The arguments of `understanding_gradients.cluster.address.Scheduler`; empty
            to render on this machine.
    """

    jobs: int | None = None
    time_limit: float | None = None
    cluster: dict[str, Any] = field(default_factory=dict)


def render_options(*names: str, **other_help: str) -> Decorator:
    """Return a decorator that adds options of `RenderOptions`, and passes them as `options`.

    The options are in the order of `names`; some may have `other_help`.
    """
    types = get_type_hints(RenderOptions)
    defaults = {one.name: one.default for one in fields(RenderOptions)}

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_options(*args: Any, **values: Any) -> Any:
            chosen = {name: values.pop(name) for name in names}
            return command(*args, options=RenderOptions(**chosen), **values)

        return with_click_options(
            with_options,
            *(
                click_option(
                    name, types[name], defaults[name], other_help.get(name, OPTIONS[name].help)
                )
                for name in names
            ),
        )

    return decorate


def with_click_options(command: Callable[..., Any], *options: Decorator) -> Callable[..., Any]:
    """Return a command with these options, in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def click_option(name: str, kind: Any, default: Any, help_text: str) -> Decorator:
    """Return the click option of a field of `RenderOptions`."""
    option = OPTIONS[name]
    # The settings of a checkout are in its folder, whatever the working folder is.
    initial = (lambda: str(default_settings())) if name == "settings" else default
    is_several = get_origin(kind) is tuple
    kinds = [one for one in get_args(kind) if one not in (type(None), ...)]
    (kind,) = kinds or [kind]
    return click.option(
        *option.flags,
        flag(name),
        name,
        is_flag=kind is bool,
        multiple=is_several,
        type=click.Choice(option.choices) if option.choices else kind,
        default=initial,
        show_default=bool(option.choices) and default is not None,
        help=help_text,
    )


def is_number(_: Any, parameter: click.Parameter, value: float) -> float:
    """Return a value that is not nan, which every range of click lets through."""
    if value != value:
        raise click.BadParameter("must be a number; got nan.", param=parameter)
    return value


LOCAL_POOL = (
    click.option(
        "--jobs",
        type=click.IntRange(1, MAX_JOBS),
        help="The number of processes that render; by default one per core.",
    ),
    click.option(
        "--time-limit",
        type=click.FloatRange(0, MAX_SECONDS, min_open=True),
        callback=is_number,
        default=3600,
        show_default=True,
        help="Seconds after which a clip is given up.",
    ),
)
CLUSTER = (
    click.option(
        "--cluster",
        metavar="tcp://HOST:PORT",
        help="Render on the workers of this dask.distributed scheduler; local starts one here.",
    ),
    *(
        click.option(
            f"--tls-{name}", type=click.Path(path_type=Path), help="For tls://…, a PEM file."
        )
        for name in TLS_FILES
    ),
)


def pool_options(with_cluster: bool = False) -> Decorator:
    """Return a decorator that adds the options of a pool, and passes them as `pool_options`."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_options(
            *args: Any, jobs: int | None, time_limit: float, cluster: str | None = None, **more: Any
        ) -> Any:
            files = {name: more.pop(f"tls_{name}") for name in TLS_FILES} if with_cluster else {}
            if cluster is None and any(files.values()):
                raise click.UsageError("--tls-ca, --tls-cert and --tls-key must go with --cluster.")
            address = {} if cluster is None else {"address": cluster, **files}
            return command(*args, pool_options=PoolOptions(jobs, time_limit, address), **more)

        cluster_options = CLUSTER if with_cluster else ()
        return with_click_options(with_options, *LOCAL_POOL, *cluster_options)

    return decorate


def output_option(help_text: str) -> Decorator:
    """Return the option for the place of a command's files."""
    return click.option("-o", "--output", type=click.Path(path_type=Path), help=help_text)
