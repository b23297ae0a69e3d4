"""Small inputs that the readers accept, for faults to be made of."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import av
import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from descent.gradients.finite_differences import DifferenceTable
from descent.gradients.graph import BackwardGraph, Node
from descent.models.network import NetworkGradient
from descent.runs.trajectory import Trajectory
from descent.serialization import Saveable
from descent.sweeps.sweep import Sweep
from descent.views.landscape import Landscape
from descent.views.plane import Plane
from understanding_gradients.export.comments import COMMENT
from understanding_gradients.export.provenance import Provenance
from understanding_gradients.lecture.gradients import DirectionalDerivatives, GradientField
from understanding_gradients.lecture.network import NetworkPass
from understanding_gradients.lecture.recordings import (
    RateTable,
    RowLosses,
    Rows,
    Run,
    Slice,
)
from understanding_gradients.lecture.secants import Secants
from understanding_gradients.lecture.start_view import StartView
from understanding_gradients.spec.options import RenderOptions

ROOT = Path(__file__).parents[2]
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/presentationml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
OWN = RenderOptions(
    settings="lecture.toml", quality="draft", learning_rate="0.3", start="1,2", steps=3
)


def saveables() -> list[Saveable]:
    """Return one small object of every kind that a file can hold."""
    run = Trajectory(
        iterates=[[1.0, 2.0], [0.5, 1.0]],
        losses=[4.0, 1.0],
        gradients=[[1.0, 2.0], [0.5, 1.0]],
        learning_rates=[0.1],
        names=("W1", "b1"),
        options={"betas": (0.8, 0.9), "eps": float("inf"), "note": None, "amsgrad": False},
    )
    landscape = Landscape((np.array([0.0, 1.0]),) * 2, [[0.0, 1.0], [np.nan, np.inf]], ("W1", "b1"))
    plane = Plane(np.zeros(2), np.eye(2), ("one", "other"), np.array([0.6, 0.4]))
    found = Sweep(
        learning_rates=[0.1, 0.2],
        final_losses=[1.0, 0.5],
        steps_taken=[1, 1],
        steps_to_tolerance=[-1, 1],
        behavior_codes=[0, 1],
        diverged_codes=[0, 0],
        start=[1.0, 2.0],
        groups=[],
        names=("W1", "b1"),
        first_loss=4.0,
        steps=1,
        tolerance=0.7,
        kept=((0,),),
        trajectories=(run,),
        plane=plane,
        landscapes=(landscape,),
        critical_learning_rate=1.0,
    )
    leaf = Node("leaf", (), np.array(2.0), np.array(4.0), "W1")
    return [
        run,
        landscape,
        plane,
        found,
        leaf,
        BackwardGraph((leaf, Node("pow", (0,), np.array(4.0), np.array(1.0)))),
        DifferenceTable([0.1, 0.2], [[1.0, 2.0], [1.1, 2.1]], [1.0, 2.0]),
        network(),
        Rows("x", "y", [0.0, 1.0], [1.0, 2.0], 0),
        Run(run, run, (landscape,), [0, 0], 2.0, 1.0, -np.inf, [0, 0], 0.0, True, "W1²", 0.1),
        RowLosses([[9.0, 1.0]], [5.0]),
        Slice([0, 0], [1, 0], True, [1, 2], [0, 1], [0, 1], [0, 2], [0.1], (run,)),
        DirectionalDerivatives([0.0, 1.0], [1.0, -1.0], 0.1, [0.0, 0.1], [1.0, 1.1], 1.1),
        GradientField([[0.0, 1.0]], [[1.0, 2.0]]),
        NetworkPass((np.ones(1), np.ones(1)), "tanh", 2, 0, False, 0.0),
        Secants("W1", [0.0, 1.0], [1.0, 2.0], 0.5, 1.5, 1.0, [1.0], [1.1]),
        RateTable([0.1, 0.2], [1.0, 0.5], 6, 4.0, 2.0, 1.0),
        StartView(landscape, [1.0, 2.0], [], np.nan),
    ]


def network() -> NetworkGradient:
    """Return the gradient of a network of one neuron."""
    weights, biases = (np.ones((1, 1)),), (np.ones(1),)
    return NetworkGradient(weights, biases, weights, biases, 0.5)


def settings() -> list[bytes]:
    """Return settings files that are read."""
    whole = b"""
