"""One call makes a film of a recorded run, and a saved notebook plays it anywhere."""

from __future__ import annotations

import re
import shutil
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import av
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

import understanding_gradients
from descent import LOSSES, Trajectory, neuron_loss, record
from scenes.wording.titles import title_of
from tests.chromium import browser
from tests.conftest import TINY
from tests.fixtures.clips import FAILING
from tests.lectures import DEFAULT
from understanding_gradients import film
from understanding_gradients.cache.store import Store
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.lecture.recordings import Run, load_recordings
from understanding_gradients.notebook.film import choose_clip, render_film
from understanding_gradients.notebook.player import Film
from understanding_gradients.spec.job import Job

pytestmark = pytest.mark.render

BOWL = LOSSES["bowl"]


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def neuron():
    return neuron_loss(DEFAULT.data.rows, DEFAULT.descent.start)


@pytest.fixture(scope="module")
def run():
    """The default lecture's own just-right run."""
    return record_lecture(DEFAULT, ["just_right"])["just_right"].trajectory


@pytest.fixture(scope="module")
def shown(run, neuron, media):
    return film(run, neuron, quality=TINY, folder=media)


def frames_of(video):
    with av.open(BytesIO(video)) as container:
        (stream,) = container.streams
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        return np.array([frame.to_ndarray() for frame in container.decode(stream)])


def embedded(kind, html):
    """Return what a page has of this kind in itself."""
    (content,) = re.findall(f'"data:{kind};base64,([A-Za-z0-9+/=]+)"', html)
    return b64decode(content)


