from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from understanding_gradients.cache.store import Store
from understanding_gradients.export.clip_part import clip_parts
from understanding_gradients.export.contact_sheet import (
    TILE,
    chosen_stills,
    write_sheets,
    write_stills,
)
from understanding_gradients.spec.job import Output
from understanding_gradients.workers.pool import Pool

pytestmark = [pytest.mark.render, pytest.mark.usefixtures("warm_workers")]


@pytest.fixture(scope="module")
def stills(small_jobs, small_store):
    entries = Pool(Store(small_store), 2).render(small_jobs, Output.STILLS).entries
    return clip_parts([job.clip for job in small_jobs], entries)


def test_a_sheet_shows_the_last_frame_of_every_beat_in_order(stills, tmp_path):
    (path,) = write_sheets(stills, tmp_path)
    with Image.open(path) as sheet:
        assert sheet.width > 2 * TILE[0]
        assert sheet.height > 2 * TILE[1]
        third = sheet.getpixel((TILE[0] // 2, TILE[1] + TILE[1] // 2 + 100))
    assert third == pytest.approx((86, 180, 233), abs=1)


def test_a_large_sheet_has_several_pages(stills, tmp_path):
    pages = write_sheets(5 * stills, tmp_path)
    assert [page.name for page in pages] == ["sheet-01.png", "sheet-02.png", "sheet-03.png"]
    assert sorted(tmp_path.iterdir()) == pages


def test_a_gallery_still_is_the_clips_last_beat_made_small(stills, tmp_path):
    chosen = [("sliding", ""), ("standing", "")]
    paths = write_stills(chosen_stills(stills, chosen), tmp_path, 128)
    assert [path.name for path in paths] == ["sliding.stand.png", "standing.more.png"]
    with Image.open(paths[1]) as image:
        assert image.size == (128, 72)
        assert image.convert("RGB").getpixel((2, 2)) == pytest.approx((86, 180, 233), abs=2)


def test_a_gallery_still_keeps_the_colors_of_small_things(tmp_path):
    rows, columns = np.mgrid[0:270, 0:480]
    colors = np.dstack([columns / 2, rows / 2, (columns + rows) / 4]).astype(np.uint8)
    colors[100:104, 200:206] = (255, 0, 200)
    whole = tmp_path / "whole.png"
    Image.fromarray(colors).save(whole)
    still = SimpleNamespace(still=whole, slug="one", beat_name="last")
    (path,) = write_stills([still], tmp_path, 480)
    with Image.open(path) as image:
        assert len(image.getcolors()) <= 256
        assert image.convert("RGB").getpixel((202, 101)) == pytest.approx((255, 0, 200), abs=12)


def test_a_gallery_still_can_be_another_beat(stills, tmp_path):
    chosen = [("standing", "fill"), ("standing", "")]
    first, last = write_stills(chosen_stills(stills, chosen), tmp_path, 128)
    assert [first.name, last.name] == ["standing.fill.png", "standing.more.png"]
    assert first.read_bytes() != last.read_bytes()


def test_an_unknown_beat_is_refused_with_the_known_ones(stills):
    expected = "The beat of a still must be one of fill, more, .* for standing; got 'gone'"
    with pytest.raises(ValueError, match=expected):
        chosen_stills(stills, [("standing", "gone")])


def test_the_stills_of_a_clip_are_stored_apart_from_its_video(stills, small_film):
    assert not {still.entry for still in stills} & set(small_film.entries.values())
