"""Finished clips, and single beats of them, as the files that programs for slides take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from descent._files.atomic_write import atomic_write
from descent.checks.errors import InvalidValue
from scenes.registry import Clip
from understanding_gradients.export.provenance import COMMENT, Provenance
from understanding_gradients.spec.job import Output
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.spec.quality import QUALITIES, Quality
from understanding_gradients.spec.timeline import Beat, Timeline, still_name

# A GIF is small, and its pictures last a whole number of hundredths of a second.
GIF_QUALITY = Quality("gif", 960, 540, 20)


@dataclass(frozen=True)
class Format:
    """A kind of file.

    Attributes:
        output: What is rendered of the clip for it.
        transparent: Whether it always lets through what is behind it.
        quality: In which it is drawn, whatever is asked for.
        theme: In which it is drawn, unless another is asked for; the film's if "".
    """

    output: Output
    transparent: bool = False
    quality: Quality | None = None
    theme: str = ""

    def quality_called(self, name: str) -> Quality:
        """Return the quality that a clip of this kind is drawn in."""
        return self.quality or QUALITIES[name]


FORMATS = {
    "mp4": Format(Output.CLIP),
    "webm": Format(Output.WEBM, transparent=True),
    "gif": Format(Output.LOSSLESS, quality=GIF_QUALITY),
    "png": Format(Output.STILLS),
    "pdf": Format(Output.STILLS, theme="light"),
}


def check_format_options(kind: str, largest: float | None, transparent: bool) -> bool:
    """Return whether files of `kind` are to be transparent.

    Raises:
        ValueError: If there is no such kind, or it has no such option.
    """
    if kind not in FORMATS:
        raise InvalidValue("--format", f"be one of {', '.join(FORMATS)}", got=f"'{kind}'")
    if largest is not None and kind != "gif":
        raise InvalidValue("--max-mb", "go with --format gif", got=f"'{kind}'")
    if largest is not None and not largest > 0:
        raise InvalidValue("--max-mb", "be positive", got=f"{largest:g}")
    if transparent and kind not in ("png", "webm"):
        raise InvalidValue("--transparent", "go with --format png or webm", got=f"'{kind}'")
    return transparent or FORMATS[kind].transparent


@dataclass(frozen=True)
class Section:
    """A clip, or one beat of it.

    Attributes:
        slug: Of the clip.
        title: Of the clip.
        entry: The folder of what was made of it.
        timeline: How the clip is divided.
        wishes: What was asked for when it was made.
        position: Of the beat, from 0; the whole clip if None.
    """

    slug: str
    title: str
    entry: Path
    timeline: Timeline
    wishes: RenderOptions
    position: int | None = None

    @property
    def beats(self) -> list[tuple[int, Beat]]:
        """The beats in it, with their positions."""
        numbered = list(enumerate(self.timeline.beats))
        return numbered if self.position is None else [numbered[self.position]]

    @property
    def name(self) -> str:
        """What its file is called, but for the suffix: no other of the lecture's is."""
        marks = self.wishes.file_name_suffix
        if self.position is None:
            return f"{self.slug}{marks}"
        ((position, beat),) = self.beats
        return f"{self.slug}-{position + 1:02d}-{beat.name}{marks}"

    @property
    def each_beat(self) -> list[Section]:
        """A section for every beat in it."""
        return [replace(self, position=position) for position, _ in self.beats]

    def comment(self, beat: Beat | None) -> str:
        """Return what a file of `beat`, or of the whole clip, says of itself."""
        name, caption = ("", "") if beat is None else (beat.name, beat.caption)
        return Provenance(self.slug, name, self.entry.name, caption, self.wishes).text()

    @property
    def frames(self) -> tuple[int, int]:
        """Its first frame, and the one after its last."""
        if self.position is None:
            return 0, self.timeline.frames
        ((_, beat),) = self.beats
        return beat.start, beat.end


def sections(
    clips: Iterable[Clip],
    entries: Mapping[str, Path],
    beat: str | None = None,
    wishes: RenderOptions | None = None,
) -> list[Section]:
    """Return those of `clips` that there are, or one beat of each.

    Args:
        clips: In the order of the lecture.
        entries: The store's folder of each clip, by slug.
        beat: Its name, or its number from 1; whole clips unless given.
        wishes: What was asked for when `entries` were made.

    Raises:
        ValueError: If a clip has no such beat.
    """
    whole = [
        Section(clip.slug, clip.title, entry, Timeline.load(entry), wishes or RenderOptions())
        for clip in clips
        if (entry := entries.get(clip.slug)) is not None
    ]
    return [one if beat is None else replace(one, position=place_of(beat, one)) for one in whole]


def place_of(beat: str, clip: Section) -> int:
    """Return the position of the beat that is called `beat`, or has that number."""
    names = [one.name for one in clip.timeline.beats]
    if beat in names:
        return names.index(beat)
    if beat.isdecimal() and 1 <= int(beat) <= len(names):
        return int(beat) - 1
    constraint = f"be one of {', '.join(names)}, or its number, for {clip.slug}"
    raise InvalidValue("--beat", constraint, got=f"'{beat}'")


def export(
    parts: list[Section], folder: Path, kind: str, largest: float | None = None
) -> Iterator[Path]:
    """Write `parts` into `folder` as files of one kind, and yield their paths.

    Args:
        parts: What is exported.
        folder: Receives NAME.mp4, or for png NAME-01-BEAT.png and so on.
        kind: One of `FORMATS`.
        largest: How many megabytes a GIF may have.

    Raises:
        RuntimeError: If a GIF cannot be as small as that.
    """
    for part in parts:
        for name, write in files_of(part, kind, largest):
            with atomic_write(folder / name) as unfinished:
                write(unfinished)
            yield folder / name


def files_of(
    part: Section, kind: str, largest: float | None
) -> Iterator[tuple[str, Callable[[Path], object]]]:
    """Yield the name of each file of `part`, and what writes it to a path."""
    if kind == "png":
        for one, (position, beat) in zip(part.each_beat, part.beats, strict=True):
            still = part.entry / still_name(position, beat.name)
            yield f"{one.name}.png", partial(write_still, still, part.comment(beat))
        return
    if kind == "pdf":
        from understanding_gradients.export.pdf import Page, write_pdf

        pages = [
            Page(beat.name, beat.caption, part.entry / still_name(position, beat.name))
            for position, beat in part.beats
        ]
        yield f"{part.name}.pdf", partial(write_pdf, part.title, pages)
        return
    from understanding_gradients.export.gif import write_gif
    from understanding_gradients.export.trim import cut
    from understanding_gradients.spec.codecs import VIDEO_FILES

    video, frames = part.entry / VIDEO_FILES[FORMATS[kind].output], part.frames
    comment = part.comment(None if part.position is None else part.beats[0][1])
    if kind == "gif":
        yield f"{part.name}.gif", lambda path: write_gif(video, *frames, path, largest, comment)
    else:
        yield f"{part.name}.{kind}", lambda path: cut(video, *frames, path, comment)


def write_still(still: Path, comment: str, path: Path) -> None:
    """Write the PNG `still` to `path`, with a comment."""
    text = PngInfo()
    text.add_text(COMMENT, comment)
    with Image.open(still) as image:
        image.save(path, pnginfo=text)
