"""What the studio shows of the settings as they are now: recorded, drawn, the beat looked at first.

A newer request ends the older at once. What an older one finished stays until there is something
newer to show in its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from descent.checks.errors import InvalidArgument
from scenes import registry
from scenes.registry import Clip
from understanding_gradients.cache.store import Store
from understanding_gradients.commands.errors import failure_sentence
from understanding_gradients.commands.request import in_film
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.spec.job import Job, Output
from understanding_gradients.spec.quality import QUALITIES
from understanding_gradients.spec.timeline import CLIP_FILE, Timeline, still_name
from understanding_gradients.studio import controls
from understanding_gradients.studio.pictures import Pictures, StillReader
from understanding_gradients.studio.recorder import RecordReply, RecordRequest
from understanding_gradients.studio.recording import Recorder
from understanding_gradients.studio.shown import Look, Problem, Shown
from understanding_gradients.studio.waiting import finished, together
from understanding_gradients.workers.cancellation import Cancellation
from understanding_gradients.workers.pool import Pool, cores
from understanding_gradients.workers.progress import ProgressReporter
from understanding_gradients.workers.results import Failure, RenderResult

QUALITY = QUALITIES["draft"]


class Preview:
    """Draws what is looked at, again whenever the settings change.

    Args:
        store: Keeps what is drawn.
        changed: Called in the event loop with the slug of a clip of which there is more to see,
            with a name of `controls`, or with "" when something about all clips has changed.

    Attributes:
        clips: What there is to see of each, by slug.
        controls: What controls show besides the settings, by its name; None before it is known.
        problem: Why the settings cannot be recorded; None if they can.
        is_busy: Whether something is recorded or drawn.
        doing: What is drawn while it is busy, in words.
    """

    def __init__(self, store: Store, changed: Callable[[str], object]) -> None:
        self._store, self._changed = store, changed
        self._recorder = Recorder()
        self._stills = Pool(store, 1, stays_loaded=True)
        self._films = Pool(store, cores(), stays_loaded=True)
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        # A pool renders for one caller at a time.
        self._pool_turns = {self._stills: asyncio.Lock(), self._films: asyncio.Lock()}
        self._cancellation = Cancellation()
        self._entries: dict[str, Path] = {}
        self.pictures = Pictures()
        self.clips: dict[str, Shown] = {clip.slug: Shown() for clip in registry.CLIPS}
        self.controls: dict[str, object] = {controls.RATES: None, controls.MAP: None}
        self.problem: Problem | None = None
        self.is_busy = False
        self.doing = ""

    async def load(self) -> None:
        """Load the processes that record and draw, so that the first request finds them ready."""
        await self._recorder.load()
        await asyncio.to_thread(self._stills.start)
        await asyncio.to_thread(self._films.start, 1)

    def show(self, settings: Settings, revision: int, looks: Sequence[Look]) -> None:
        """Show `settings`, of `looks` the first one first; whatever is under way is given up."""
        self._cancellation.cancel()
        if self._task is not None:
            self._task.cancel()
        self._cancellation = Cancellation()
        request = _Request(settings, revision, tuple(looks), self._cancellation)
        self.is_busy, self.doing = True, "Drawing …"
        self._changed("")
        self._task = asyncio.get_running_loop().create_task(self._show_in_turn(request))

    def file_of(self, key: str, name: str) -> Path | None:
        """Return a file of an entry of the store that was shown; None if there is none."""
        entry = self._entries.get(key)
        path = entry / name if entry and "/" not in name else None
        return path if path is not None and path.is_file() else None

    async def close(self) -> None:
        """End all work and all processes."""
        self._cancellation.cancel()
        if self._task is not None:
            self._task.cancel()
        async with self._turn:
            await self._recorder.close()
        for pool in (self._stills, self._films):
            await asyncio.to_thread(pool.close)

    async def _show_in_turn(self, request: _Request) -> None:
        """Show what is requested, after what was given up for it has ended."""
        async with self._turn:
            try:
                await self._show(request)
            except Exception as error:
                key = error.key if isinstance(error, InvalidArgument) else ""
                self.problem = Problem(key, failure_sentence(error, "studio"))
            finally:
                if not request.cancellation.is_cancelled:
                    self.is_busy = False
                    self._changed("")

    async def _show(self, request: _Request) -> None:
        clips, looked = request.clips, request.looked
        for clip in clips:
            self.doing = f"Drawing {clip.title if clip is clips[0] else 'the other clips'} …"
            self._changed("")
            job = await self._recorded(clip, request)
            if job is None:
                return
            parts = [partial(self._show_controls, request)] if clip is clips[0] else []
            if clip.slug in looked:
                parts.append(partial(self._draw, self._films, job, Output.CLIP, request))
            await self._draw_clip(job, request, parts)

    async def _recorded(self, clip: Clip, request: _Request) -> Job | None:
        """Return the job for a clip after recording what it draws; None if that is impossible."""
        reply = await self._recorder.record(
            RecordRequest(request.settings, (clip.slug,), str(self._store.folder))
        )
        self.problem = Problem(reply.key, reply.sentence) if reply.sentence else None
        self._changed("")
        return None if self.problem else job_of(clip, request.settings, reply.recordings[clip.slug])

    async def _draw_clip(
        self, job: Job, request: _Request, parts: Sequence[Callable[[], Coroutine[Any, Any, None]]]
    ) -> None:
        """Show the stills of a clip; when there is one, begin with the other parts.

        Until then, the beat that is looked at has the processor to itself.
        """
        request.has_still.clear()
        stills = asyncio.ensure_future(self._draw(self._stills, job, Output.STILLS, request))
        stills.add_done_callback(lambda _: request.has_still.set())

        async def others() -> None:
            await request.has_still.wait()
            await together(*[part() for part in parts])

        await together(stills, others())

    async def _draw(self, pool: Pool, job: Job, output: Output, request: _Request) -> None:
        """Render `output` of `job`, and show it."""
        slug, loop = job.clip.slug, asyncio.get_running_loop()
        progress = StillReader(
            lambda beat, content: loop.call_soon_threadsafe(
                self._show_still, slug, beat, content, request
            )
        )
        result = await self._render(pool, job, output, request, progress)
        shown = self.clips[slug]
        shown.problem = problem_of(result.failures)
        if slug in result.entries:
            self._show_entry(shown, result.entries[slug], output, request)
        self._changed(slug)

    async def _render(
        self,
        pool: Pool,
        job: Job,
        output: Output,
        request: _Request,
        progress: ProgressReporter | None = None,
    ) -> RenderResult:
        """Render `output` of `job`; what comes too late counts as given up."""
        slug = job.clip.slug
        async with self._pool_turns[pool]:
            result = await finished(
                asyncio.to_thread(
                    pool.render,
                    [job],
                    output,
                    progress,
                    first_beat=next((look.beat for look in request.looks if look.clip == slug), ""),
                    cancellation=request.cancellation,
                )
            )
        if request.cancellation.is_cancelled:
            raise asyncio.CancelledError
        return result

    async def _show_controls(self, request: _Request) -> None:
        """Show the scale of the rates, and the map of the start."""
        settings, reply = request.settings, RecordReply()
        if names := controls.recordings_for(settings):
            reply = await self._recorder.record(
                RecordRequest(settings, (), str(self._store.folder), names)
            )
        if reply.sentence:
            self._show_control(controls.MAP, controls.StartMap(sentence=reply.sentence))
            return
        folders = {name: Path(folder) for name, folder in reply.named.items()}
        scale = controls.rate_scale(settings, folders.get(controls.RATE_TABLE))
        self._show_control(controls.RATES, scale)
        view = folders.get(controls.START_VIEW)
        picture = "" if view is None else await self._map_picture(view, request)
        self._show_control(controls.MAP, controls.start_map(settings, view, picture))

    async def _map_picture(self, view: Path, request: _Request) -> str:
        """Draw the map of the start, and return the address of its picture."""
        inputs = {controls.START_VIEW: str(view)}
        job = job_of(registry.START_MAP, request.settings, inputs)
        result = await self._render(self._stills, job, Output.STILLS, request)
        entry = result.entries.get(job.clip.slug)
        if entry is None:
            return ""
        self._entries[entry.name] = entry
        return f"store/{entry.name}/{still_name(0, Timeline.load(entry).beats[0].name)}"

    def _show_control(self, name: str, value: object) -> None:
        if self.controls[name] != value:
            self.controls[name] = value
            self._changed(name)

    def _show_still(self, slug: str, beat: str, content: bytes, request: _Request) -> None:
        if not request.cancellation.is_cancelled:
            address = self.pictures.add(content)
            self.clips[slug].show_still(beat, address, request.revision)
            request.has_still.set()
            self._changed(slug)

    def _show_entry(self, shown: Shown, entry: Path, output: Output, request: _Request) -> None:
        timeline = Timeline.load(entry)
        self._entries[entry.name] = entry
        shown.title, shown.timeline = timeline.title, timeline
        if output == Output.CLIP:
            shown.show_film(f"store/{entry.name}/{CLIP_FILE}", request.revision)
            return
        stills = {
            beat.name: f"store/{entry.name}/{still_name(position, beat.name)}"
            for position, beat in enumerate(timeline.beats)
        }
        shown.show_stills(stills, request.revision)


@dataclass
class _Request:
    settings: Settings
    revision: int
    looks: tuple[Look, ...]
    cancellation: Cancellation
    has_still: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def looked(self) -> list[str]:
        """The slugs of the clips that are looked at."""
        return [look.clip for look in self.looks]

    @property
    def clips(self) -> list[Clip]:
        """What is drawn, in this order."""
        looked = self.looked
        clips = in_film(registry.CLIPS, self.settings)
        return sorted(
            clips, key=lambda clip: looked.index(clip.slug) if clip.slug in looked else len(looked)
        )


def job_of(clip: Clip, settings: Settings, recordings: Mapping[str, str]) -> Job:
    """Return the job for a draft of `clip`, as the command line would."""
    inputs = {name: Path(folder) for name, folder in recordings.items()}
    return Job(clip=clip, quality=QUALITY, theme=settings.film.theme, inputs=inputs)


def problem_of(failures: Sequence[Failure]) -> str:
    """Return the sentence about a clip that could not be drawn; "" if it was."""
    return "".join(f"{failure.slug} failed: {failure.reason}" for failure in failures)
