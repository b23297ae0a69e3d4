from dataclasses import replace
from itertools import pairwise

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.clips import SLIDING, STANDING
from understanding_gradients.cache.store import Store
from understanding_gradients.export.clip_part import clip_parts
from understanding_gradients.export.film import (
    chapter_list,
    intervals,
    site_chapters,
    too_few_chapters,
    write_film,
)
from understanding_gradients.spec.quality import Quality
from understanding_gradients.spec.timeline import CLIP_FILE, Timeline
from understanding_gradients.workers.pool import Pool

pytestmark = [pytest.mark.render, pytest.mark.usefixtures("warm_workers")]


@pytest.fixture(scope="module")
def parts(small_film):
    return clip_parts((SLIDING, STANDING), small_film.entries)


@pytest.fixture(scope="module")
def film(parts, tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_film(parts, path, "Two small clips")
    return path


def frames_of(path):
    with av.open(path) as container:
        return [(frame.time, frame.to_ndarray()) for frame in container.decode(video=0)]


def test_the_film_has_the_frames_of_its_clips(film, parts):
    planned = sum(part.timeline.frames for part in parts)
    times = [time for time, _ in frames_of(film)]
    assert planned == 30
    assert times == pytest.approx([n / 15 for n in range(planned)])


def test_every_frame_is_that_of_its_clip_to_the_last_bit(film, parts):
    joined = [frame for _, frame in frames_of(film)]
    alone = [frame for part in parts for _, frame in frames_of(part.entry / CLIP_FILE)]
    assert all((a == b).all() for a, b in zip(joined, alone, strict=True))


def test_every_clip_is_a_chapter(film):
    with av.open(film) as container:
        found = [
            (c["metadata"]["title"], c["start"] * c["time_base"], c["end"] * c["time_base"])
            for c in container.chapters()
        ]
        assert container.metadata["title"] == "Two small clips"
    assert found == [("A sliding square", 0, 1), ("One colour", 1, 2)]


def test_the_chapters_beside_the_film_are_written_as_video_sites_read_them(film):
    text = film.with_suffix(".chapters.txt").read_text(encoding="utf-8")
    assert text == "0:00 A sliding square · One colour\n"


def lasting(part, *seconds):
    """Clips of these lengths, with the titles a, b and so on."""
    return [
        replace(part, title=title, timeline=Timeline(60, round(60 * length), ()))
        for title, length in zip("abcdefgh", seconds, strict=False)
    ]


def test_a_chapter_beyond_an_hour_has_hours(parts):
    listed = chapter_list(lasting(parts[0], 65, 3600, 10))
    assert [line.split()[0] for line in listed.splitlines()] == ["0:00", "1:05", "1:01:05"]


@pytest.mark.parametrize(
    ("seconds", "listed"),
    [
        ([8, 20, 30, 40], "0:00 a · b\n0:28 c\n0:58 d\n"),
        ([20, 9.99, 30, 9.5], "0:00 a\n0:20 b · c\n0:59 d\n"),
        ([20, 10, 30, 9], "0:00 a\n0:20 b\n0:30 c · d\n"),
        ([4, 4, 4, 4, 4], "0:00 a · b · c · d · e\n"),
        ([10.9, 10.0, 11], "0:00 a\n0:10 b\n0:20 c\n"),
        ([9], "0:00 a\n"),
    ],
)
def test_no_chapter_for_a_video_site_is_shorter_than_ten_seconds(parts, seconds, listed):
    clips = lasting(parts[0], *seconds)
    assert chapter_list(clips) == listed
    count = listed.count("\n")
    assert too_few_chapters(clips) == (
        ""
        if count >= 3
        else "Video sites show chapters from 3 on, of 10 seconds or more; the list beside this "
        f"film has {count}."
    )


@given(st.lists(st.floats(0.1, 40), min_size=1, max_size=8))
def test_chapters_for_a_video_site_are_whole_and_in_order(parts, seconds):
    clips = lasting(parts[0], *seconds)
    chapters = site_chapters(clips)
    assert [title for _, titles in chapters for title in titles] == [c.title for c in clips]
    *_, (_, _, end) = intervals(clips)
    starts = [start for start, _ in chapters]
    assert starts[0] == 0
    lengths = [after - start for start, after in pairwise([*starts, int(end)])]
    assert len(chapters) == 1 or min(lengths) >= 10


def test_captions_are_a_text_track_at_the_right_times(film):
    with av.open(film) as container:
        packets = [packet for packet in container.demux(subtitles=0) if packet.size > 2]
        found = [(packet.pts, packet.duration, bytes(packet)[2:].decode()) for packet in packets]
    assert found == [
        (0, 600, "A square slides."),
        (600, 400, "It {stands} & <waits>."),
        (1000, 800, "One colour,\neverywhere."),
    ]


def test_the_captions_beside_the_film_have_both_formats(film):
    assert "00:00:01,000 --> 00:00:01,800\nOne colour,\neverywhere." in film.with_suffix(
        ".srt"
    ).read_text(encoding="utf-8")
    assert film.with_suffix(".vtt").read_text(encoding="utf-8").startswith("WEBVTT\n\n00:00:00.000")


def test_a_film_without_captions_has_no_text_track_and_replaces_no_subtitles(parts, tmp_path):
    (tmp_path / "film.srt").write_text("my own", encoding="utf-8")
    write_film(parts, tmp_path / "film.mp4", "Two", captions=False)
    with av.open(tmp_path / "film.mp4") as container:
        assert not container.streams.subtitles
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["film.chapters.txt", "film.mp4", "film.srt"]
    assert (tmp_path / "film.srt").read_text(encoding="utf-8") == "my own"


def test_a_folder_may_have_an_apostrophe(parts, tmp_path):
    folder = tmp_path / "it's here"
    folder.mkdir()
    write_film(parts, folder / "a film.mp4", "Two")
    assert len(frames_of(folder / "a film.mp4")) == 30


def test_clips_of_two_sizes_are_not_joined_and_the_old_film_stays(parts, tmp_path, small_jobs):
    wide = replace(small_jobs[1], quality=Quality("wide", 320, 180, 15))
    other = Pool(Store(tmp_path / "store"), 1).render([wide]).entries["standing"]
    path = tmp_path / "film.mp4"
    path.write_bytes(b"the old film")
    with pytest.raises(RuntimeError, match="was encoded with other settings than the first clip"):
        write_film([parts[0], replace(parts[1], entry=other)], path, "Two")
    assert path.read_bytes() == b"the old film"


def test_a_film_that_fails_at_its_last_file_leaves_all_earlier_files(parts, tmp_path):
    earlier = [tmp_path / f"film{suffix}" for suffix in (".mp4", ".chapters.txt", ".srt")]
    for path in earlier:
        path.write_text(f"earlier {path.suffix}", encoding="utf-8")
    (tmp_path / "film.vtt").mkdir()
    with pytest.raises(IsADirectoryError):
        write_film(parts, tmp_path / "film.mp4", "Two")
    assert [path.read_text(encoding="utf-8") for path in earlier] == [
        f"earlier {path.suffix}" for path in earlier
    ]
    assert sorted(tmp_path.iterdir()) == sorted([*earlier, tmp_path / "film.vtt"])
