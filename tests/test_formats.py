"""Exported clips: independent decoders read what was written, frame by frame."""

import io
import shutil
import subprocess
import sys
from io import BytesIO

import av
import numpy as np
import pytest
from manim import PointCloudDot, Square, tempconfig
from PIL import Image, ImageColor
from pypdf import PdfReader
from pypdfium2 import PdfDocument

from tests.chromium import CHROMIUM, browser
from tests.conftest import TINY
from tests.fixtures.clips import FAILING, SLIDING, STANDING
from tests.fixtures.plain_scenes import COLOR
from tests.marks import slow_except
from understanding_gradients.cache.store import Store
from understanding_gradients.export.clip_part import clip_parts
from understanding_gradients.export.exporter import (
    check_format_options,
    export,
    exporters,
    format_names,
)
from understanding_gradients.export.gif_writer import SIZES, encode_gif, write_gif
from understanding_gradients.export.handout import Page, write_figure
from understanding_gradients.export.trim import trim
from understanding_gradients.installation import ROOT
from understanding_gradients.render.camera import IncrementalCamera
from understanding_gradients.render.config import manim_config
from understanding_gradients.render.drawing import write_svg
from understanding_gradients.spec.job import Job, Output
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.spec.quality import QUALITIES, Quality
from understanding_gradients.spec.timeline import CLIP_FILE
from understanding_gradients.workers.pool import Pool

pytestmark = [pytest.mark.render, pytest.mark.usefixtures("warm_workers")]

SOFFICE = shutil.which("soffice")
BEATS = {"slide": (0, 9), "stand": (9, 15)}
SQUARE = Quality("square", 320, 180, 20)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


def entries(store, kind, quality=TINY, transparent=False):
    job = Job(SLIDING, quality, transparent=transparent)
    return Pool(store, 1).render([job], exporters()[kind].output).entries


def written(store, folder, kind, beat=None, **job):
    parts = clip_parts([SLIDING], entries(store, kind, **job), beat)
    return list(export(parts, folder, kind))


def frames_of(path, pixels="rgb24"):
    """All frames of a video; what is transparent needs the decoder that knows it."""
    with av.open(path) as container:
        if path.suffix != ".webm":
            return [frame.to_ndarray(format=pixels) for frame in container.decode(video=0)]
        decoder = av.CodecContext.create("libvpx-vp9", "r")
        packets = container.demux(video=0)
        frames = [frame for packet in packets for frame in decoder.decode(packet)]
        return [frame.to_ndarray(format="rgba") for frame in frames]


def screenshot(path, size, condition="true"):
    """Return what Chromium shows of a file once `condition` holds."""
    with browser() as app:
        page = app.new_page(viewport={"width": size[0], "height": size[1]})
        page.goto(path.as_uri())
        page.wait_for_function(condition)
        # No controls over the picture.
        page.evaluate("document.querySelector('video')?.removeAttribute('controls')")
        picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    return picture


@pytest.mark.parametrize("kind", slow_except(["mp4", "webm", "mov"], "mp4"))
def test_a_beat_has_the_frames_of_the_clip(store, tmp_path, kind):
    (whole,) = written(store, tmp_path, kind)
    assert whole.name == f"sliding.{kind}"
    every = frames_of(whole)
    assert len(every) == 15
    for position, (beat, (first, end)) in enumerate(BEATS.items(), start=1):
        for called in (beat, str(position)):
            (part,) = written(store, tmp_path, kind, beat=called)
            assert part.name == f"sliding-0{position}-{beat}.{kind}"
            frames = frames_of(part)
            assert len(frames) == end - first
            assert all(np.array_equal(a, b) for a, b in zip(frames, every[first:end], strict=True))
            with av.open(part) as container:
                assert next(container.decode(video=0)).pts == 0


def test_only_the_background_of_a_webm_is_transparent(store, tmp_path):
    (path,) = written(store, tmp_path, "webm", transparent=True)
    with av.open(path) as container:
        known = container.streams.video[0].metadata.items()
        assert {key.lower(): value for key, value in known}["alpha_mode"] == "1"
    (opaque,) = written(store, tmp_path / "..", "mp4")
    for frame, full in zip(frames_of(path), frames_of(opaque), strict=True):
        opacity, background = frame[..., 3].astype(int), full[0, 0].astype(int)
        is_square = np.abs(full.astype(int) - background).max(axis=-1) > 230
        assert opacity[full.max(axis=-1) < 40].mean() < 2
        assert opacity[is_square].mean() > 245
        assert np.abs(frame[is_square][:, :3].astype(int) - full[is_square]).mean() < 12


