"""What a notebook shows of each thing, and what is left of it where HTML is left out."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from io import BytesIO

import av
import nbformat
import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from nbconvert import HTMLExporter, LatexExporter, SlidesExporter
from PIL import Image

import descent
from tests.conftest import TINY
from understanding_gradients.notebook.player import Film
from understanding_gradients.spec.timeline import Beat, Timeline

BOWL = descent.LOSSES["bowl"]
FRAMES = 8


def film_of_greys():
    """Return a film whose frame k is grey, k steps from black."""
    file = BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=TINY.frame_rate)
        stream.width, stream.height, stream.pix_fmt = TINY.width, TINY.height, "yuv420p"
        for k in range(FRAMES):
            grey = np.full((TINY.height, TINY.width, 3), 30 * k, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey)))
        container.mux(stream.encode())
    timeline = Timeline(TINY.frame_rate, FRAMES, (Beat("start", "Here it begins.", 0, FRAMES),))
    return Film("Greys", "greys.mp4", file.getvalue(), timeline, TINY)


SHOWN = {
    "run": lambda: descent.record(BOWL, [2, 1], learning_rate=0.1, steps=9),
    "sweep": lambda: descent.sweep(BOWL, [2, 1], np.geomspace(0.01, 1, 9), 20),
    "graph": lambda: descent.backward_graph(BOWL, [2, 1]),
    "film": film_of_greys,
}
kinds = pytest.mark.parametrize("kind", SHOWN)


@pytest.fixture(scope="module")
def notebook():
    """A notebook with one cell for each kind, and what IPython would save as its output."""
    cells = []
    for kind, make in SHOWN.items():
        data, metadata = DisplayFormatter().format(make())
        data = nbformat.from_dict(jsonable(data))
        output = nbformat.v4.new_output("execute_result", data, metadata=metadata)
        cells.append(nbformat.v4.new_code_cell(kind, outputs=[output]))
    made = nbformat.v4.new_notebook(cells=cells)
    nbformat.validate(made)
    return made


def jsonable(data):
    """Return data with its PNG in base64, as a notebook has it."""
    return {
        kind: b64encode(value).decode() if isinstance(value, bytes) else value
        for kind, value in data.items()
    }


def output_of(notebook, kind):
    (cell,) = (cell for cell in notebook.cells if cell.source == kind)
    return cell.outputs[0]


def texts_of(page):
    """Return the texts between the tags of a page: what makes pages orders attributes anew."""
    return set(filter(str.strip, re.findall(r">([^<>]+)<", page)))


@kinds
def test_each_has_a_text_a_page_and_a_picture_of_the_size_it_says(notebook, kind):
    output = output_of(notebook, kind)
    assert {"text/plain", "text/html", "image/png"} == set(output.data)
    picture = Image.open(BytesIO(b64decode(output.data["image/png"])))
    size = output.metadata["image/png"]
    assert picture.width / size["width"] == pytest.approx(picture.height / size["height"], rel=0.01)
    assert len(np.unique(np.asarray(picture.convert("L")))) > (1 if kind == "film" else 20) - 1


def test_the_picture_of_a_film_is_its_last_frame(notebook):
    picture = Image.open(BytesIO(b64decode(output_of(notebook, "film").data["image/png"])))
    assert abs(np.asarray(picture.convert("L"), float).mean() - 30 * (FRAMES - 1)) < 4


@pytest.mark.parametrize("exporter", [HTMLExporter, SlidesExporter])
def test_a_page_and_slides_made_of_a_notebook_show_all_of_it(notebook, exporter):
    page, _ = exporter().from_notebook_node(notebook)
    assert 'src="data:video/mp4;base64,' in page
    shown = texts_of(page)
    for kind in ("run", "sweep", "graph"):
        told = texts_of(output_of(notebook, kind).data["text/html"])
        assert told and told <= shown
    assert len(re.findall("<img[^>]+data:image/svg", page)) == 2 and page.count("<track") == 1


def test_a_pdf_made_of_a_notebook_has_a_picture_of_each(notebook):
    text, resources = LatexExporter().from_notebook_node(notebook)
    pictures = re.findall(r"\\includegraphics.*?\{(.*?)\}|adjustimage.*?\{(output_.*?)\}", text)
    assert len(pictures) == len(SHOWN) == len(resources["outputs"])


def test_a_graph_lists_its_first_and_last_nodes():
    graph = descent.backward_graph(lambda w, b: (3 * w + b) ** 2, {"w": 1, "b": -5})
    rows = re.findall(r"<tr>(.*?)</tr>", graph._repr_html_())
    cells = [re.findall(r"<t[dh].*?>(.*?)</t[dh]>", row) for row in rows]
    assert cells == [
        ["node", "operation", "of nodes", "value", "gradient"],
        ["0", "leaf w", "", "1.000", "−12.00"],
        ["1", "mul", "0", "3.000", "−4.000"],
        ["2", "leaf b", "", "−5.000", "−4.000"],
        ["3", "add", "1, 2", "−2.000", "−4.000"],
        ["4", "pow", "3", "4.000", "1.000"],
    ]


def test_a_graph_of_very_many_nodes_is_a_short_table_without_a_picture():
    graph = descent.backward_graph(lambda p: sum(x**2 for x in p), np.ones(200))
    assert graph._repr_png_() is None
    assert graph._repr_html_().count("<tr>") < 20
    with pytest.raises(descent.InvalidValue, match=r"at most 60 nodes to be drawn; got 600|599"):
        graph.plot()


def test_a_drawn_graph_has_every_node_with_its_value_and_its_gradient():
    graph = descent.backward_graph(lambda w, b: (3 * w + b) ** 2, {"w": 1, "b": -5})
    texts = [text.get_text() for text in graph.plot().axes[0].texts if text.get_text()]
    assert texts == [
        *("w", "1.000", "−12.00", "mul", "3.000", "−4.000", "b", "−5.000", "−4.000"),
        *("add", "−2.000", "−4.000", "pow", "4.000", "1.000"),
    ]
