"""Clips for slides: real decoders read what was written, frame by frame."""

import subprocess
import sys

import av
import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from tests.conftest import TINY
from tests.fixtures.clips import FAILING, SLIDING
from understanding_gradients.cache.sources import ROOT
from understanding_gradients.cache.store import Store
from understanding_gradients.export.files import FORMATS, check_format_options, export, sections
from understanding_gradients.export.gif import SIZES, encoded, write_gif
from understanding_gradients.export.trim import cut
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.quality import Quality
from understanding_gradients.spec.timeline import CLIP_FILE
from understanding_gradients.workers.pool import Pool

BEATS = {"slide": (0, 9), "stand": (9, 15)}
SQUARE = Quality("square", 320, 180, 20)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


def entries(store, kind, quality=TINY, transparent=False):
    job = Job(SLIDING, quality, transparent=transparent)
    return Pool(store, 1).render([job], FORMATS[kind].makes).entries


def written(store, folder, kind, beat=None, largest=None, **options):
    parts = sections([SLIDING], entries(store, kind, **options), beat)
    return list(export(parts, folder, kind, largest))


def frames_of(path, pixels="rgb24"):
    """All frames of a video; what is transparent needs the decoder that knows it."""
    with av.open(path) as container:
        if path.suffix != ".webm":
            return [frame.to_ndarray(format=pixels) for frame in container.decode(video=0)]
        decoder = av.CodecContext.create("libvpx-vp9", "r")
        packets = container.demux(video=0)
        frames = [frame for packet in packets for frame in decoder.decode(packet)]
        return [frame.to_ndarray(format="rgba") for frame in frames]


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_a_beat_is_cut_out_with_the_very_frames_of_the_clip(store, tmp_path, kind):
    (whole,) = written(store, tmp_path, kind)
    assert whole.name == f"sliding.{kind}"
    every = frames_of(whole)
    assert len(every) == 15
    for position, (beat, (first, end)) in enumerate(BEATS.items(), start=1):
        for called in (beat, str(position)):
            (cut,) = written(store, tmp_path, kind, beat=called)
            assert cut.name == f"sliding-0{position}-{beat}.{kind}"
            frames = frames_of(cut)
            assert len(frames) == end - first
            assert all(np.array_equal(a, b) for a, b in zip(frames, every[first:end], strict=True))
            with av.open(cut) as container:
                assert next(container.decode(video=0)).pts == 0


def test_a_webm_lets_through_what_is_behind_the_ground_only(store, tmp_path):
    (path,) = written(store, tmp_path, "webm", transparent=True)
    with av.open(path) as container:
        known = container.streams.video[0].metadata.items()
        assert {key.lower(): value for key, value in known}["alpha_mode"] == "1"
    (opaque,) = written(store, tmp_path / "..", "mp4")
    for frame, full in zip(frames_of(path), frames_of(opaque), strict=True):
        opacity, ground = frame[..., 3].astype(int), full[0, 0].astype(int)
        is_square = np.abs(full.astype(int) - ground).max(axis=-1) > 230
        assert opacity[full.max(axis=-1) < 40].mean() < 2
        assert opacity[is_square].mean() > 245
        assert np.abs(frame[is_square][:, :3].astype(int) - full[is_square]).mean() < 12


@pytest.mark.parametrize("beat", [None, "slide"])
def test_a_gif_has_the_colours_and_the_length_of_its_clip(store, tmp_path, beat):
    (path,) = written(store, tmp_path, "gif", beat=beat, quality=SQUARE)
    with Image.open(path) as gif:
        total = 0
        for number in range(gif.n_frames):
            gif.seek(number)
            total += gif.info["duration"]
        last = np.asarray(gif.convert("RGB")).astype(int)
        assert gif.info["loop"] == 0
    assert total == (600 if beat else 1000)
    (video,) = entries(store, "gif", quality=SQUARE).values()
    frames = frames_of(video / "clip.mkv")
    shown = frames[11 if beat else 19].astype(int)
    assert np.abs(last - shown).max() <= 24
    assert np.abs(last - shown).mean() < 1