def test_a_page_shows_through_a_webm_in_a_browser(store, tmp_path):
    (path,) = written(store, tmp_path, "webm", transparent=True)
    (opaque,) = written(store, tmp_path / "..", "mp4")
    full = frames_of(opaque)[0]
    height, width = full.shape[:2]
    page_file = tmp_path / "page.html"
    page_file.write_text(
        "<body style='margin: 0; background: #00FF00'>"
        f"<video src='{path.name}' muted style='display: block'></video>",
        encoding="utf-8",
    )
    with browser() as app:
        page = app.new_page(viewport={"width": width, "height": height})
        page.goto(page_file.as_uri())
        page.wait_for_function("document.querySelector('video').readyState >= 2")
        shot = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
    is_square = np.abs(full.astype(int) - full[0, 0]).max(axis=-1) > 230
    assert np.abs(shot[full.max(axis=-1) < 40] - (0, 255, 0)).mean() < 3
    assert np.abs(shot[is_square] - full[is_square]).mean() < 16


def test_a_mov_is_prores_4444_with_the_exact_alpha_and_colors(store, tmp_path):
    for beat in (None, "stand"):
        (path,) = written(store, tmp_path, "mov", beat=beat, transparent=True)
        with av.open(path) as container:
            video = container.streams.video[0]
            assert (video.codec_context.name, video.codec_context.codec_tag) == ("prores", "ap4h")
            assert video.codec_context.profile == "4444"
    (through,) = written(store, tmp_path, "png", beat="stand", transparent=True)
    with Image.open(through) as still:
        expected = np.asarray(still).astype(int)
    shown = frames_of(path, "rgba")[-1].astype(int)
    assert np.abs(shown[..., 3] - expected[..., 3]).max() <= 1
    solid = expected[..., 3] == 255
    assert np.abs(shown[solid] - expected[solid]).mean() < 1


COLORS = {"colorspace": 1, "color_primaries": 1, "color_trc": 1, "color_range": 1}


@pytest.mark.parametrize("kind", ["mp4", "webm", "mov"])
def test_a_video_says_that_its_colors_are_bt709(store, tmp_path, kind):
    for beat in (None, "stand"):
        (path,) = written(store, tmp_path, kind, beat=beat)
        with av.open(path) as container:
            stream = container.streams.video[0]
            assert {name: getattr(stream.codec_context, name) for name in COLORS} == COLORS
            frame = next(container.decode(stream))
            assert {name: getattr(frame, name) for name in COLORS} == COLORS


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on this machine")
@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_chromium_shows_the_colors_of_the_film(store, tmp_path, kind):
    job = Job(STANDING, TINY)
    found = Pool(store, 1).render([job], exporters()[kind].output).entries
    (path,) = export(clip_parts([STANDING], found, "fill"), tmp_path, kind)
    loaded = "[...document.querySelectorAll('video')].every(video => video.readyState >= 4)"
    pixel = screenshot(path, (256, 144), loaded).getpixel((20, 20))
    assert np.abs(np.subtract(pixel, ImageColor.getrgb(COLOR))).max() <= 3


@pytest.mark.parametrize("beat", [None, "slide"])
def test_a_gif_has_the_colors_and_the_length_of_its_clip(store, tmp_path, beat):
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


def test_a_gif_is_no_larger_than_max_mb(store, tmp_path):
    (entry,) = entries(store, "gif", quality=SQUARE).values()
    video, path = entry / "clip.mkv", tmp_path / "small.gif"
    lengths = []
    for size in SIZES:
        encode_gif(video, 0, 20, path, size)
        lengths.append(path.stat().st_size)
    limit = min(lengths)
    fits = SIZES[next(n for n, length in enumerate(lengths) if length <= limit)]
    assert fits != SIZES[0]
    assert write_gif(video, 0, 20, path, limit / 1e6) == fits
    assert path.stat().st_size == limit
    message = rf"--max-mb must be at least {limit / 1e6:.2g} for these"
    with pytest.raises(RuntimeError, match=message):
        write_gif(video, 0, 20, tmp_path / "none.gif", (limit - 1) / 1e6)
    assert not (tmp_path / "none.gif").exists()


