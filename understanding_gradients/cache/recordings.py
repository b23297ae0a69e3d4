"""The recordings of a lecture, made once and kept: an unchanged lecture loads no torch."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from msgspec import to_builtins

from descent.checks.errors import InvalidValue
from scenes.typesetting.fonts import check_characters
from understanding_gradients.cache.bytecode import use_hash_based_pycs
from understanding_gradients.cache.keys import SHOWN_FILE, digest, versions
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.store import Store, sha256
from understanding_gradients.cache.tempdirs import temporary_folder
from understanding_gradients.lecture.settings import SUGGEST, Settings
from understanding_gradients.spec.errors import OperationFailed

RECORDER = "understanding_gradients.lecture.record"
RECORDED_BY = ("torch", "numpy", "scipy", "safetensors")


def find_or_record(
    settings: Settings,
    names: Iterable[str],
    store: Store,
    before_recording: Callable[[], None] = lambda: None,
) -> dict[str, Path]:
    """Return the store entry of each recording, making those that the store lacks.

    `before_recording` is called before anything is recorded, which takes seconds.

    Raises:
        InvalidArgument: If the settings cannot be recorded.
        OperationFailed: If the project's source changes meanwhile.
    """
    needed = sorted(set(names))
    if settings.descent.is_of_a_file:
        # No key can cover what such a file reads or imports, so it is run every time. Equal
        # numbers still give equal recordings, and so find the clips that were drawn from them.
        before_recording()
        check_loss_file(settings)
        with temporary_folder() as folder:
            return cache_by_content(record_into(folder, settings, needed), store)
    sources = Sources()
    keys = {name: recording_key(settings, name, sources) for name in needed}
    entries = {name: store.find(key) for name, key in keys.items()}
    found = {name: entry for name, entry in entries.items() if entry is not None}
    missing = {name: key for name, key in keys.items() if name not in found}
    if missing:
        before_recording()
        use_hash_based_pycs(sources.files(RECORDER).values())
        found |= record_missing(settings, missing, store)
    return found


def record_missing(settings: Settings, keys: Mapping[str, str], store: Store) -> dict[str, Path]:
    """Record what `keys` name, store it under its key, and return the entries."""
    entries: dict[str, Path] = {}
    with temporary_folder() as folder:
        recorded = record_into(folder, settings, list(keys))
        sources = Sources()
        for name, path in recorded.items():
            # The recorder was imported after the key was made.
            if recording_key(settings, name, sources) != keys[name]:
                sentence = f"The source changed while {name} was recorded; start again."
                raise OperationFailed(sentence)
            entries[name] = cache_file(path, keys[name], store)
    return entries


def recording_key(settings: Settings, name: str, sources: Sources | None = None) -> str:
    """Return the key of a recording: it covers the numbers, and not how the film looks."""
    sources = sources or Sources()
    tables = to_builtins(settings)
    return digest(
        {
            "recording": name,
            "beside": SHOWN_FILE,
            "settings": {table: tables[table] for table in ("data", "descent", "learning_rates")},
            "source": sources.digest([RECORDER]),
            "versions": versions(RECORDED_BY),
        }
    )


def check_loss_file(settings: Settings) -> None:
    """Check that the loss of a file can be descended and drawn, even if no chosen clip shows it."""
    from descent import check_loss, load_loss

    descent = settings.descent
    if descent.model:  # which is checked while it is recorded, since to make it may take long
        return
    loss = load_loss(descent.loss)
    start = getattr(loss, "start", ()) if descent.start == SUGGEST else descent.start
    if not start:
        raise InvalidValue(
            "descent.start", f"be given for {descent.loss}, which has no start of its own"
        )
    check_loss(loss, start)
    names = getattr(loss, "names", None) or ()
    check_characters((f"a parameter's name in {descent.loss}", name) for name in names)


def record_into(folder: Path, settings: Settings, names: list[str]) -> dict[str, Path]:
    """Record into `folder` and return the file of each recording; this imports torch."""
    from understanding_gradients.lecture.record import record_lecture
    from understanding_gradients.lecture.recordings import Run, save_recordings

    recorded = record_lecture(settings, names)
    if settings.descent.model:
        runs = [one.trajectory for one in recorded.values() if isinstance(one, Run)]
        check_characters(
            (f"a parameter's name in {settings.descent.model}", name)
            for run in runs
            for name in run.names
        )
    return save_recordings(recorded, folder)


def cache_by_content(paths: Mapping[str, Path], store: Store) -> dict[str, Path]:
    """Put each recording into the store under a digest of its bytes, and return the entries."""
    return {
        name: cache_file(
            path, digest({"recording": name, "beside": SHOWN_FILE, "content": sha256(path)}), store
        )
        for name, path in paths.items()
    }


def cache_file(path: Path, key: str, store: Store) -> Path:
    """Put a recording into the store under `key`, unless it is there, and return its entry."""
    entry = store.find(key)
    if entry is None:
        from understanding_gradients.cache.shown import shown_digest

        with store.add(key) as folder:
            shutil.copyfile(path, folder / path.name)
            (folder / SHOWN_FILE).write_text(shown_digest(path), encoding="ascii")
        entry = store.find(key)
    if entry is None:
        raise OperationFailed(f"{path.name} was stored in {store.folder} and cannot be read back.")
    return entry
