"""What runs on a worker of the cluster.

Nothing is drawn in the worker's own process: its tasks are threads, and Manim's configuration is
global to a process. Each thread has a process of `workers.worker`, as on a single machine.
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
from understanding_gradients.cluster.fingerprint import difference, fingerprint, loaded_fingerprint
from understanding_gradients.spec.job import Job, Output, Task
from understanding_gradients.spec.timeline import Timeline
from understanding_gradients.workers.events import (
    Decision,
    SegmentDone,
    SegmentStarted,
    WorkerEvent,
)
from understanding_gradients.workers.process import WorkerFailed, WorkerProcess

# Taken when this module is imported: its files may change afterwards.
LOADED = loaded_fingerprint()


@dataclass(frozen=True)
class Request:
    """What a task should render.

    Attributes:
        job: The clip's job without its inputs, which are sent beside it.
        output: What to make of it.
        source: A digest of the worker's source.
        scene_modules: The modules of all scenes that are rendered for this client.
        plugin: The name of the client's worker plugin.
    """

    job: Job
    output: Output
    source: str
    scene_modules: tuple[str, ...]
    plugin: str


@dataclass(frozen=True)
class Response:
    """The result of a request.

    Attributes:
        segments: The key and the number of frames of each segment, by number.
        segment_files: The files of each segment that was drawn, by number.
        files: The files of an output other than segments.
        timeline: The clip's timeline; None if only some segments were requested.
        log: The log of a failure; "" after success.
    """

    segments: dict[int, tuple[str, int]] = field(default_factory=dict)
    segment_files: dict[int, FileBundle] = field(default_factory=dict)
    files: FileBundle = field(default_factory=dict)
    timeline: Timeline | None = None
    log: str = ""


class WorkerProcessPlugin(WorkerPlugin):
    """The processes that draw for one client on one worker, as many as it has threads.

    They end when the client disconnects, also in the middle of a task. No other client's plugin has
    the same name.
    """

    def __init__(self, name: str, limit: float | None) -> None:
        self.name, self._limit = name, limit

    def setup(self, worker: Any) -> None:
        """Start a process per thread: they load while the client prepares its requests."""
        self.machine = f"the worker {worker.address}"
        self._lock = threading.Lock()
        self._is_closed = False
        use_hash_based_pycs(Sources().files(WORKER).values())
        self._idle = [WorkerProcess(self._limit) for _ in range(worker.state.nthreads)]
        self._all = list(self._idle)
        for process in self._idle:
            process.start()

    def teardown(self, worker: Any) -> None:
        """End the processes."""
        with self._lock:
            self._is_closed = True
            running, self._all, idle, self._idle = self._all, [], self._idle, []
        for process in running:
            process.stop()
        for process in idle:
            process.close()

    @contextmanager
    def process(self) -> Iterator[WorkerProcess]:
        """Yield a process that no other thread uses meanwhile.

        Raises:
            WorkerFailed: If the client has disconnected.
        """
        with self._lock:
            if self._is_closed:
                raise WorkerFailed("its client has disconnected")
            process = self._idle.pop() if self._idle else WorkerProcess(self._limit)
            if process not in self._all:
                self._all.append(process)
        try:
            yield process
        finally:
            with self._lock:
                is_kept = process in self._all
                if is_kept:
                    self._idle.append(process)
            if not is_kept:
                process.close()


def worker_fingerprint(scene_modules: Collection[str]) -> dict[str, str]:
    """Return this worker's fingerprint: the files as they are now, and the code as imported."""
    return fingerprint(scene_modules) | LOADED


def run_request(
    request: Request,
    expected: Mapping[str, str],
    inputs: Mapping[str, FileBundle],
    wanted: Collection[int] | None = None,
) -> Response:
    """Run `request` in a process of this worker.

    Args:
        request: What to render.
        expected: The client's fingerprint; this worker may have joined after it was compared.
        inputs: The files of each recording that the clip needs, by name.
        wanted: The numbers of the segments to draw; all by default.
    """
    plugin: Any = get_worker().plugins[request.plugin]

    def difference_here() -> Exception | None:
        return difference(plugin.machine, worker_fingerprint(request.scene_modules), expected)

    error = difference_here()
    if error is not None:
        return Response(log=str(error))
    try:
        response = _run_with_retry(plugin, request, inputs, wanted)
    except (WorkerFailed, OSError) as failed:
        return Response(log=getattr(failed, "log", str(failed)) or repr(failed))
    # What changed meanwhile may have drawn some of the frames.
    error = difference_here()
    return response if error is None else Response(log=str(error))


def _run_with_retry(
    plugin: WorkerProcessPlugin,
    request: Request,
    inputs: Mapping[str, FileBundle],
    wanted: Collection[int] | None,
) -> Response:
    """Render, and once more if the system killed the process."""
    try:
        return _render(plugin, request, inputs, wanted)
    except WorkerFailed as failed:
        if not failed.died:
            raise
        return _render(plugin, request, inputs, wanted)


def _render(
    plugin: WorkerProcessPlugin,
    request: Request,
    inputs: Mapping[str, FileBundle],
    wanted: Collection[int] | None,
) -> Response:
    use_hash_based_pycs(Sources().files(scene_module(request.job)).values())
    segments: dict[int, tuple[str, int]] = {}

    def on_event(event: WorkerEvent) -> Decision | None:
        if isinstance(event, SegmentDone):
            segments[event.number] = event.key, event.frames
        if isinstance(event, SegmentStarted):
            return decide(event.number, wanted)
        return None

    with plugin.process() as process, _folder_for(process) as folder:
        task = _unpacked_task(request, Path(folder), inputs, process.temporary_folder)
        process.run_task(task, on_event)
        if request.output != Output.SEGMENTS:
            timeline = Timeline.load(task.folder)
            return Response(segments, files=pack(task.folder), timeline=timeline)
        store = Store(task.store)
        files = {number: _pack_segment(store, key) for number, (key, _) in segments.items()}
        timeline = Timeline.load(task.folder) if wanted is None else None
        return Response(segments, files, timeline=timeline)


def decide(number: int, wanted: Collection[int] | None) -> Decision:
    """Return whether to draw segment `number`; after the last wanted one the scene is ended."""
    if wanted is None or number in wanted:
        return Decision.DRAW
    return Decision.SKIP if number < max(wanted) else Decision.STOP


def _folder_for(process: WorkerProcess) -> tempfile.TemporaryDirectory[str]:
    """Return a folder for one task; its parent may be deleted first if the client disconnects."""
    return tempfile.TemporaryDirectory(dir=process.temporary_folder, ignore_cleanup_errors=True)


def _unpacked_task(
    request: Request, folder: Path, inputs: Mapping[str, FileBundle], temporary_folder: Path
) -> Task:
    """Unpack the inputs, and return the task for a worker process."""
    folders = {name: folder / "inputs" / name for name in inputs}
    for name, path in folders.items():
        path.mkdir(parents=True)
        unpack(inputs[name], path)
    output = folder / "output"
    output.mkdir()
    return Task(
        job=replace(request.job, inputs=folders),
        output=request.output,
        folder=output,
        store=folder / "store",
        temporary_folder=temporary_folder,
        source=request.source,
    )


def _pack_segment(store: Store, key: str) -> FileBundle:
    entry = store.find(key)
    if entry is None:
        raise WorkerFailed("a segment that was drawn cannot be read back; render it again")
    return pack(entry)
