import av
import numpy as np
import pytest

from pipeline.encoder import ClipEncoder
from pipeline.quality import Quality

QUALITY = Quality("odd", 342, 192, 15)
COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (86, 180, 233), (15, 20, 27), (251, 251, 248)]


def filled(colour) -> np.ndarray:
    """A frame of one colour."""
    frame = np.full((QUALITY.height, QUALITY.width, 4), 255, np.uint8)
    frame[..., :3] = colour
    return frame


def encode(path, frames, begins=()):
    """Encode (frame, repeat) pairs; a beat begins before each position in `begins`."""
    encoder = ClipEncoder(path, QUALITY)
    for position, (frame, repeat) in enumerate(frames):
        if position in begins:
            encoder.begin_beat()
        encoder.write(frame, repeat)
    encoder.close()


def decoded(path) -> list[av.VideoFrame]:
    """Every frame in the file, as stored."""
    with av.open(path) as container:
        return list(container.decode(video=0))


def rgb_by_bt709(frame: av.VideoFrame) -> np.ndarray:
    """The RGB at the middle of a frame, by the equations of ITU-R BT.709-6, limited range."""
    planes = frame.to_ndarray(format="yuv420p")
    height, width = frame.height, frame.width
    chroma = planes[height:].reshape(2, height // 2, width // 2)
    y = (planes[height // 2, width // 2] - 16) / 219
    cb, cr = (chroma[:, height // 4, width // 4] - 128.0) / 224
    red, blue = y + 1.5748 * cr, y + 1.8556 * cb
    green = (y - 0.2126 * red - 0.0722 * blue) / 0.7152
    return 255 * np.clip([red, green, blue], 0, 1)


@pytest.mark.parametrize("colour", COLOURS)
def test_a_known_colour_comes_back_under_bt709(tmp_path, colour):
    encode(tmp_path / "clip.mp4", [(filled(colour), 3)])
    for frame in decoded(tmp_path / "clip.mp4"):
        assert np.abs(rgb_by_bt709(frame) - colour).max() <= 3


def test_the_stream_says_that_it_is_bt709_of_limited_range(tmp_path):
    encode(tmp_path / "clip.mp4", [(filled(COLOURS[0]), 1)])
    with av.open(tmp_path / "clip.mp4") as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        tags = (
            context.colorspace,
            context.color_primaries,
            context.color_trc,
            context.color_range,
        )
        assert (context.name, context.pix_fmt, tags) == ("h264", "yuv420p", (1, 1, 1, 1))


def test_a_frame_that_stands_is_converted_once_and_shown_throughout(tmp_path, monkeypatch):
    converted = []
    convert = ClipEncoder._convert
    monkeypatch.setattr(ClipEncoder, "_convert", lambda self: converted.append(1) or convert(self))
    encode(tmp_path / "clip.mp4", [(filled(COLOURS[0]), 7), (filled(COLOURS[1]), 2)])
    frames = decoded(tmp_path / "clip.mp4")
    shown = [np.argmax(rgb_by_bt709(frame)) for frame in frames]
    assert (len(converted), shown) == (2, [0] * 7 + [1] * 2)


def test_every_beat_begins_with_a_keyframe_and_frames_are_evenly_spaced(tmp_path):
    frames = [(filled(colour), 4) for colour in COLOURS]
    encode(tmp_path / "clip.mp4", frames, begins=(2, 5))
    found = decoded(tmp_path / "clip.mp4")
    assert [n for n, frame in enumerate(found) if frame.key_frame] == [0, 8, 20]
    assert [round(frame.time * 15, 6) for frame in found] == list(range(24))


def test_a_long_beat_still_has_a_keyframe_every_five_seconds(tmp_path):
    encode(tmp_path / "clip.mp4", [(filled(COLOURS[3]), 160)])
    found = decoded(tmp_path / "clip.mp4")
    assert [n for n, frame in enumerate(found) if frame.key_frame] == [0, 75, 150]


def test_the_index_stands_before_the_pictures(tmp_path):
    encode(tmp_path / "clip.mp4", [(filled(COLOURS[3]), 2)])
    content = (tmp_path / "clip.mp4").read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_the_same_frames_give_the_same_bytes(tmp_path):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (QUALITY.height, QUALITY.width, 4), np.uint8)
    for name in ("one.mp4", "two.mp4"):
        encode(tmp_path / name, [(noise, 2), (filled(COLOURS[0]), 2)])
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
