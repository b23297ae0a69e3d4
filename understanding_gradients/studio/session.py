"""One lecture.toml in the studio: the document, what is shown of it, and who is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from descent.checks.errors import InvalidArgument
from scenes import registry
from understanding_gradients.cache.store import Store
from understanding_gradients.installation import default_settings
from understanding_gradients.lecture.settings import KNOWN_LOSSES
from understanding_gradients.spec.errors import OperationFailed
from understanding_gradients.studio.broadcast import Broadcast
from understanding_gradients.studio.document import Document
from understanding_gradients.studio.export_command import FORMATS
from understanding_gradients.studio.exports import Export, Exports
from understanding_gradients.studio.file_watch import FileWatch, named_files
from understanding_gradients.studio.preview import Preview
from understanding_gradients.studio.shown import Look, Problem

SLUGS = tuple(clip.slug for clip in registry.CLIPS)
DOCUMENT, PREVIEW, EXPORTS = "document", "preview", "exports"
MOST_LOOKS = 4  # clips that several pages look at


class Refused(Exception):
    """A request that cannot be done as it is.

    Attributes:
        problem: Why, and which control it is about.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


class Session:
    """The document and its preview; all methods are called in the event loop.

    Args:
        path: Of lecture.toml.
        store: Keeps what is drawn.
    """

    def __init__(self, path: Path, store: Store) -> None:
        self.document = Document(path, SLUGS)
        self.broadcast = Broadcast(self.current)
        self.preview = Preview(store, self._preview_changed)
        self.exports = Exports(lambda: self.broadcast.changed(EXPORTS))
        self._looks: dict[str, Look] = {}
        self._disk = ""
        self._watching: asyncio.Task[None] | None = None
        self._watch = FileWatch(self._files_changed)

    async def start(self) -> None:
        """Load what records and draws, show the document, and follow its files."""
        await self.preview.load()
        self._watching = asyncio.create_task(self._watch.run())
        self._show()

    async def close(self) -> None:
        """End all that runs."""
        if self._watching is not None:
            self._watching.cancel()
        await self.exports.close()
        await self.preview.close()

    @property
    def revision(self) -> int:
        """That of the document: 1 as it was read, more with every change."""
        return self.document.revision + 1

    def current(self, name: str) -> object:
        """Return what pages show under `name`: document, preview, a control, or a clip by slug."""
        if name == DOCUMENT:
            return self._document_state()
        if name in self.preview.controls:
            return to_builtins(self.preview.controls[name])
        if name == PREVIEW:
            problem = self.preview.problem
            return {"status": self._status(), "problem": asdict(problem) if problem else None}
        if name == EXPORTS:
            return [shown_export(export) for export in self.exports.all.values()]
        return {"slug": name, **to_builtins(self.preview.clips[name])}

    def names(self) -> list[str]:
        """Return the names of all that a new page shows."""
        return [DOCUMENT, PREVIEW, EXPORTS, *self.preview.controls, *SLUGS]

    def edit(self, values: dict[str, Any], gesture: str) -> None:
        """Change values of the document, by key.

        Raises:
            Refused: If the document would be wrong; it stays as it is.
        """
        try:
            self.document.edit(values, gesture)
        except InvalidArgument as error:
            raise Refused(problem_of(error, next(iter(values)))) from error
        self._document_changed()

    def undo(self) -> None:
        """Go back to the version before."""
        self.document.undo()
        self._document_changed()

    def redo(self) -> None:
        """Go forward to the version that was undone."""
        self.document.redo()
        self._document_changed()

    def save(self) -> None:
        """Write the document to its file.

        Raises:
            Refused: If that is impossible, or would overwrite what somebody else wrote.
        """
        self._on_disk(self.document.save)

    def take_file(self) -> None:
        """Take the file's version in place of what was edited.

        Raises:
            Refused: If it cannot be used as it is.
        """
        self._on_disk(self.document.take_file)
        self._show()

    def keep_edits(self) -> None:
        """Keep what was edited, though the file was changed.

        Raises:
            Refused: If the file cannot be read.
        """
        self._on_disk(self.document.keep_edits)

    def export(self, words: Sequence[str]) -> None:
        """Run a command with the document, which is saved before.

        Raises:
            Refused: If it cannot be saved.
        """
        if self.document.is_changed:
            self.save()
        is_default = self.document.path == default_settings().resolve()
        settings = [] if is_default else ["--settings", str(self.document.path)]
        self.exports.start([words[0], *settings, *words[1:]])

    def file_changed(self) -> None:
        """Follow the file, unless that would lose what was edited."""
        if not self.document.is_changed_on_disk:
            return
        if not self.document.is_changed:
            try:
                self.take_file()
            except Refused as refused:
                self._disk = refused.problem.sentence
        self.broadcast.changed(DOCUMENT)

    def look(self, page: str, look: Look) -> None:
        """Draw what a page looks at before anything else."""
        before = self._looks.pop(page, None)
        self._looks[page] = look
        # The film of the clip goes on, unless a still is wanted sooner than its turn.
        drawn = self.preview.clips[look.clip].still_revisions.get(look.beat, 0)
        if before is None or before.clip != look.clip or drawn < self.revision:
            self._show()

    def leave(self, page: str) -> None:
        """Forget what a page looked at that was closed."""
        self._looks.pop(page, None)

    def _files_changed(self, files: set[Path]) -> None:
        if self.document.path in files:
            self.file_changed()
        if files & self._named_files():
            self._show()

    def _named_files(self) -> set[Path]:
        """Return the files that the settings name."""
        descent = self.document.settings.descent
        return named_files(descent.loss, descent.model, descent.runs)

    def _on_disk(self, act: Callable[[], object]) -> None:
        try:
            act()
        except (InvalidArgument, OperationFailed, OSError) as error:
            raise Refused(Problem("", sentence_of(error))) from error
        self._disk = ""
        self.broadcast.changed(DOCUMENT)

    def _status(self) -> str:
        if self.preview.is_busy:
            return self.preview.doing
        is_refused = self.preview.problem is not None
        return "The pictures show the settings before." if is_refused else "Up to date"

    def _document_changed(self) -> None:
        self.broadcast.changed(DOCUMENT)
        self._show()

    def _show(self) -> None:
        self._watch.set_files({self.document.path, *self._named_files()})
        looks = list(reversed(self._looks.values()))[:MOST_LOOKS]
        self.preview.show(self.document.settings, self.revision, looks)

    def _preview_changed(self, slug: str) -> None:
        self.broadcast.changed(slug or PREVIEW)

    def _document_state(self) -> dict[str, Any]:
        document = self.document
        folder = document.path.parent
        tables: dict[str, Any] = to_builtins(document.settings)
        for key in ("loss", "model"):
            tables["descent"][key] = relative(tables["descent"][key], folder)
        tables["descent"]["run"] = [relative(run, folder) for run in document.settings.descent.runs]
        return {
            "name": document.path.name,
            "revision": self.revision,
            "is_changed": document.is_changed,
            "is_changed_on_disk": document.is_changed_on_disk,
            "disk": self._disk,
            "can_undo": document.can_undo,
            "can_redo": document.can_redo,
            "values": tables,
            "losses": list(KNOWN_LOSSES),
            "formats": FORMATS,
            "clips": [
                {
                    "slug": clip.slug,
                    "title": clip.title,
                    "slides": clip.slides,
                    "rate": clip.rate,
                }
                for clip in registry.CLIPS
            ],
        }


def shown_export(export: Export) -> dict[str, Any]:
    """Return what a page shows of an export."""
    files = [
        {"name": file.name, "url": f"exports/{export.number}/{position}/{file.name}"}
        for position, file in enumerate(export.files)
    ]
    return {**asdict(export), "command": export.command, "files": files}


def problem_of(error: InvalidArgument, key: str) -> Problem:
    """Return what to say of a value that is refused: the file's line is nowhere to be seen."""
    own = getattr(error, "error", error)
    return Problem(own.key if "." in own.key else key, str(own))


def sentence_of(error: Exception) -> str:
    """Return the sentence of the command line about an error."""
    from understanding_gradients.commands.errors import sentence

    return sentence(error)


def relative(place: str, folder: Path) -> str:
    """Return FILE.py:NAME, or a path, as one writes it in a file of `folder`."""
    prefix = f"{folder}/"
    return place.removeprefix(prefix) if isinstance(place, str) else place
