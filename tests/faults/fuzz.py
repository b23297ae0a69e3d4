"""Hands the readers of files a great many wrong inputs, and keeps those that found something.

    python -m tests.faults.fuzz --inputs 1000000 [--seed N] [--target files|settings|presentation]

Right is an object that can be shown and saved again, or an exception that the reader documents, in
one sentence. Everything else is a finding, and so is a pickle, a shell, a minute without an answer
and more memory than `MEMORY`.
"""

from __future__ import annotations

import hashlib
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import click
from msgspec import to_builtins

from descent.serialization import Saveable
from tests.faults import seeds
from tests.faults.mutations import (
    TOML_TOKENS,
    XML_TOKENS,
    mutated,
    with_entries,
    with_header,
    with_tokens,
)
from understanding_gradients.commands.request import parse_rate, parse_start
from understanding_gradients.decks.checks import check_provenance
from understanding_gradients.decks.presentation import read_presentation
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.lecture.settings_file import read_settings
from understanding_gradients.spec.options import RenderOptions

CORPUS = Path(__file__).parent / "corpus"
DOCUMENTED = (ValueError, TypeError, FileNotFoundError)
SENTENCE = 1_000  # characters; what was received is not said at greater length
MEMORY = 8 << 30
SECONDS = 60
LARGEST_KEPT = 1 << 16
EACH = 2  # inputs that are kept of one finding
FORBIDDEN = ("pickle.find_class", "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen")

Make = Callable[[random.Random], bytes]


@dataclass(frozen=True)
class Target:
    """A reader of files.

    Attributes:
        suffix: Of the files that it reads.
        seeds: Inputs that it accepts.
        change: Makes another input of one.
        read: Reads the file and does with it what is done first.
        share: Of all inputs, where no target is named.
    """

    suffix: str
    seeds: Callable[[], list[bytes]]
    change: Callable[[bytes, Sequence[bytes], random.Random], bytes]
    read: Callable[[Path], None]
    share: float


