"""The scale of the rates and the map of the start, recorded and drawn as the studio does it."""

from __future__ import annotations

import asyncio
from io import BytesIO

import pytest
from PIL import Image

from scenes import CLIPS
from understanding_gradients.cache.store import Store
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.studio.controls import MAP, RATES
from understanding_gradients.studio.preview import Preview

# A clip that is quickly recorded and drawn.
CLIP = "loss-of-one-row"
BOWL = Settings().replace(loss="bowl", leave_out=[clip.slug for clip in CLIPS if clip.slug != CLIP])


async def show(preview, settings, revision):
    """Show settings to the end."""
    preview.show(settings, revision, [])
    await asyncio.wait([preview._task])


@pytest.mark.render
def test_the_rates_and_the_map_follow_the_settings_after_the_first_clips_stills(tmp_path):
    changed = []

    async def scenario():
        preview = Preview(Store(tmp_path / "store", pytest.fail), changed.append)
        try:
            await preview.load()
            await show(preview, BOWL, 1)
            first = dict(preview.controls)
            _, store, key, name = f"/{first[MAP].picture}".split("/")
            content = preview.file_of(key, name).read_bytes()
            await show(preview, BOWL.replace(start=(1.5, -1.0), very_large=2000.0), 2)
            return first, store, content, dict(preview.controls)
        finally:
            await preview.close()

    first, store, content, second = asyncio.run(scenario())
    assert changed.index(CLIP) < changed.index(RATES) < changed.index(MAP)
    assert first[RATES].boundary == pytest.approx(2 / 6)
    assert (first[RATES].low, first[RATES].high) == (1e-4, 10)
    assert set(first[RATES].suggested) == {"very_small", "just_right", "very_large"}
    assert (store, first[MAP].own_start) == ("store", (2.0, 1.0))
    assert Image.open(BytesIO(content)).size == (854, 480)
    assert second[MAP] == first[MAP], "drawn again, though it looks the same"
    assert second[RATES].high == 10_000
    assert set(second[RATES].suggested) == {"very_small", "just_right"}
