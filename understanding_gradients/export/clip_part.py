"""A finished clip or one beat of it, as the unit that is exported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from descent.checks.errors import InvalidValue
from scenes.registry import Clip
from understanding_gradients.export.provenance import Provenance
from understanding_gradients.export.subtitles import captioned_timeline
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.spec.timeline import Beat, Timeline, still_name


@dataclass(frozen=True)
class ClipPart:
    """A finished clip, or one beat of it.

    Attributes:
        slug: The clip's slug.
        title: The clip's title, as it was drawn.
        entry: The store entry with what was rendered of it.
        timeline: The clip's beats, with the lecturer's captions.
        options: What it was made with, as an exported file carries it.
        position: The position of the beat, counted from 0; None for the whole clip.
    """

    slug: str
    title: str
    entry: Path
    timeline: Timeline
    options: RenderOptions = field(default_factory=RenderOptions)
    position: int | None = None

    @property
    def beats(self) -> list[tuple[int, Beat]]:
        """The beats in it, with their positions."""
        numbered = list(enumerate(self.timeline.beats))
        return numbered if self.position is None else [numbered[self.position]]

    @property
    def beat(self) -> Beat | None:
        """Its only beat; None for a whole clip."""
        return None if self.position is None else self.timeline.beats[self.position]

    @property
    def beat_name(self) -> str:
        """The name of its only beat; "" for a whole clip."""
        return "" if self.beat is None else self.beat.name

    @property
    def file_stem(self) -> str:
        """The name of its file without the extension, unique in the lecture."""
        number = "" if self.position is None else f"-{self.position + 1:02d}-{self.beat_name}"
        return f"{self.slug}{number}{self.options.suffix}"

    @property
    def each_beat(self) -> list[ClipPart]:
        """A part for every beat in it."""
        return [self.at(position) for position, _ in self.beats]

    @property
    def still(self) -> Path:
        """The PNG of the last frame of its only beat."""
        return self._last_frame(".png")

    @property
    def drawing(self) -> Path:
        """The SVG of the last frame of its only beat."""
        return self._last_frame(".svg")

    @property
    def frames(self) -> tuple[int, int]:
        """Its first frame, and the one after its last."""
        beat = self.beat
        return (0, self.timeline.frames) if beat is None else (beat.start, beat.end)

    def at(self, position: int) -> ClipPart:
        """Return the beat at `position` of the clip."""
        return replace(self, position=position)

    def _last_frame(self, suffix: str) -> Path:
        ((position, beat),) = self.beats
        return self.entry / still_name(position, beat.name, suffix)

    def comment(self, digest: str = "") -> str:
        """Return the provenance of its file, as a comment; `digest` is that of what it shows."""
        return Provenance(
            self.slug,
            self.beat_name,
            self.entry.name,
            "" if self.beat is None else self.beat.caption,
            self.options,
            digest,
            tuple(one.name for one in self.timeline.beats),
        ).text()


def clip_parts(
    clips: Iterable[Clip],
    entries: Mapping[str, Path],
    beat: str | None = None,
    options: RenderOptions | None = None,
    captions: Mapping[str, str] | None = None,
) -> list[ClipPart]:
    """Return a part for every clip that has an entry.

    Args:
        clips: In the order of the lecture.
        entries: The store entry of each clip, by slug.
        beat: The name of a beat, or its number from 1; whole clips if not given.
        options: What `entries` were made with.
        captions: The lecturer's captions, by "slug.beat".

    Raises:
        InvalidValue: If a clip has no such beat.
    """
    drawn = [clip for clip in clips if clip.slug in entries]
    timelines = [captioned_timeline(entries[one.slug], one.slug, captions or {}) for one in drawn]
    made_with = options or RenderOptions()
    whole = [
        ClipPart(one.slug, timeline.title or one.title, entries[one.slug], timeline, made_with)
        for one, timeline in zip(drawn, timelines, strict=True)
    ]
    return whole if beat is None else [part.at(beat_position(beat, part)) for part in whole]


def beat_position(beat: str, clip: ClipPart, key: str = "--beat") -> int:
    """Return the position of the beat that has this name, or this number counted from 1."""
    names = [one.name for one in clip.timeline.beats]
    if beat in names:
        return names.index(beat)
    if beat.isdecimal() and 1 <= int(beat) <= len(names):
        return int(beat) - 1
    constraint = f"be one of {', '.join(names)}, or its number, for {clip.slug}"
    raise InvalidValue(key, constraint, beat, got=f"'{beat}'")
