"""A frame as SVG: the outlines that a still is painted along, for paper and for any size."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import cairo

from understanding_gradients.render.camera import IncrementalCamera
from understanding_gradients.render.display_list import Frame

# Cairo numbers its surfaces through the whole life of a process.
SURFACE_NUMBER = re.compile(rb'<g id="surface\d+">')


def write_svg(frame: Frame, camera: IncrementalCamera, path: Path) -> None:
    """Write `frame` to an SVG file, one unit a pixel; the same frame gives the same bytes."""
    content = BytesIO()
    with cairo.SVGSurface(content, *camera.pixel_size) as surface:
        surface.set_document_unit(cairo.SVGUnit.PX)
        camera.paint_outlines(frame, cairo.Context(surface))
    path.write_bytes(SURFACE_NUMBER.sub(b"<g>", content.getvalue(), count=1))
