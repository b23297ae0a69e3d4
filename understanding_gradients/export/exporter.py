"""The interface of an export format, and the formats there are.

A new format is one module in `export/formats`. Its name is the format's name on the command line
and the extension of its files, and its `EXPORTER` is an instance of a subclass of `Exporter`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, ClassVar

from descent._files.atomic_write import atomic_write
from descent.checks.errors import InvalidValue
from understanding_gradients.export import formats
from understanding_gradients.spec.job import Output
from understanding_gradients.spec.options import DEFAULT_QUALITY, RenderOptions, flag
from understanding_gradients.spec.quality import QUALITIES, Quality

if TYPE_CHECKING:
    from understanding_gradients.export.clip_part import ClipPart

FORMAT_OPTIONS = ("max_mb", "transparent")


class Exporter:
    """A file format of exported clips.

    Attributes:
        output: What is rendered of a clip for it.
        options: Those of `FORMAT_OPTIONS` that it has.
        is_transparent: Whether its background is always transparent.
        quality: The quality it is always rendered in; the chosen one if None.
        theme: Its theme unless another is chosen; the film's if "".
        has_file_per_beat: Whether each of its files shows one beat.
        suffixes: Of its files, if they carry provenance.
    """

    output: ClassVar[Output]
    options: ClassVar[tuple[str, ...]] = ()
    is_transparent: ClassVar[bool] = False
    quality: ClassVar[Quality | None] = None
    theme: ClassVar[str] = ""
    has_file_per_beat: ClassVar[bool] = False
    suffixes: ClassVar[tuple[str, ...]] = ()

    def parts(self, part: ClipPart) -> list[ClipPart]:
        """Return the parts of `part` that have a file of their own."""
        return part.each_beat if self.has_file_per_beat else [part]

    def write(self, part: ClipPart, path: Path) -> None:
        """Write the file of `part`.

        Raises:
            OperationFailed: If it cannot be written as its options say.
        """
        raise NotImplementedError

    def check_captions(self, captions: Mapping[str, str]) -> None:
        """Check the lecturer's captions, by "slug.beat", before anything is rendered.

        Raises:
            InvalidValue: If the format cannot show one.
        """

    def comment_in(self, content: bytes) -> str:
        """Return the comment in a file of this format, or "" if it has none or is damaged."""
        return ""

    def digest_of(self, content: bytes) -> str:
        """Return a digest of what a file shows, without its comment; "" if it has none."""
        return ""

    def is_retouched(self, content: bytes) -> bool:
        """Return whether a file without a digest was surely changed since it was written."""
        return False

    def quality_for(self, options: RenderOptions) -> Quality:
        """Return the quality in which a clip is rendered."""
        return self.quality or QUALITIES[options.quality]

    def is_transparent_with(self, options: RenderOptions) -> bool:
        """Return whether a clip is rendered without its background."""
        return options.transparent or self.is_transparent


def format_names() -> list[str]:
    """Return the names of all formats, without importing them."""
    return sorted(module.name for module in iter_modules(formats.__path__))


@cache
def exporters() -> dict[str, Exporter]:
    """Return the exporter of every format, by name."""
    return {name: import_module(f"{formats.__name__}.{name}").EXPORTER for name in format_names()}


def check_format_options(kind: str, options: RenderOptions) -> None:
    """Check that the options fit the format `kind`."""
    size = exporters()[kind].quality
    if size is not None and options.quality != DEFAULT_QUALITY:
        constraint = f"go without --format {kind}, whose frames have {size.width} × {size.height}"
        raise InvalidValue(flag("quality"), constraint + " pixels", options.quality)
    for name in FORMAT_OPTIONS:
        is_set = getattr(options, name) != getattr(RenderOptions(), name)
        takers = [other for other, one in exporters().items() if name in one.options]
        if is_set and kind not in takers:
            constraint = f"go with --format {' or '.join(takers)}"
            raise InvalidValue(flag(name), constraint, kind, got=f"'{kind}'")
    if options.max_mb is not None and not options.max_mb > 0:
        raise InvalidValue("--max-mb", "be positive", options.max_mb, got=f"{options.max_mb:g}")


def export(parts: list[ClipPart], folder: Path, kind: str) -> Iterator[Path]:
    """Write `parts` into `folder` in the format `kind`, and yield the paths."""
    exporter = exporters()[kind]
    for part in (one for whole in parts for one in exporter.parts(whole)):
        path = folder / f"{part.file_stem}.{kind}"
        with atomic_write(path) as unfinished:
            exporter.write(part, unfinished)
        yield path
