import av
import numpy as np
import pytest

from understanding_gradients.encode import h264 as encoder
from understanding_gradients.encode.h264 import SegmentEncoder
from understanding_gradients.encode.packets import load_packets, save_packets, write_clip
from understanding_gradients.spec.quality import Quality

QUALITY = Quality("odd", 342, 192, 15)
COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (86, 180, 233), (15, 20, 27), (251, 251, 248)]


def filled(colour) -> np.ndarray:
    """A frame of one colour."""
    frame = np.full((QUALITY.height, QUALITY.width, 4), 255, np.uint8)
    frame[..., :3] = colour
    return frame


def encode(path, *takes):
    """Write a clip of takes, each a list of (frame, repeat) pairs."""
    folders = []
    for number, frames in enumerate(takes):
        one = SegmentEncoder(QUALITY)
        for frame, repeat in frames:
            one.write(frame, repeat)
        folders.append(path.with_suffix(f".{number}"))
        folders[-1].mkdir()
        save_packets(one.packets, folders[-1])
    write_clip(folders, path, QUALITY)


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


def test_only_what_changed_is_converted_and_a_frame_that_stands_once(monkeypatch):
    converted = []
    monkeypatch.setattr(encoder, "convert", lambda pixels, box, planes: converted.append(box))
    one = SegmentEncoder(QUALITY)
    one.write(filled(COLOURS[0]), 7, [(0, 0, 16, 16)])
    one.write(filled(COLOURS[1]), 1, [(16, 16, 48, 32), (304, 160, 320, 176)])
    one.write(filled(COLOURS[1]), 1, [])
    assert converted == [(0, 0, 342, 192), (16, 16, 48, 32), (304, 160, 320, 176)]


def test_a_frame_that_stands_stands_to_the_bit(tmp_path):
    rng = np.random.default_rng(0)
    moving = [(rng.integers(0, 255, (192, 342, 4), np.uint8), 1) for _ in range(5)]
    for length in (2, 17, 40):
        path = tmp_path / f"{length}.mp4"
        encode(path, [*moving, (moving[0][0], length)])
        frames = [frame.to_ndarray() for frame in decoded(path)]
        assert len(frames) == 5 + length
        assert all(np.array_equal(frame, frames[5]) for frame in frames[5:])
        assert not np.array_equal(frames[4], frames[5])


def test_what_follows_a_frame_that_stood_is_as_good_as_ever(tmp_path):
    frames = [(filled(COLOURS[0]), 1), (filled(COLOURS[1]), 9), (filled(COLOURS[2]), 1)]
    encode(tmp_path / "clip.mp4", [*frames, (filled(COLOURS[0]), 1)])
    found = decoded(tmp_path / "clip.mp4")
    shown = [int(np.argmax(rgb_by_bt709(frame))) for frame in found]
    assert shown == [0] + [1] * 9 + [2, 0]
    assert [n for n, frame in enumerate(found) if frame.key_frame] == [0, 10]


def test_every_take_begins_with_a_keyframe_and_frames_are_evenly_spaced(tmp_path):
    takes = [[(filled(colour), 4)] for colour in COLOURS]
    encode(tmp_path / "clip.mp4", *takes)
    found = decoded(tmp_path / "clip.mp4")
    assert [n for n, frame in enumerate(found) if frame.key_frame] == [0, 4, 8, 12, 16, 20]
    assert [round(frame.time * 15, 6) for frame in found] == list(range(24))


def test_a_long_motion_has_a_keyframe_every_five_seconds(tmp_path):
    encode(tmp_path / "clip.mp4", [(filled(COLOURS[n % 2]), 1) for n in range(160)])
    found = decoded(tmp_path / "clip.mp4")
    assert [n for n, frame in enumerate(found) if frame.key_frame] == [0, 75, 150]


def test_a_frame_may_stand_after_any_number_of_moving_ones(tmp_path):
    for moved in (1, 15, 16, 17, 74, 75, 76, 90):
        path = tmp_path / f"{moved}.mp4"
        encode(
            path, [(filled(COLOURS[n % 2]), 1) for n in range(moved)] + [(filled(COLOURS[2]), 20)]
        )
        shown = [int(np.argmax(rgb_by_bt709(frame))) for frame in decoded(path)]
        assert shown == [n % 2 for n in range(moved)] + [2] * 20


def test_packets_come_back_from_a_file_as_they_were(tmp_path):
    one = SegmentEncoder(QUALITY)
    one.write(filled(COLOURS[0]), 3)
    save_packets(one.packets, tmp_path)
    assert load_packets(tmp_path) == one.packets
    assert [packet.is_key for packet in one.packets] == [True, False, False]


def test_the_index_stands_before_the_pictures(tmp_path):
    encode(tmp_path / "clip.mp4", [(filled(COLOURS[3]), 2)])
    content = (tmp_path / "clip.mp4").read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_the_same_frames_give_the_same_bytes(tmp_path):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (QUALITY.height, QUALITY.width, 4), np.uint8)
    for name in ("one.mp4", "two.mp4"):
        encode(tmp_path / name, [(noise, 2)], [(filled(COLOURS[0]), 2)])
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