def change_file(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Return a wrong turn of a file of arrays."""
    return (
        with_header(content, chance) if chance.random() < 0.7 else mutated(content, others, chance)
    )


def change_settings(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Return a wrong turn of settings."""
    if chance.random() < 0.8:
        return with_tokens(content, TOML_TOKENS, chance)
    return mutated(content, others, chance)


def change_presentation(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Return a wrong turn of a presentation."""

    def inside(name: str, text: bytes) -> bytes:
        if name.endswith((".xml", ".rels")) and chance.random() < 0.8:
            return with_tokens(text, XML_TOKENS, chance)
        return mutated(text, [text], chance)

    if chance.random() < 0.3:
        return mutated(content, others, chance)
    return with_entries(content, inside, chance)


def read_file(path: Path) -> None:
    """Read a file as each kind that it may be, and show and save again what it holds."""
    content = path.read_bytes()
    kinds = [
        cls for name, cls in Saveable.KINDS.items() if f'kind\\": \\"{name}'.encode() in content
    ]
    for cls in kinds or [seeds.Trajectory]:
        found = None
        try:
            found = cls.load(path)
        except DOCUMENTED as error:
            check_sentence(error)
        if found is not None:
            again = found.to_bytes()
            path.write_bytes(again)
            assert cls.load(path).to_bytes() == again, "it does not come back the same"
            check_plain(found)


def check_plain(found: Any) -> None:
    """See that an object can be shown, and is made of what it should be."""
    repr(found)
    for field in fields(found):
        value = getattr(found, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if is_dataclass(part):
                check_plain(part)


def read_toml(path: Path) -> None:
    """Read settings, and ask of them what every command does."""
    try:
        to_builtins(read_settings(path))
    except DOCUMENTED as error:
        check_sentence(error)


def read_pptx(path: Path) -> None:
    """Read a presentation, and judge what its clips ask for."""
    try:
        found = read_presentation(path).ours
    except DOCUMENTED as error:
        check_sentence(error)
        return
    for one in found:
        options = one.provenance.options
        name = f"{options.suffix}.mp4"
        assert Path(name).name == name, f"a file would be called {name!r}"
        assert len(name.encode()) < 200, f"a file would be called {name[:50]!r}…"
        try:
            check_provenance(options, one.kind, RenderOptions(), are_settings_named=True)
            changes = options.overrides()
            if options.start is not None:
                changes["start"] = parse_start(options.start)
            if options.learning_rate is not None:
                changes["very_large"] = parse_rate(options.learning_rate)
            to_builtins(Settings().replace(**changes))
        except DOCUMENTED as error:
            assert str(error), "it says nothing"


def check_sentence(error: Exception) -> None:
    """See that an exception says something, in a line that can be read."""
    text = str(error)
    assert text, f"{type(error).__name__} says nothing"
    assert "\n" not in text, f"{type(error).__name__} has several lines: {text!r:.200}"
    assert len(text) <= SENTENCE, f"{type(error).__name__} has {len(text)} characters: {text:.200}"


TARGETS = {
    "files": Target(
        ".safetensors",
        lambda: [one.to_bytes() for one in seeds.saveables()],
        change_file,
        read_file,
        0.6,
    ),
    "settings": Target(".toml", seeds.settings, change_settings, read_toml, 0.35),
    "presentation": Target(".pptx", seeds.presentations, change_presentation, read_pptx, 0.05),
}


class Took(BaseException):
    """A reader gave no answer in time; no reader may catch it."""


EVENTS: list[str] = []


def listen(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what no reader may do."""
    if event in FORBIDDEN:
        EVENTS.append(event)


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise `Took` in whatever takes longer."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Took(f"no answer in {seconds} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def finding(target: Target, content: bytes, path: Path) -> str | None:
    """Return what is wrong with how `target` reads `content`, None if nothing is."""
    path.write_bytes(content)
    EVENTS.clear()
    try:
        with at_most(SECONDS):
            target.read(path)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.name}"
        return f"{type(error).__name__} in {where}: {str(error)[:120]!r}"
    return f"it led to {', '.join(sorted(set(EVENTS)))}" if EVENTS else None


def kind_of(found: str) -> str:
    """Return what findings of one cause have in common."""
    return found.split(": ", 1)[0] + found.split(": ", 1)[-1][:12]


def inputs(target: Target, chance: random.Random) -> Iterator[bytes]:
    """Yield wrong inputs without end."""
    good = target.seeds()
    while True:
        content = target.change(chance.choice(good), good, chance)
        yield mutated(content, good, chance) if chance.random() < 0.1 else content


def keep(name: str, content: bytes) -> None:
    """Put an input into the corpus."""
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(content).hexdigest()[:12]
    (folder / f"{digest}{TARGETS[name].suffix}").write_bytes(content)


def search(name: str, count: int, seed: int, say: Callable[[str], None]) -> dict[str, int]:
    """Try `count` inputs, keep those that find something, and return how many did, by finding."""
    found: dict[str, int] = {}
    target, locked_new = TARGETS[name], time.monotonic()
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        path = Path(folder) / f"input{target.suffix}"
        every = inputs(target, random.Random(f"{name} {seed}"))
        for number in range(1, count + 1):
            content = next(every)
            wrong = finding(target, content, path)
            if wrong is not None:
                kind = kind_of(wrong)
                found[kind] = found.get(kind, 0) + 1
                if found[kind] <= EACH and len(content) <= LARGEST_KEPT:
                    keep(name, content)
                    say(f"{name} input {number}: {wrong}")
            if number % 50_000 == 0 or number == count:
                minutes = (time.monotonic() - locked_new) / 60
                say(f"{name}: {number:,} inputs, {minutes:.1f} min, {len(found)} findings")
    return found


def memory_folder() -> str | None:
    """Return a folder that lies in memory, if there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


@click.command()
@click.option("--inputs", "count", type=click.IntRange(1), default=1_000_000, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--target", "only", type=click.Choice(list(TARGETS)), help="All of them, if not given."
)
def cli(count: int, seed: int, only: str | None) -> None:
    """Try wrong inputs, and keep in the corpus those that find something."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.addaudithook(listen)
    found: dict[str, int] = {}
    for name, target in TARGETS.items():
        if only in (None, name):
            share = count if only else round(count * target.share)
            found |= search(name, share, seed, lambda line: click.echo(line))
    for kind, times in sorted(found.items()):
        click.echo(f"{times:,} times {kind}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    cli()
