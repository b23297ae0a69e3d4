"""How a finished clip is divided into beats, and the names of its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from understanding_gradients.spec.errors import OperationFailed

CLIP_FILE = "clip.mp4"
BEATS_FILE = "beats.json"


@dataclass(frozen=True)
class Beat:
    """A beat of a finished clip.

    Attributes:
        name: Unique within the clip.
        caption: Its subtitle; may be empty.
        start: Its first frame.
        end: The frame after its last.
        cue: The frame from which its subtitle is shown; its first by default.

    Raises:
        ValueError: If the name is unfit for a file name.
    """

    name: str
    caption: str
    start: int
    end: int
    cue: int | None = None

    def __post_init__(self) -> None:
        """Check the name, which becomes part of file names."""
        if not self.name.isprintable() or "/" in self.name or "\\" in self.name:
            raise ValueError(f"A beat must have a plain name; got {self.name!r}.")


@dataclass(frozen=True)
class Timeline:
    """The division of a finished clip into beats, which it has in order.

    Attributes:
        frame_rate: Frames per second.
        frames: How many there are.
        beats: They follow one another.
        title: The clip's title, as it was drawn: it claims no more than the recording shows.
    """

    frame_rate: int
    frames: int
    beats: tuple[Beat, ...]
    title: str = ""

    def save(self, folder: Path) -> None:
        """Write `BEATS_FILE` into `folder`."""
        import msgspec  # only with the extra [render]

        (folder / BEATS_FILE).write_bytes(msgspec.json.encode(self))

    @classmethod
    def load(cls, folder: Path) -> Timeline:
        """Read `BEATS_FILE` from `folder`.

        Raises:
            OperationFailed: If the file does not hold a timeline.
        """
        import msgspec  # only with the extra [render]

        try:
            return msgspec.json.decode((folder / BEATS_FILE).read_bytes(), type=cls)
        except (RecursionError, ValueError) as error:
            reason = str(error).partition(" - at ")[0].rstrip(".")
            raise OperationFailed(
                f"{folder} must hold a whole clip; its {BEATS_FILE} does not: {reason}: "
                "delete that folder, and the clip is drawn again."
            ) from error


def clock_time(seconds: int) -> str:
    """Return a time as video sites read it: 1:05, or 1:01:05 from an hour on."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def length_differs(slug: str, drawn: int, counted: int) -> str:
    """Return the sentence about a clip whose frames were counted and are other ones now."""
    return (
        f"{slug} drew {drawn} frames where {counted} were counted: its length depends on what is "
        "drawn."
    )


def still_name(position: int, beat: str, suffix: str = ".png") -> str:
    """Return the file name of the last frame of a beat; `position` counts from 0."""
    return f"{position + 1:02d}-{beat}{suffix}"
