"""What runs on a machine of the cluster.

A task never draws in the process that received it: tasks are threads, and Manim's settings belong
to a whole process. Each thread keeps a process of `workers.worker`, as on one machine.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from distributed import WorkerPlugin, get_worker

from understanding_gradients.cache.bytecode import use_hash_based_pycs
from understanding_gradients.cache.keys import WORKER, scene_module
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.store import Store
from understanding_gradients.cluster.bundle import FileBundle, pack, unpack
from understanding_gradients.cluster.fingerprint import difference, facts, running
from understanding_gradients.spec.job import Job, Output, Task
from understanding_gradients.spec.timeline import Timeline
from understanding_gradients.workers.events import (
    Decision,
    SegmentDone,
    SegmentStarted,
    WorkerEvent,
)
from understanding_gradients.workers.process import WorkerFailed, WorkerProcess

# The files may have changed since.
LOADED = running()


@dataclass(frozen=True)
class Request:
    """What a task is to do.

    Attributes:
        job: Of the clip, without its material, which is sent beside it.
        makes: As `Task.output`.
        source: A digest of the worker's source.
        modules: Of all scenes that are drawn for the same client.
        workshop: The name of that client's workshop.
    """

    job: Job
    makes: Output
    source: str
    modules: tuple[str, ...]
    workshop: str


@dataclass(frozen=True)
class Response:
    """What came of an order.

    Attributes:
        takes: The key of each take and how many frames it has, by number.
        parcels: The files of each take that was drawn, by its number.
        parcel: The files of what is no take.
        timeline: How the clip is divided, unless only some takes were asked for.
        log: All of what was said, if it failed; else nothing.
    """

    takes: dict[int, tuple[str, int]] = field(default_factory=dict)
    parcels: dict[int, FileBundle] = field(default_factory=dict)
    parcel: FileBundle = field(default_factory=dict)
    timeline: Timeline | None = None
    log: str = ""


class WorkerProcessPlugin(WorkerPlugin):
    """The processes that draw for one client on one worker, as many as it has threads.

    When the client leaves, also by Ctrl-C, they end, whatever they do.

    Args:
        name: Of nobody else's workshop.
        limit: How many seconds a task may take; none if not given.
    """

    def __init__(self, name: str, limit: float | None) -> None:
        self.name, self._limit = name, limit

    def setup(self, worker: Any) -> None:
        """Start a process for each thread: they load while it is found out what there is to do."""
        self.whose = f"the worker {worker.address}"
        self._lock = threading.Lock()
        self._is_closed = False
        use_hash_based_pycs(Sources().files(WORKER).values())
        self._free = [WorkerProcess(self._limit) for _ in range(worker.state.nthreads)]
        self._all = list(self._free)
        for process in self._free:
            process.start()

    def teardown(self, worker: Any) -> None:
        """End the processes."""
        with self._lock:
            self._is_closed = True
            found, self._all, free, self._free = self._all, [], self._free, []
        for process in found:
            process.stop()
        for process in free:
            process.close()

    @contextmanager
    def process(self) -> Iterator[WorkerProcess]:
        """Lend a process that nobody else uses meanwhile.

        Raises:
            WorkerFailed: If the client has left.
        """
        with self._lock:
            if self._is_closed:
                raise WorkerFailed("who asked for it has left")
            process = self._free.pop() if self._free else WorkerProcess(self._limit)
            if process not in self._all:
                self._all.append(process)
        try:
            yield process
        finally:
            with self._lock:
                is_kept = process in self._all
                if is_kept:
                    self._free.append(process)
            if not is_kept:
                process.close()


def loaded(modules: Collection[str]) -> dict[str, str]:
    """Return this machine's `facts`: as they are now, except for what this process has loaded."""
    return facts(modules) | LOADED


def perform(
    order: Request,
    expected: Mapping[str, str],
    material: Mapping[str, FileBundle],
    wanted: Collection[int] | None = None,
) -> Response:
    """Do what `order` says.

    Args:
        order: What to do.
        expected: The `facts` of the machine that gave it; a worker may have joined since these
            were compared.
        material: The files of each piece that the clip needs, by piece name.
        wanted: The numbers of the takes to draw; all, if not given.
    """
    workshop: Any = get_worker().plugins[order.workshop]
    differs = difference(workshop.whose, loaded(order.modules), expected)
    if differs is not None:
        return Response(log=differs)
    try:
        try:
            reply = _tried(workshop, order, material, wanted)
        except WorkerFailed as failed:
            # The system ended its process, which may go well another time.
            if not failed.died:
                raise
            reply = _tried(workshop, order, material, wanted)
    except (WorkerFailed, OSError) as failed:
        return Response(log=getattr(failed, "log", str(failed)) or repr(failed))
    # Whatever changed meanwhile, some of it may have been drawn by what is there now.
    differs = difference(workshop.whose, loaded(order.modules), expected)
    return reply if differs is None else Response(log=differs)


def _tried(
    workshop: WorkerProcessPlugin,
    order: Request,
    material: Mapping[str, FileBundle],
    wanted: Collection[int] | None,
) -> Response:
    use_hash_based_pycs(Sources().files(scene_module(order.job)).values())
    with workshop.process() as process, _room_in(process) as folder:
        return _have_done(process, order, Path(folder), material, wanted)


def _room_in(process: WorkerProcess) -> tempfile.TemporaryDirectory[str]:
    """Return a folder for one task; where the client leaves meanwhile, all goes with its parent."""
    return tempfile.TemporaryDirectory(dir=process.temporary_folder, ignore_cleanup_errors=True)


def _have_done(
    process: WorkerProcess,
    order: Request,
    folder: Path,
    material: Mapping[str, FileBundle],
    wanted: Collection[int] | None,
) -> Response:
    takes: dict[int, tuple[str, int]] = {}

    def hear(event: WorkerEvent) -> Decision | None:
        if isinstance(event, SegmentDone):
            takes[event.number] = event.key, event.frames
        if isinstance(event, SegmentStarted):
            return answer(event.number, wanted)
        return None

    task = _task(order, folder, material, process.temporary_folder)
    process.run_task(task, hear)
    if order.makes == Output.SEGMENTS:
        store = Store(task.store)
        parcels = {number: _packed(store, key) for number, (key, _) in takes.items()}
        timeline = Timeline.load(task.folder) if wanted is None else None
        return Response(takes=takes, parcels=parcels, timeline=timeline)
    return Response(takes=takes, parcel=pack(task.folder), timeline=Timeline.load(task.folder))


def answer(take: int, wanted: Collection[int] | None) -> Decision:
    """Return whether a take is to be drawn, or that it and all that follow are not."""
    if wanted is None or take in wanted:
        return Decision.DRAW
    # After the last one there is no need to run the scene to its end.
    return Decision.SKIP if take < max(wanted) else Decision.STOP


def _task(order: Request, folder: Path, material: Mapping[str, FileBundle], scratch: Path) -> Task:
    """Unpack what was sent, and return what a process is told."""
    places = {piece: folder / "material" / piece for piece in material}
    for piece, place in places.items():
        place.mkdir(parents=True)
        unpack(material[piece], place)
    made = folder / "made"
    made.mkdir()
    return Task(
        job=replace(order.job, inputs=places),
        output=order.makes,
        folder=made,
        store=folder / "store",
        temporary_folder=scratch,
        source=order.source,
    )


def _packed(store: Store, key: str) -> FileBundle:
    entry = store.find(key)
    if entry is None:
        raise WorkerFailed("a take that was drawn cannot be read back; render it again")
    return pack(entry)
