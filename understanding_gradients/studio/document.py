"""lecture.toml while it is edited: its text, what can be undone, and what lies on the disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tomlkit.exceptions import ConvertError

from descent._files.atomic_write import atomic_write
from descent.checks.errors import InvalidArgument, InvalidValue
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.lecture.settings_file import settings_of
from understanding_gradients.lecture.toml_file import check_text, read_text
from understanding_gradients.spec.errors import OperationFailed
from understanding_gradients.studio.toml_edits import with_value

MOST_UNDONE = 1_000


@dataclass(frozen=True)
class Version:
    """A state of the document that can be gone back to.

    Attributes:
        text: The whole text.
        settings: What it says.
        gesture: The movement of a control that made it; "" for a change by itself.
    """

    text: str
    settings: Settings
    gesture: str = ""


class Document:
    """A settings file that is edited; nothing is written before `save`.

    Args:
        path: Of lecture.toml, or of another file in its place.
        clips: The slugs that it may name.

    Attributes:
        path: The file; where it is a link, that which the link leads to.
        revision: Counts the changes of the text, also those by undo.

    Raises:
        FileNotFoundError: If there is no such file.
        InvalidSetting: If the file cannot be used as it is.
    """

    def __init__(self, path: Path, clips: Sequence[str]) -> None:
        self.path = path.resolve()
        self._clips = tuple(clips)
        self.revision = 0
        self._versions = [self._read()]
        self._at = 0
        self._saved = self._versions[0].text

    @property
    def text(self) -> str:
        """The text as it is now."""
        return self._now.text

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self._now.settings

    @property
    def is_changed(self) -> bool:
        """Whether the text differs from the file as it was read or saved last."""
        return self.text != self._saved

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier version."""
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is a later version."""
        return self._at + 1 < len(self._versions)

    @property
    def is_changed_on_disk(self) -> bool:
        """Whether the file is no longer the one that was read or saved last."""
        try:
            return digest(self.path.read_bytes()) != digest(self._saved.encode())
        except OSError:  # it is gone, is a folder, or must not be read
            return True

    def edit(self, values: dict[str, Any], gesture: str = "") -> None:
        """Change the values of some keys; all are changed, or none.

        Args:
            values: New values by key, such as "descent.steps"; None leaves a key to its default.
            gesture: A name for the movement of a control, whose versions are undone as one.

        Raises:
            InvalidArgument: If the settings would be wrong: the document stays as it is.
        """
        text = self.text
        for key, value in values.items():
            try:
                text = with_value(text, key, value)
            except ConvertError:
                what = "be a text, a number, true or false, or a list of such"
                raise InvalidValue(key, what, value) from None
        if text == self.text:
            return
        version = Version(text, self._settings_of(text), gesture)
        continues = bool(gesture) and self._now.gesture == gesture and self._at > 0
        self._versions = self._versions[: self._at + (not continues)][-MOST_UNDONE:] + [version]
        self._go_to(len(self._versions) - 1)

    def undo(self) -> None:
        """Go back to the version before, if there is one."""
        if self.can_undo:
            self._go_to(self._at - 1)

    def redo(self) -> None:
        """Go forward to the version that was undone, if there is one."""
        if self.can_redo:
            self._go_to(self._at + 1)

    def save(self) -> None:
        """Write the file.

        Raises:
            OperationFailed: If it was changed on the disk, or must not be written: it stays.
        """
        if self.is_changed_on_disk:
            raise OperationFailed(
                f"{self.path.name} must be on the disk as the studio last saw it; it was changed "
                "there: take the file's version, or keep yours."
            )
        if self.path.stat().st_mode & 0o222 == 0:
            raise OperationFailed(
                f"{self.path.name} must be writable; it is read-only: allow writing it, then save."
            )
        mode = self.path.stat().st_mode & 0o7777
        with atomic_write(self.path) as unfinished:
            unfinished.write_bytes(self.text.encode())
            unfinished.chmod(mode)
        self._saved = self.text

    def take_file(self) -> None:
        """Take the file's version; the one that was edited can be had back by undo.

        Raises:
            FileNotFoundError: If there is no such file.
            InvalidArgument: If the file cannot be used as it is: the document stays as it is.
        """
        version = self._read()
        self._saved = version.text
        if version.text != self.text:
            self._versions = [*self._versions[: self._at + 1][-MOST_UNDONE:], version]
            self._go_to(len(self._versions) - 1)

    def keep_edits(self) -> None:
        """Keep what was edited, so that the next `save` replaces the file as it is now."""
        self._saved = read_text(self.path)

    @property
    def _now(self) -> Version:
        return self._versions[self._at]

    def _go_to(self, position: int) -> None:
        self._at = position
        self.revision += 1

    def _read(self) -> Version:
        text = read_text(self.path)
        return Version(text, self._settings_of(text))

    def _settings_of(self, text: str) -> Settings:
        check_text(self.path, text)
        return settings_of(text, self.path, self._clips)


def digest(content: bytes) -> bytes:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(content).digest()


def named(error: InvalidArgument, keys: Sequence[str]) -> InvalidArgument:
    """Return an error of `Document.edit` as the page shows it, beside the control.

    The file and the line are left out: the text with that line is nowhere to be seen.
    """
    own = getattr(error, "error", error)
    return own if own.key in keys or len(keys) != 1 else InvalidValue(keys[0], str(own))
