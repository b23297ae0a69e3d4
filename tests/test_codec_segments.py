"""Transparent videos: read by FFmpeg's own decoder and by libvpx, frame by frame."""

from __future__ import annotations

import av
import numpy as np
import pytest

from understanding_gradients.encode.codec_segments import (
    ALPHA_ID_BYTES,
    CodecEncoder,
    mux_codec_segments,
    save_frames,
)
from understanding_gradients.encode.color import planes_of
from understanding_gradients.spec.codecs import CODECS
from understanding_gradients.spec.job import Output
from understanding_gradients.spec.quality import Quality

SIZE = Quality("of a test", 128, 96, 15)
WHOLE = (0, 0, SIZE.width, SIZE.height)
VP9 = CODECS[Output.WEBM]


def picture(left):
    """A half transparent square on nothing."""
    pixels = np.zeros((SIZE.height, SIZE.width, 4), np.uint8)
    pixels[32:64, left : left + 32] = (250, 120, 10, 128)
    return pixels


def encoded(codec, *shown):
    """The frames of a segment: pictures by the place of the square, each shown some times."""
    encoder = CodecEncoder(SIZE, codec)
    for place, times in shown:
        encoder.write(picture(place), times, [WHOLE])
    return encoder.frames


def decoded(pictures, decoder):
    """The luma of each of several VP9 pictures."""
    context = av.CodecContext.create(decoder, "r")
    frames = [frame for data in pictures for frame in context.decode(av.Packet(data))]
    return [planes_of(frame)[0].copy() for frame in [*frames, *context.decode(None)]]


@pytest.mark.parametrize("decoder", ["vp9", "libvpx-vp9"])
def test_a_held_frame_of_vp9_is_shown_again_by_one_byte_in_color_and_in_alpha(decoder):
    frames = encoded(VP9, (0, 1), (16, 4), (48, 2))
    assert [len(frame.data) == 1 for frame in frames] == [False] * 2 + [True] * 3 + [False, True]
    for kind in (
        [frame.data for frame in frames],
        [frame.beside[ALPHA_ID_BYTES:] for frame in frames],
    ):
        shown = decoded(kind, decoder)
        assert len(shown) == 7
        assert all(np.array_equal(shown[1], again) for again in shown[2:5])
        assert np.array_equal(shown[5], shown[6])
        assert not np.array_equal(shown[0], shown[1])
        assert not np.array_equal(shown[4], shown[5])


def test_a_held_frame_of_prores_is_the_same_packet_again():
    frames = encoded(CODECS[Output.PRORES], (0, 3), (16, 1))
    assert len({frame.data for frame in frames}) == 2
    assert all(frame.is_key for frame in frames)


@pytest.mark.parametrize("output", [Output.WEBM, Output.PRORES, Output.LOSSLESS])
def test_segments_are_concatenated_to_a_video_that_shows_each_as_if_it_were_alone(tmp_path, output):
    codec = CODECS[output]
    segments = [encoded(codec, (0, 1), (16, 2)), encoded(codec, (64, 1), (80, 1))]
    for number, frames in enumerate(segments):
        assert frames[0].is_key
        save_frames(frames, tmp_path / str(number))

    def shown(path, *numbers):
        mux_codec_segments([tmp_path / str(number) for number in numbers], path, SIZE, codec)
        with av.open(path) as video:
            return [[bytes(plane) for plane in frame.planes] for frame in video.decode(video=0)]

    suffix = codec.file_name.rpartition(".")[2]
    whole = shown(tmp_path / f"both.{suffix}", 0, 1)
    alone = [frame for n in (0, 1) for frame in shown(tmp_path / f"{n}.{suffix}", n)]
    assert len(whole) == 5
    assert whole == alone


def test_converting_only_what_changed_gives_the_same_frames():
    parts, whole = CodecEncoder(SIZE, VP9), CodecEncoder(SIZE, VP9)
    for place, dirty in ((0, [WHOLE]), (16, [(0, 16, 64, 80)]), (48, [(0, 16, 96, 80)])):
        parts.write(picture(place), 1, dirty)
        whole.write(picture(place), 1, [WHOLE])
    assert parts.frames == whole.frames
