"""The material of a lecture, recorded once and kept: an unchanged lecture starts no torch."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import to_builtins

from understanding_gradients.cache.bytecode import use_hash_based_pycs
from understanding_gradients.cache.keys import digest, versions
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.store import Store, sha256
from understanding_gradients.cache.tempdirs import scratch
from understanding_gradients.lecture.settings import SUGGEST, Settings

RECORDER = "understanding_gradients.lecture.record"
RECORDED_BY = ("torch", "numpy", "scipy", "safetensors")


def recorded(
    settings: Settings,
    pieces: Iterable[str],
    store: Store,
    before_recording: Callable[[], None] = lambda: None,
) -> dict[str, Path]:
    """Return the store's folder of each of `pieces`, recording those that it lacks.

    Args:
        settings: Decides, with the recorder's source and versions, what is recorded.
        pieces: Names of `understanding_gradients.lecture.recordings.RECORDINGS`.
        store: Where they are kept.
        before_recording: Called if anything has to be recorded, which takes seconds.

    Raises:
        TypeError: If the lecture's loss is no function or gives no tensor.
        ValueError: If the settings ask for what cannot be recorded.
        RuntimeError: If the project's source changed meanwhile.
    """
    wanted = sorted(set(pieces))
    if is_from_a_file(settings.descent.loss):
        # What such a file reads or imports is beyond any key, so it is run every time. Equal
        # numbers still give equal pieces, and so find the clips that were drawn from them.
        before_recording()
        check_own_loss(settings)
        return keep_by_content(settings, wanted, store)
    sources = Sources()
    keys = {piece: recording_key(settings, piece, sources) for piece in wanted}
    found = {piece: store.find(key) for piece, key in keys.items()}
    missing = [piece for piece, entry in found.items() if entry is None]
    if missing:
        before_recording()
        use_hash_based_pycs(sources.files(RECORDER).values())
        with scratch() as folder:
            for piece, path in record_into(folder, settings, missing).items():
                # The recorder was loaded after the key was made.
                if recording_key(settings, piece) != keys[piece]:
                    raise RuntimeError(
                        f"The source changed while {piece} was recorded; start again."
                    )
                found[piece] = keep(path, keys[piece], store)
    return {piece: entry for piece, entry in found.items() if entry is not None}


def recording_key(settings: Settings, piece: str, sources: Sources | None = None) -> str:
    """Return the key of a piece: what decides its numbers, and not how the film looks."""
    sources = sources or Sources()
    asked = to_builtins(settings)
    return digest(
        {
            "piece": piece,
            "settings": {table: asked[table] for table in ("data", "descent", "learning_rates")},
            "source": sources.digest([RECORDER]),
            "versions": versions(RECORDED_BY),
        }
    )


def is_from_a_file(loss: str) -> bool:
    """Return whether `loss` is FILE.py:NAME."""
    return ":" in loss


def check_own_loss(settings: Settings) -> None:
    """Refuse a loss file that cannot be descended, also where no chosen clip shows it."""
    from descent import check_loss, load_loss

    asked = settings.descent
    loss = load_loss(asked.loss)
    start = getattr(loss, "start", ()) if asked.start == SUGGEST else asked.start
    if not start:
        raise ValueError(
            f"descent.start must be given for {asked.loss}, which has no start of its own."
        )
    check_loss(loss, start)


def keep_by_content(settings: Settings, pieces: list[str], store: Store) -> dict[str, Path]:
    """Record `pieces` and keep each under the digest of its own bytes."""
    with scratch() as folder:
        paths = record_into(folder, settings, pieces)
        return {
            piece: keep(path, digest({"piece": piece, "content": sha256(path)}), store)
            for piece, path in paths.items()
        }


def record_into(folder: Path, settings: Settings, pieces: list[str]) -> dict[str, Path]:
    """Record `pieces` into `folder`, and return their files; this loads torch."""
    from understanding_gradients.lecture.record import record_lecture
    from understanding_gradients.lecture.recordings import save_recordings

    return save_recordings(record_lecture(settings, pieces), folder)


def keep(path: Path, key: str, store: Store) -> Path:
    """Put a file into the store under `key`, unless it is there, and return its entry."""
    entry = store.find(key)
    if entry is None:
        with store.add(key) as folder:
            shutil.copyfile(path, folder / path.name)
        entry = store.find(key)
    if entry is None:
        raise RuntimeError(f"{path.name} was stored in {store.folder} and cannot be read back.")
    return entry