def test_a_gif_is_as_small_as_asked_for_or_refused(store, tmp_path):
    (entry,) = entries(store, "gif", quality=SQUARE).values()
    video, path = entry / "clip.mkv", tmp_path / "small.gif"
    lengths = [len(encoded(video, 0, 20, size)) for size in SIZES]
    limit = min(lengths)
    fits = SIZES[next(n for n, length in enumerate(lengths) if length <= limit)]
    assert fits != SIZES[0]
    assert write_gif(video, 0, 20, path, limit / 1e6) == fits
    assert path.stat().st_size == limit
    with pytest.raises(
        RuntimeError, match=rf"--max-mb must be at least {limit / 1e6:.2g} for these"
    ):
        write_gif(video, 0, 20, tmp_path / "none.gif", (limit - 1) / 1e6)
    assert not (tmp_path / "none.gif").exists()


def test_a_scene_that_fails_is_named_in_every_format(store):
    for kind in FORMATS:
        (failure,) = Pool(store, 1).render([Job(FAILING, TINY)], FORMATS[kind].makes).failures
        assert failure.reason == "ArithmeticError: this scene was asked to fail"


def test_a_video_is_cut_only_where_decoding_can_begin(store, tmp_path):
    (entry,) = entries(store, "mp4").values()
    with pytest.raises(RuntimeError, match="must have a keyframe at 4 to be cut there"):
        cut(entry / CLIP_FILE, 4, 9, tmp_path / "part.mp4")


def test_stills_can_be_transparent(store, tmp_path):
    opaque = written(store, tmp_path, "png", beat="stand")
    (tmp_path / "through").mkdir()
    through = written(store, tmp_path / "through", "png", beat="stand", transparent=True)
    assert [path.name for path in opaque + through] == ["sliding-02-stand.png"] * 2
    full, clear = (np.asarray(Image.open(path)) for path in (*opaque, *through))
    assert (full.shape[-1], clear.shape[-1]) == (3, 4)
    ground = (full == full[0, 0]).all(axis=-1)
    assert set(np.unique(clear[ground][:, 3])) == {0}
    solid = clear[..., 3] == 255
    assert solid.sum() > 50
    assert np.array_equal(clear[solid][:, :3], full[solid])


def test_a_handout_has_a_page_a_beat_with_its_caption_as_text(store, tmp_path):
    (path,) = written(store, tmp_path, "pdf")
    pages = PdfReader(path).pages
    assert path.name == "sliding.pdf"
    assert len(pages) == 2
    for page, caption in zip(pages, ("A square slides.", "It {stands} & <waits>."), strict=True):
        assert caption in page.extract_text()
        assert "A sliding square" in page.extract_text()
        (image,) = page.images
        assert image.image.size == (256, 144)
    (one,) = written(store, tmp_path, "pdf", beat="stand")
    assert (one.name, len(PdfReader(one).pages)) == ("sliding-02-stand.pdf", 1)


@pytest.mark.parametrize("beat", ["3", "0", "fill", ""])
def test_a_beat_that_is_not_there_is_refused_with_those_that_are(store, beat):
    with pytest.raises(ValueError, match="--beat must be one of slide, stand, or its number"):
        sections([SLIDING], entries(store, "mp4"), beat)


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        (("mov", None, False), "--format must be one of mp4, webm, gif, png, pdf; got 'mov'"),
        (("mp4", 3.0, False), "--max-mb must go with --format gif; got 'mp4'"),
        (("gif", 0.0, False), "--max-mb must be positive; got 0"),
        (("gif", float("nan"), False), "--max-mb must be positive; got nan"),
        (("mp4", None, True), "--transparent must go with --format png or webm; got 'mp4'"),
    ],
)
def test_wishes_that_do_not_fit_are_refused(wishes, words):
    with pytest.raises(ValueError, match=words):
        check_format_options(*wishes)


@pytest.mark.parametrize("kind", list(FORMATS))
def test_a_finished_clip_is_exported_without_what_draws_it(store, tmp_path, kind):
    entry = entries(store, kind)["sliding"]
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from understanding_gradients.export.files import export, sections\n"
        "from tests.fixtures.clips import SLIDING\n"
        f"entry, folder = Path({str(entry)!r}), Path({str(tmp_path)!r})\n"
        f"print(list(export(sections([SLIDING], {{'sliding': entry}}), folder, {kind!r})))\n"
        "print({'torch', 'manim'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "sliding" in done.stdout
    assert done.stdout.splitlines()[-1] == "set()"
