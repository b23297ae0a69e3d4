"""What the page may export, as the words of a command."""

from __future__ import annotations

from typing import Literal

import msgspec

from understanding_gradients.decks import PRESENTATION_FORMATS
from understanding_gradients.export.exporter import exporters, format_names
from understanding_gradients.spec.quality import QUALITIES


class ExportRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What to export; the command checks what it is given.

    Attributes:
        kind: "film", "clip" or "deck".
        quality: Frame size and frame rate.
        clip: The slug of the clip.
        beat: Only this beat of the clip; "" for all.
        format: Of the clip, or of the deck.
    """

    kind: Literal["film", "clip", "deck"]
    quality: str = "hd"
    clip: str = ""
    beat: str = ""
    format: str = ""


FORMATS = {
    "clip": format_names(),
    "deck": list(PRESENTATION_FORMATS),
    "quality": list(QUALITIES),
}


def command_words(request: ExportRequest) -> list[str]:
    """Return the words of the command that exports what is asked for."""
    quality = [f"--quality={request.quality}"]
    if request.kind == "film":
        return ["lecture", *quality]
    if request.kind == "deck":
        return ["deck", f"--to={request.format}", *quality]
    beat = [f"--beat={request.beat}"] if request.beat else []
    exporter = exporters().get(request.format)
    if exporter is not None and exporter.quality is not None:
        quality = []  # it has its own
    return ["clip", f"--format={request.format}", *quality, *beat, "--", request.clip]
