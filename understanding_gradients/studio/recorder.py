"""A process that records: it has torch loaded, and runs the files that a lecturer names.

It is started as `python -m understanding_gradients.studio.recorder PARENT`. PARENT is the number of
the process that sends the requests; it ends when that is gone. Requests arrive on standard input
and replies leave on standard output, one JSON object per line; whatever a loss file prints goes to
standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from descent.checks.errors import InvalidArgument
from scenes import registry
from understanding_gradients.cache.recordings import find_or_record
from understanding_gradients.cache.store import Store
from understanding_gradients.commands.errors import (
    failure_sentence,
    is_error_of_loss_file,
    recording_errors,
)
from understanding_gradients.commands.subjects import inputs_of
from understanding_gradients.lecture.kept import keep
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.workers.child import end_with, take_standard_output


class RecordRequest(msgspec.Struct, frozen=True):
    """What to record.

    Attributes:
        settings: Of the lecture.
        clips: The slugs of clips whose recordings are made.
        store: The folder of the store that keeps them.
        names: The recordings of the lecture's descent that are made besides.
    """

    settings: Settings
    clips: tuple[str, ...]
    store: str
    names: tuple[str, ...] = ()


class RecordReply(msgspec.Struct, frozen=True):
    """What came of a request.

    Attributes:
        recordings: The store's folder of each recording by name, of each clip by slug.
        named: The same of the recordings that were asked for by name.
        key: The setting that was wrong; "" if none was, or none by itself.
        sentence: What was wrong; "" if nothing was.
    """

    recordings: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    named: dict[str, str] = msgspec.field(default_factory=dict)
    key: str = ""
    sentence: str = ""


def reply_to(request: RecordRequest) -> RecordReply:
    """Record what `request` asks for; nothing that goes wrong with it ends this process."""
    clips = [clip for clip in registry.CLIPS if clip.slug in request.clips]
    store = Store(Path(request.store), lambda sentence: print(sentence, file=sys.stderr))
    try:
        with recording_errors():
            inputs = inputs_of(request.settings, clips, store)
            named = find_or_record(request.settings, request.names, store) if request.names else {}
    except Exception as error:
        key = setting_of(error, request.settings)
        return RecordReply(key=key, sentence=failure_sentence(error, "record"))
    folders = {slug: as_texts(own) for slug, own in inputs.items()}
    return RecordReply(folders, as_texts(named))


def setting_of(error: Exception, settings: Settings) -> str:
    """Return the setting that an error is about; that of a loss file is about the loss."""
    key = error.key if isinstance(error, InvalidArgument) else ""
    if key.partition(".")[0] in Settings.__struct_fields__:
        return key
    is_its_own = isinstance(error, InvalidArgument) or is_error_of_loss_file(error)
    return "descent.loss" if is_its_own and ":" in settings.descent.loss else key


def as_texts(paths: Mapping[str, Path]) -> dict[str, str]:
    """Return paths as JSON has them."""
    return {name: str(path) for name, path in paths.items()}


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer the requests, one per line."""
    while line := requests.readline():
        reply = reply_to(msgspec.json.decode(line, type=RecordRequest))
        replies.write(msgspec.json.encode(reply) + b"\n")
        replies.flush()


def main() -> None:
    """Serve the process that started this one until it is gone."""
    end_with(int(sys.argv[1]))
    replies = take_standard_output()
    load()
    serve(os.fdopen(os.dup(0), "rb"), replies)


def load() -> None:
    """Load what any recording needs, and keep what the next ones need again."""
    import understanding_gradients.lecture.record  # noqa: F401  # it takes a second

    keep()


if __name__ == "__main__":
    main()
