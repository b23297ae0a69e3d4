import pytest
from PIL import Image

from understanding_gradients.cache.store import Store
from understanding_gradients.export.contact_sheet import TILE, write_sheets, write_stills
from understanding_gradients.spec.job import Output
from understanding_gradients.workers.pool import Pool


@pytest.fixture(scope="module")
def stills(small_jobs, small_store):
    return Pool(Store(small_store), 2).render(small_jobs, Output.STILLS).entries


def test_a_sheet_shows_the_last_frame_of_every_beat_in_order(stills, tmp_path):
    (path,) = write_sheets(stills, tmp_path)
    with Image.open(path) as sheet:
        assert sheet.width > 2 * TILE[0]
        assert sheet.height > 2 * TILE[1]
        third = sheet.getpixel((TILE[0] // 2, TILE[1] + TILE[1] // 2 + 100))
    assert third == pytest.approx((86, 180, 233), abs=1)


def test_a_large_sheet_has_several_pages(stills, tmp_path):
    many = {f"{slug}-{n}": entry for n in range(5) for slug, entry in stills.items()}
    pages = write_sheets(many, tmp_path)
    assert [page.name for page in pages] == ["sheet-01.png", "sheet-02.png", "sheet-03.png"]
    assert sorted(tmp_path.iterdir()) == pages


def test_a_gallery_still_is_the_clips_last_beat_made_small(stills, tmp_path):
    paths = write_stills(stills, tmp_path, 128, [("sliding", ""), ("standing", "")])
    assert [path.name for path in paths] == ["sliding.stand.png", "standing.more.png"]
    with Image.open(paths[1]) as image:
        assert image.size == (128, 72)
        assert image.convert("RGB").getpixel((2, 2)) == pytest.approx((86, 180, 233), abs=2)


def test_a_gallery_still_can_be_another_beat(stills, tmp_path):
    chosen = [("standing", "fill"), ("standing", ""), ("failed", "")]
    first, last = write_stills(stills, tmp_path, 128, chosen)
    assert [first.name, last.name] == ["standing.fill.png", "standing.more.png"]
    assert first.read_bytes() != last.read_bytes()


def test_a_gallery_with_a_beat_that_is_not_there_is_refused_whole(stills, tmp_path):
    wanted = [("standing", "fill"), ("standing", "gone")]
    with pytest.raises(ValueError, match="standing has no beat 'gone'; it has fill, more"):
        write_stills(stills, tmp_path, 128, wanted)
    assert not list(tmp_path.iterdir())


def test_the_stills_of_a_clip_are_stored_apart_from_its_video(stills, small_film):
    assert not set(stills.values()) & set(small_film.entries.values())