[data]
x_name = "hours"
rows = [[1, 2], [3, 4.5]] # remark
picked_row = 2
[descent]
loss = "my_losses.py:bowl"
start = [0.5, -2e-1]
steps = 4
[learning_rates]
very_small = 1e-5
just_right = "suggest"
[film]
theme = "light"
leave_out = ["title"]
captions = false
[captions]
"zero-loss.squared" = '''Quoted "twice",
on two lines.'''
update-rule.numbers = "Not \\u00e9 quoted."
"""
    inline = (
        b'data = {rows = [[0, 1]], picked_row = 1}\nfilm.theme = "dark"\ndescent.loss = "bowl"\n'
    )
    return [(ROOT / "lecture.toml").read_bytes(), whole, inline, b""]


def video(comment: str, size: tuple[int, int] = (16, 16)) -> bytes:
    """Return a tiny MP4 that says `comment` of itself."""
    made = BytesIO()
    with av.open(made, "w", format="mp4") as container:
        container.metadata[COMMENT] = comment
        stream: Any = container.add_stream("libx264", rate=15)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((*size[::-1], 3), np.uint8))
        for packet in [*stream.encode(frame), *stream.encode()]:
            container.mux(packet)
    return made.getvalue()


def picture(comment: str, kind: str = "png") -> bytes:
    """Return a tiny PNG or GIF that says `comment` of itself."""
    made, text = BytesIO(), PngInfo()
    text.add_text(COMMENT, comment)
    more: dict[str, Any] = {"pnginfo": text} if kind == "png" else {"comment": comment.encode()}
    Image.new("L", (4, 4)).save(made, kind, **more)
    return made.getvalue()


def relations(*targets: tuple[str, str]) -> str:
    """Return the relations of an entry: the kind and target of each, by the ids rId1, rId2, …"""
    lines = (
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target={quoteattr(target)}/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{"".join(lines)}</Relationships>'


def presentation(*media: tuple[str, bytes], more: dict[str, bytes | str] | None = None) -> bytes:
    """Return a presentation of one slide with notes, which shows `media`, by name."""
    shown = [("video", f"../media/{name}") for name, _ in media]
    films = "".join(f'<p:pic r:link="rId{number + 2}"/>' for number in range(len(media)))
    entries: dict[str, bytes | str] = {
        "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": (
            f'<p:presentation xmlns:p="{MAIN}" xmlns:r="{OFFICE}"><p:sldIdLst>'
            '<p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>'
        ),
        "ppt/_rels/presentation.xml.rels": relations(("slide", "slides/slide1.xml")),
        "ppt/slides/slide1.xml": f'<p:sld xmlns:p="{MAIN}" xmlns:r="{OFFICE}">{films}</p:sld>',
        "ppt/slides/_rels/slide1.xml.rels": relations(("notesSlide", "../notes.xml"), *shown),
        "ppt/notes.xml": f'<p xmlns:a="{DRAWING}"><a:p><a:t>Said.</a:t></a:p></p>',
    }
    entries |= {f"ppt/media/{name}": content for name, content in media}
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (entries | (more or {})).items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return made.getvalue()


def forged(identity: Provenance | None = None, **changes: Any) -> bytes:
    """Return a presentation with a clip of ours that says what it is told to, or else `changes`."""
    identity = identity or Provenance("sliding", "", "0" * 64, "", OWN)
    said = json.loads(identity.text())
    said["options"] |= {key: changes.pop(key) for key in list(changes) if hasattr(OWN, key)}
    return presentation(("media1.png", picture(json.dumps(said | changes))))


def presentations() -> list[bytes]:
    """Return presentations that are read."""
    texts = [Provenance("sliding", beat, "0" * 64, "Said.", OWN).text() for beat in ("slide", "")]
    plain = replace(OWN, loss="bowl", max_mb=2.0, start=None)
    gif = picture(Provenance("standing", "fill", "1" * 64, "", plain).text(), "gif")
    clips = ("media1.mp4", video(texts[1])), ("media2.png", picture(texts[0])), ("media3.gif", gif)
    return [
        presentation(*clips),
        presentation(*clips[1:]),
        presentation(clips[1]),
        presentation(("holiday.mp4", b"no film")),
    ]