def test_the_film_has_a_beat_a_step_and_decodes_to_as_many_frames(shown):
    names = [beat.name for beat in shown.beats]
    assert names == ["start", *(f"step-{t}" for t in range(1, 7)), "carried-on", "every-step"]
    frames = frames_of(shown.path.read_bytes())
    assert len(frames) == shown.beats[-1].end == round(shown.seconds * TINY.frame_rate)
    assert frames.shape[1:] == (TINY.height * 3 // 2, TINY.width)
    assert frames.std() > 0
    assert repr(shown).startswith('<Film "Small, but just right": 9 beats, ')


def test_what_is_drawn_are_the_recorded_numbers_to_the_bit(shown, run, media):
    (folder,) = {path.parent for path in media.rglob("just_right.safetensors")}
    given = load_recordings(folder, ["just_right"])["just_right"]
    assert isinstance(given, Run)
    for trajectory in (given.trajectory, given.full):
        for name in ("iterates", "losses", "gradients", "learning_rates"):
            assert getattr(trajectory, name).tobytes() == getattr(run, name).tobytes()


def test_the_page_has_the_whole_film_made_small_its_captions_and_a_still_in_it(shown):
    html = shown._repr_html_()
    video, whole = embedded("video/mp4", html), shown.path.read_bytes()
    frames, originals = frames_of(video).astype(float), frames_of(whole).astype(float)
    assert len(video) <= len(whole) and frames.shape == originals.shape
    errors = np.abs(frames - originals).mean(axis=(1, 2))
    assert errors.max() < 2.5
    captions = embedded("text/vtt", html).decode()
    told = [beat.caption for beat in shown.beats if beat.caption]
    assert re.findall(r"-->.*\n(.*)", captions) == told
    assert "Small, but just right" in captions
    poster = np.asarray(Image.open(BytesIO(embedded("image/jpeg", html))).convert("L"), float)
    luma = frames[shown.beats[0].end - 1][: TINY.height].astype(float)
    # The video's black is 16 and its white 235; a picture's 0 and 255.
    assert np.abs(poster - (luma - 16) * 255 / 219).mean() < 6
    assert "http" not in html


def test_a_title_of_ones_own_is_text_wherever_it_stands(shown):
    own = Film('<b> & "me"', shown.path, shown.video, shown.timeline, shown.quality)
    assert '<b> & "me"' not in own._repr_html_()
    assert "&lt;b&gt; &amp; &quot;me&quot;: a film" in own._repr_html_()


def test_the_same_film_is_there_at_once_also_of_a_run_from_a_file(
    shown, run, neuron, media, tmp_path, monkeypatch
):
    def refuse(*_):
        raise AssertionError("nothing is to be drawn")

    monkeypatch.setattr("understanding_gradients.workers.pool.WorkerProcess", refuse)
    read = Trajectory.load(run.save(tmp_path / "run.safetensors"))
    assert film(read, neuron, quality=TINY, folder=media).path == shown.path


@pytest.mark.slow
def test_another_run_is_another_film(shown, neuron, media):
    start = np.nextafter(DEFAULT.descent.start, 9)
    other = record(neuron, start, learning_rate=0.1, steps=1)
    words = {"clip": "just-right-learning-rate", "quality": TINY, "folder": media}
    assert film(other, neuron, **words).video != shown.video


def test_without_what_draws_it_is_said_how_to_get_it(monkeypatch, run):
    modules = ("no_such_renderer",)
    monkeypatch.setattr("understanding_gradients.installation.RENDER_MODULES", modules)
    with pytest.raises(ImportError, match=r"no_such_renderer, .*: \./run setup"):
        understanding_gradients.film(run, BOWL)


def test_a_saved_film_is_the_film(shown, tmp_path):
    assert shown.save(tmp_path / "mine.mp4").read_bytes() == shown.path.read_bytes()
    with pytest.raises(ValueError, match=r"must end in \.mp4; got 'mine\.avi'"):
        shown.save(tmp_path / "mine.avi")


def test_a_clip_that_cannot_be_drawn_says_why(tmp_path):
    with pytest.raises(RuntimeError, match="failing could not be drawn: .*asked to fail"):
        render_film(Job(FAILING, TINY), Store(tmp_path))


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        ({"clip": "very-smal"}, ValueError, "got 'very-smal': did you mean very-small-learning-"),
        ({"clip": "title"}, ValueError, "clip must be one of very-small-learning-rate, just"),
        ({"clip": "three-learning-rates"}, ValueError, "clip must show one run, as .* for three"),
        ({"quality": "hdd"}, ValueError, "quality must be .*; got 'hdd': did you mean hd"),
        ({"theme": "dork"}, ValueError, "theme must be .*; got 'dork'"),
        ({"title": ""}, ValueError, "title must be a text of 1 to 48 characters; got ''"),
        ({"steps": 0}, ValueError, "steps must be from 1 to 60; got 0"),
        ({"steps": 2.0}, TypeError, "steps must be a whole number; got 2.0"),
        ({"loss": None}, TypeError, "loss must be a function of the parameters; got None"),
        ({"loss": LOSSES["ravine"]}, ValueError, "got 29 at the run's start, where 7 was"),
        ({"loss": LOSSES["parabola"]}, ValueError, "got one of 1 parameters for a run of 2"),
        ({"sharpness": [6.0]}, ValueError, r"sharpness must have shape \(\d+,\), as sharpness_a"),
        ({"sharpness": "yes"}, TypeError, "sharpness must be True, or one number per iterate"),
        ({"run": 3}, TypeError, "runs must be three trajectories, .*; got 3"),
        ({"run": 3, "clip": "just-right-learning-rate"}, TypeError, "run must be a descent.Traj"),
        ({"folder": "/proc/nowhere"}, ValueError, "must go into a folder that can be written"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(words, error, message, tmp_path):
    asked = {"run": record(BOWL, BOWL.start, learning_rate=0.1, steps=1), "loss": BOWL}
    with pytest.raises(error, match=message):
        film(**{**asked, "folder": tmp_path, **words})
    assert not list(tmp_path.rglob("*.safetensors"))


def test_the_sharpness_is_that_of_one_run():
    runs = [record(BOWL, BOWL.start, learning_rate=rate, steps=2) for rate in (0.01, 0.2, 0.4)]
    with pytest.raises(ValueError, match="sharpness must go with a single run; got three of them"):
        choose_clip(runs, BOWL, None, None, None, True)
    along = choose_clip(runs[0], BOWL, None, None, None, True)[1]["very_small"].sharpness_along
    assert along.tolist() == pytest.approx([6, 6, 6])


@pytest.mark.parametrize(
    ("loss", "rate", "steps", "slug", "title"),
    [
        ("bowl", 0.003, 6, "very-small-learning-rate", "A very small learning rate"),
        ("bowl", 0.003, 900, "very-small-learning-rate", "A very small learning rate"),
        ("bowl", 0.25, 6, "just-right-learning-rate", "Small, but just right"),
        ("bowl", 0.4, 6, "very-large-learning-rate", "A very large learning rate"),
        ("ravine", 0.0399, 7, "very-large-learning-rate", "A gradient that turns round"),
        # Right at the start, but 5000 steps are not "just right".
        pytest.param(
            *("rosenbrock", 0.001, 5000, "just-right-learning-rate", "A loss that falls"),
            marks=pytest.mark.slow,
        ),
        # Nothing curves upwards where it starts, so that no rate is small or large there.
        ("himmelblau", 0.0001, 3, "very-small-learning-rate", "A slow descent"),
    ],
)
def test_the_clip_and_its_title_are_what_the_numbers_say(loss, rate, steps, slug, title):
    loss = LOSSES[loss]
    start = (0.0, 0.0) if loss.name == "himmelblau" else loss.start
    run = record(loss, start, learning_rate=rate, steps=steps)
    chosen, inputs = choose_clip(run, loss, None, None)
    assert chosen.slug == slug
    assert title_of(chosen, chosen.rate, inputs[chosen.rate]) == title


CELLS = f"""
from descent import record
from understanding_gradients import film
from understanding_gradients.spec.quality import Quality
loss = lambda p: p[0] ** 2 + 3 * p[1] ** 2
run = record(loss, (2, 1), learning_rate=0.25, steps=1)
film(run, loss, quality=Quality{(TINY.name, TINY.width, TINY.height, TINY.frame_rate)!r}, \
title="#bowl, my_own", folder="films")
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page with what a saved notebook shows, after the films on disk are gone."""
    folder = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELLS)])
    NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}).execute()
    nbformat.write(notebook, folder / "saved.ipynb")
    shutil.rmtree(folder / "films")
    (cell,) = nbformat.read(folder / "saved.ipynb", as_version=4).cells
    (output,) = cell.outputs
    assert output.data["text/plain"].startswith('<Film "#bowl, my_own": 3 beats')
    (folder / "page.html").write_text(output.data["text/html"], encoding="utf-8")
    return Path(folder / "page.html")


def test_a_notebook_plays_its_film_in_a_browser_without_network(page):
    with browser() as app:
        tab = app.new_context(offline=True).new_page()
        tab.goto(page.as_uri())
        tab.evaluate("video = document.querySelector('video'); video.muted = true; video.play()")
        tab.wait_for_function("video.readyState >= 2 && video.currentTime > 0.2")
        assert tab.evaluate("[video.videoWidth, video.videoHeight]") == [TINY.width, TINY.height]
        tab.evaluate("video.currentTime = video.duration; video.textTracks[0].mode = 'showing'")
        tab.wait_for_function("video.ended && video.textTracks[0].cues?.length === 2")
        first = tab.evaluate("video.textTracks[0].cues[0].text")
        assert first == "#bowl, my_own: watch how far down each step leads."
        assert tab.get_by_label("#bowl, my_own: a film of gradient descent").is_visible()
