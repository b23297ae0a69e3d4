import av
import numpy as np
import pytest

from understanding_gradients.encode import h264
from understanding_gradients.encode.h264 import SegmentEncoder
from understanding_gradients.encode.packets import held, load_packets, mux_segments, save_packets
from understanding_gradients.spec.quality import Quality

QUALITY = Quality("odd", 342, 192, 15)
COLORS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (86, 180, 233), (15, 20, 27), (251, 251, 248)]


def filled(color) -> np.ndarray:
    """A frame of one color."""
    frame = np.full((QUALITY.height, QUALITY.width, 4), 255, np.uint8)
    frame[..., :3] = color
    return frame


def encode(path, *segments):
    """Write a clip of segments, each a list of (frame, repeat) pairs."""
    held = []
    for number, frames in enumerate(segments):
        encoder = SegmentEncoder(QUALITY)
        for frame, repeat in frames:
            encoder.write(frame, repeat)
        folder = path.with_suffix(f".{number}")
        folder.mkdir()
        save_packets(encoder.packets, folder)
        held.append((folder, len(encoder.packets)))
    mux_segments(held, path, QUALITY)


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


@pytest.mark.parametrize("color", COLORS)
def test_a_known_color_comes_back_under_bt709(tmp_path, color):
    encode(tmp_path / "clip.mp4", [(filled(color), 3)])
    for frame in decoded(tmp_path / "clip.mp4"):
        assert np.abs(rgb_by_bt709(frame) - color).max() <= 3


def test_the_stream_says_that_it_is_bt709_of_limited_range(tmp_path):
    encode(tmp_path / "clip.mp4", [(filled(COLORS[0]), 1)])
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


def test_only_dirty_rects_are_converted_and_a_repeated_frame_once(monkeypatch):
    converted = []
    monkeypatch.setattr(h264, "convert", lambda pixels, rect, planes: converted.append(rect))
    encoder = SegmentEncoder(QUALITY)
    encoder.write(filled(COLORS[0]), 7, [(0, 0, 16, 16)])
    encoder.write(filled(COLORS[1]), 1, [(16, 16, 48, 32), (304, 160, 320, 176)])
    encoder.write(filled(COLORS[1]), 1, [])
    assert converted == [(0, 0, 342, 192), (16, 16, 48, 32), (304, 160, 320, 176)]


def test_a_repeated_frame_is_bit_identical(tmp_path):
    rng = np.random.default_rng(0)
    moving = [(rng.integers(0, 255, (192, 342, 4), np.uint8), 1) for _ in range(5)]
    for length in (2, 17, 40):
        path = tmp_path / f"{length}.mp4"
        encode(path, [*moving, (moving[0][0], length)])
        frames = [frame.to_ndarray() for frame in decoded(path)]
        assert len(frames) == 5 + length
        assert all(np.array_equal(frame, frames[5]) for frame in frames[5:])
        assert not np.array_equal(frames[4], frames[5])


def test_the_frame_after_a_repeated_one_is_a_keyframe(tmp_path):
    frames = [(filled(COLORS[0]), 1), (filled(COLORS[1]), 9), (filled(COLORS[2]), 1)]
    encode(tmp_path / "clip.mp4", [*frames, (filled(COLORS[0]), 1)])
    found = decoded(tmp_path / "clip.mp4")
    shown = [int(np.argmax(rgb_by_bt709(frame))) for frame in found]
    assert shown == [0] + [1] * 9 + [2, 0]
    assert [n for n, frame in enumerate(found) if frame.key_frame] == [0, 10]


def test_every_segment_starts_with_a_keyframe_and_frames_are_evenly_spaced(tmp_path):
    segments = [[(filled(color), 4)] for color in COLORS]
    encode(tmp_path / "clip.mp4", *segments)
    found = decoded(tmp_path / "clip.mp4")
    assert [n for n, frame in enumerate(found) if frame.key_frame] == [0, 4, 8, 12, 16, 20]
    assert [round(frame.time * 15, 6) for frame in found] == list(range(24))


def test_a_long_motion_has_a_keyframe_every_five_seconds(tmp_path):
    encode(tmp_path / "clip.mp4", [(filled(COLORS[n % 2]), 1) for n in range(160)])
    found = decoded(tmp_path / "clip.mp4")
    assert [n for n, frame in enumerate(found) if frame.key_frame] == [0, 75, 150]


def test_a_frame_can_be_repeated_after_any_number_of_changes(tmp_path):
    for moved in (1, 15, 16, 17, 74, 75, 76):
        path = tmp_path / f"{moved}.mp4"
        encode(path, [(filled(COLORS[n % 2]), 1) for n in range(moved)] + [(filled(COLORS[2]), 20)])
        shown = [int(np.argmax(rgb_by_bt709(frame))) for frame in decoded(path)]
        assert shown == [n % 2 for n in range(moved)] + [2] * 20


def test_packets_come_back_from_a_file_as_they_were(tmp_path):
    encoder = SegmentEncoder(QUALITY)
    encoder.write(filled(COLORS[0]), 3)
    save_packets(encoder.packets, tmp_path)
    assert load_packets(tmp_path) == encoder.packets
    assert [packet.is_key for packet in encoder.packets] == [True, False, False]


def test_the_index_is_before_the_frames(tmp_path):
    encode(tmp_path / "clip.mp4", [(filled(COLORS[3]), 2)])
    content = (tmp_path / "clip.mp4").read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_the_same_frames_give_the_same_bytes(tmp_path):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (QUALITY.height, QUALITY.width, 4), np.uint8)
    for name in ("one.mp4", "two.mp4"):
        encode(tmp_path / name, [(noise, 2)], [(filled(COLORS[0]), 2)])
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


@pytest.mark.parametrize("hold", [0, 1, 14, 15, 16, 17, 200])
def test_a_hold_is_the_same_packets_whether_it_is_encoded_or_added(hold):
    encoded, added = SegmentEncoder(QUALITY), SegmentEncoder(QUALITY)
    for encoder, repeat in ((encoded, 1 + hold), (added, 1)):
        encoder.write(filled(COLORS[0]))
        encoder.write(filled(COLORS[1]), 3)
        encoder.write(filled(COLORS[0]), repeat)
    frames = len(encoded.packets)
    assert list(held(added.packets, frames, QUALITY)) == encoded.packets