def test_the_colors_of_large_areas_in_a_gif_are_exact_to_one_level(tmp_path):
    rng = np.random.default_rng(0)
    areas = rng.integers(0, 256, (40, 3), dtype=np.uint8)
    # Forty areas, and many colors of which there is little, as at the edges of strokes.
    frame = np.repeat(areas, 8, axis=0)[None].repeat(180, axis=0)
    frame[::9, ::7] = rng.integers(0, 256, frame[::9, ::7].shape, dtype=np.uint8)
    video, path = tmp_path / "video.mkv", tmp_path / "areas.gif"
    write_video(video, [frame] * 4)
    write_gif(video, 0, 4, path, comment=lambda _: "said")
    with Image.open(path) as gif:
        assert gif.info["comment"] == b"said"
        shown = np.asarray(gif.convert("RGB")).astype(int)
    for number, color in enumerate(areas):
        columns = slice(8 * number, 8 * number + 8)
        area = (frame[:, columns] == color).all(axis=-1)
        assert np.abs(shown[:, columns][area] - color.astype(int)).max() <= 1


def write_video(path, frames):
    """Write a lossless video of 20 frames per second."""
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264rgb", rate=20)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt, stream.options = "rgb24", {"preset": "ultrafast", "qp": "0"}
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame)))
        container.mux(stream.encode(None))


def test_the_memory_for_a_gif_does_not_grow_with_its_length(tmp_path):
    video = tmp_path / "video.mkv"
    write_video(video, [np.full((180, 320, 3), number, np.uint8) for number in range(100)])
    peaks = [peak_memory(video, frames) for frames in (20, 100)]
    # 80 frames of 320 by 180 pixels have 13.8 MB.
    assert peaks[1] - peaks[0] < 4_000_000


def peak_memory(video, frames):
    """Return the peak memory of a process that writes a GIF, in bytes."""
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from understanding_gradients.export.gif_writer import write_gif\n"
        f"write_gif(Path({str(video)!r}), 0, {frames}, Path({str(video)!r} + '.gif'))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return int(done.stdout)


@pytest.mark.parametrize("kind", slow_except(format_names(), "png"))
def test_a_scene_that_fails_is_reported_in_every_format(store, kind):
    result = Pool(store, 1).render([Job(FAILING, TINY)], exporters()[kind].output)
    assert [one.reason for one in result.failures] == [
        "ArithmeticError: this scene was asked to fail"
    ]


def test_a_video_is_trimmed_only_to_a_keyframe(store, tmp_path):
    (entry,) = entries(store, "mp4").values()
    with pytest.raises(RuntimeError, match="must have a keyframe at 4 to be cut there"):
        trim(entry / CLIP_FILE, 4, 9, tmp_path / "part.mp4")


def test_stills_can_be_transparent(store, tmp_path):
    opaque = written(store, tmp_path, "png", beat="stand")
    (tmp_path / "through").mkdir()
    through = written(store, tmp_path / "through", "png", beat="stand", transparent=True)
    assert [path.name for path in opaque + through] == ["sliding-02-stand.png"] * 2
    full, clear = (np.asarray(Image.open(path)) for path in (*opaque, *through))
    assert (full.shape[-1], clear.shape[-1]) == (3, 4)
    background = (full == full[0, 0]).all(axis=-1)
    assert set(np.unique(clear[background][:, 3])) == {0}
    solid = clear[..., 3] == 255
    assert solid.sum() > 50
    assert np.array_equal(clear[solid][:, :3], full[solid])


def are_close(one, other):
    """Whether two pictures of one size differ only in how their edges are smoothed."""
    a, b = (np.asarray(picture.convert("RGB"), float) for picture in (one, other))
    differences = np.abs(a - b).max(axis=-1)
    return differences.mean() < 2 and np.quantile(differences, 0.98) < 25


def rendered(page, width):
    """Return a page of a PDF as PDFium renders it, `width` pixels wide."""
    return page.render(scale=width / page.get_width()).to_pil()


def test_a_handout_has_a_page_per_beat_with_its_caption_as_text(store, tmp_path):
    (path,) = written(store, tmp_path, "pdf")
    pages = PdfReader(path).pages
    assert path.name == "sliding.pdf"
    assert len(pages) == 2
    for page, caption in zip(pages, ("A square slides.", "It {stands} & <waits>."), strict=True):
        assert caption in page.extract_text()
        assert "A sliding square" in page.extract_text()
        assert not page.images


