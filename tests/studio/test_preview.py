"""In which order the studio records and draws, and what it shows in between; nothing is drawn."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from scenes import CLIPS
from tests.studio.pages import LECTURE, idle_session
from understanding_gradients.cache.store import Store
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.spec.job import Output
from understanding_gradients.spec.timeline import Beat, Timeline
from understanding_gradients.studio.preview import Preview, job_of
from understanding_gradients.studio.shown import Look
from understanding_gradients.workers.results import RenderResult

CLIP = "very-large-learning-rate"
SETTINGS = Settings().replace(
    loss="bowl", leave_out=[one.slug for one in CLIPS if one.slug != CLIP]
)
LOOKS = [Look(CLIP, "start")]
PATIENCE = 5  # seconds after which what is waited for counts as never happening


class DrawnByHand(Preview):
    """A preview of which a test says how long recording and drawing take.

    Args:
        folder: For the store.
    """

    def __init__(self, folder):
        super().__init__(Store(folder, pytest.fail), lambda _: self.told.append(self.is_busy))
        self.told, self.done = [], []
        self.recordings = 0
        self.are_controls_shown = asyncio.Event()
        self.may_end = asyncio.Event()

    async def _recorded(self, clip, request):
        self.recordings += 1
        assert self.recordings == 1, "two at once"
        try:
            await self.recording(request.revision)
        finally:
            self.recordings -= 1
        return job_of(clip, request.settings, {})

    async def recording(self, revision):
        """Record at once."""

    async def _show_controls(self, _):
        self.done.append("controls")
        self.are_controls_shown.set()

    async def _render(self, pool, job, output, *_):
        if output == Output.CLIP:
            await asyncio.wait_for(self.are_controls_shown.wait(), PATIENCE)
        self.done.append(output)
        return RenderResult({}, (), ())


def test_the_controls_do_not_wait_for_the_film(tmp_path):
    async def scenario():
        preview = DrawnByHand(tmp_path)
        preview.show(SETTINGS, 1, LOOKS)
        await asyncio.wait([preview._task])
        return preview

    preview = asyncio.run(scenario())
    assert preview.problem is None
    assert preview.done == [Output.STILLS, "controls", Output.CLIP]


def test_of_three_quick_changes_none_begins_before_the_one_under_way_has_ended(tmp_path):
    class EndsSlowly(DrawnByHand):
        async def recording(self, revision):
            if revision == 1:
                try:
                    await asyncio.sleep(PATIENCE)
                finally:
                    await self.may_end.wait()

    async def scenario():
        preview = EndsSlowly(tmp_path)
        for revision in (1, 2, 3):
            preview.show(SETTINGS, revision, LOOKS)
            for _ in range(5):
                await asyncio.sleep(0)
        assert preview.is_busy
        preview.may_end.set()
        await asyncio.wait([preview._task])
        return preview

    preview = asyncio.run(scenario())
    assert preview.problem is None
    assert preview.done == [Output.STILLS, "controls", Output.CLIP]
    assert not preview.is_busy
    assert all(one or not other for one, other in pairwise(preview.told)), "called up to date"


@pytest.mark.parametrize("is_other", [False, True])
def test_a_film_goes_only_when_a_change_has_changed_its_pictures(tmp_path, monkeypatch, is_other):
    timeline = Timeline(15, 30, (Beat("start", "The start.", 0, 30),), "A title")
    monkeypatch.setattr(Timeline, "load", lambda _: timeline)
    preview = Preview(Store(tmp_path, pytest.fail), lambda _: None)
    shown = preview.clips[CLIP]

    def show(entry, output, revision):
        request = type("Request", (), {"revision": revision})
        preview._show_entry(shown, tmp_path / entry, output, request)

    show("stills", Output.STILLS, 1)
    show("film", Output.CLIP, 1)
    show("others" if is_other else "stills", Output.STILLS, 2)
    assert shown.film == ("" if is_other else "store/film/clip.mp4")
    assert shown.still_revisions == {"start": 2}


@pytest.mark.parametrize(
    ("look", "begins_anew"),
    [
        (Look(CLIP, "step-1"), False),
        (Look(CLIP, "step-2"), True),  # not drawn yet
        (Look("title", "name"), True),
    ],
)
def test_looking_at_a_still_that_is_there_does_not_stop_the_film(tmp_path, look, begins_anew):
    requests = []
    with idle_session(tmp_path / "lecture.toml", LECTURE) as session:
        session.preview.clips[CLIP].still_revisions = {"start": 1, "step-1": 1}
        session.preview.clips["title"].still_revisions = {"name": 1}
        session.look("page", Look(CLIP, "start"))
        session.preview.show = lambda *request: requests.append(request)
        session.look("page", look)
    assert bool(requests) == begins_anew