@pytest.mark.parametrize("job", [Job(SLIDING, TINY), Job(STANDING, QUALITIES["draft"])])
def test_the_pdf_of_a_beat_is_its_picture_alone_in_outlines(store, tmp_path, job):
    drawings = Pool(store, 1).render([job], Output.DRAWINGS).entries
    stills = Pool(store, 1).render([job], Output.STILLS).entries
    for number in ("1", "2"):
        (path,) = export(clip_parts([job.clip], drawings, number), tmp_path, "pdf")
        (still,) = export(clip_parts([job.clip], stills, number), tmp_path, "png")
        (page,) = PdfReader(path).pages
        assert not page.images
        assert not page.extract_text().strip()
        with Image.open(still) as picture:
            (page,) = PdfDocument(path)
            assert page.get_width() / page.get_height() == pytest.approx(16 / 9, rel=0.01)
            assert are_close(rendered(page, picture.width).resize(picture.size), picture)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on this machine")
def test_chromium_shows_a_drawing_as_the_still_of_its_beat(store, tmp_path):
    (drawing,) = written(store, tmp_path, "svg", beat="stand")
    (still,) = written(store, tmp_path, "png", beat="stand")
    with Image.open(still) as picture:
        assert are_close(screenshot(drawing, picture.size), picture)


@pytest.mark.slow
@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not on this machine")
def test_libreoffice_shows_a_drawing_as_the_still_of_its_beat(store, tmp_path):
    (drawing,) = written(store, tmp_path, "svg", beat="stand")
    (still,) = written(store, tmp_path / "..", "png", beat="stand")
    profile = (tmp_path / "profile").as_uri()
    command = [SOFFICE, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "png"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), str(drawing)],
        check=True,
        capture_output=True,
        timeout=240,
    )
    with Image.open(still) as picture, Image.open(drawing.with_suffix(".png")) as shown:
        assert are_close(shown.convert("RGB").crop((0, 0, *picture.size)), picture)


def test_a_mobject_without_outlines_is_a_picture_in_a_drawing(tmp_path):
    with tempconfig(manim_config(TINY)):
        camera = IncrementalCamera()
        shown = [Square(fill_opacity=1), PointCloudDot(density=20, stroke_width=4)]
        frame = camera.capture(shown)
        write_svg(frame, camera, tmp_path / "cloud.svg")
        camera.draw(frame)
        write_figure("", Page("beat", "", tmp_path / "cloud.svg"), tmp_path / "cloud.pdf")
    (page,) = PdfDocument(tmp_path / "cloud.pdf")
    expected = Image.fromarray(camera.pixel_array)
    assert are_close(rendered(page, 256).resize(expected.size), expected)


@pytest.mark.parametrize("beat", ["3", "0", "fill", ""])
def test_an_unknown_beat_is_refused_with_the_known_ones(store, beat):
    with pytest.raises(ValueError, match="--beat must be one of slide, stand, or its number"):
        clip_parts([SLIDING], entries(store, "mp4"), beat)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("mp4", {"max_mb": 3.0}, "--max-mb must go with --format gif; got 'mp4'"),
        ("png", {"max_mb": 0.0}, "--max-mb must go with --format gif; got 'png'"),
        (
            "gif",
            {"quality": "4k"},
            "--quality must go without --format gif, .* 960 × 540 pixels; got",
        ),
        ("gif", {"max_mb": 0.0}, "--max-mb must be positive; got 0"),
        ("gif", {"max_mb": float("nan")}, "--max-mb must be positive; got nan"),
        (
            "mp4",
            {"transparent": True},
            "--transparent must go with --format mov or png or webm; got",
        ),
    ],
)
def test_an_option_that_does_not_fit_the_format_is_refused(kind, options, message):
    with pytest.raises(ValueError, match=message):
        check_format_options(kind, RenderOptions(**options))


@pytest.mark.parametrize("kind", slow_except(format_names(), "mp4"))
def test_a_finished_clip_is_exported_without_torch_and_manim(store, tmp_path, kind):
    entry = entries(store, kind)["sliding"]
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from understanding_gradients.export.clip_part import clip_parts\n"
        "from understanding_gradients.export.exporter import export, exporters\n"
        "from tests.fixtures.clips import SLIDING\n"
        f"parts = clip_parts([SLIDING], {{'sliding': Path({str(entry)!r})}})\n"
        f"print(list(export(parts, Path({str(tmp_path)!r}), {kind!r})))\n"
        "print({'torch', 'manim'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "sliding" in done.stdout
    assert done.stdout.splitlines()[-1] == "set()"


def test_every_format_is_a_module_with_an_exporter():
    assert format_names() == ["gif", "mov", "mp4", "pdf", "png", "svg", "webm"]
    assert list(exporters()) == format_names()
