"""A worker process, which performs one task after the other.

It is started as `python -m understanding_gradients.workers.worker PARENT SCRATCH`.

PARENT is the number of the process that gives the tasks; when that is gone, however it ended, the
worker deletes the folder SCRATCH, which they shared, and ends.

The path of a task's file is read from standard input. What happens is told on standard output, one
JSON object a line; everything that Manim prints goes to standard error. As each take begins, the
parent process is asked whether to draw it, and answers on standard input: several workers may run
the same scene, and each draws what no other has begun.

All that a task may need, besides its scene, is loaded before the first one is read.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

from manim.utils.exceptions import EndSceneEarlyException
from PIL import Image

from descent._files.disk_space import CannotWrite
from understanding_gradients.cache.keys import WORKER
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.store import Store
from understanding_gradients.encode.packets import save_packets
from understanding_gradients.lecture.recordings import load_recordings
from understanding_gradients.render.renderer import (
    ClipRenderer,
    render_config,
    with_exact_frame_counts,
)
from understanding_gradients.render.segment import Segment
from understanding_gradients.render.single_pass import SinglePassEncoder
from understanding_gradients.spec.codecs import CODECS
from understanding_gradients.spec.job import Beat, Job, Task, Timeline, read_task, still_name

# Frames between two reports of progress.
REPORT_EVERY = 15


class Gone(BaseException):
    """The process that gave the task is gone."""


class Parent:
    """The process that gave the task.

    Args:
        events: Where it listens.
        answers: Where it answers.
    """

    def __init__(self, events: TextIO, answers: TextIO) -> None:
        self._events, self._answers = events, answers
        self._drawn = 0

    def tell(self, **event: Any) -> None:
        """Say what happens."""
        self._events.write(json.dumps(event) + "\n")
        self._events.flush()

    def drew(self, frames: int, at_once: bool = False) -> None:
        """Say that so many frames more are drawn, together with others unless `at_once`."""
        self._drawn += frames
        if self._drawn >= REPORT_EVERY or (at_once and self._drawn):
            self.tell(event="drawn", frames=self._drawn)
            self._drawn = 0

    def wants(self, take: int) -> bool:
        """Ask whether to draw the take of this number.

        Raises:
            EndSceneEarlyException: If neither it nor any after it is wanted: Manim ends the scene.
        """
        self.tell(event="asks", take=take)
        answer = self._answers.readline()
        if not answer:
            raise Gone
        wants = json.loads(answer)
        if wants == "enough":
            raise EndSceneEarlyException
        return wants


def perform(task: Task, parent: Parent) -> None:
    """Make what `task` asks for."""
    material = inputs_of(task.job)
    makers = {"takes": make_takes, "stills": make_stills, "count": count, "survey": survey}
    make = makers.get(task.makes, make_whole)
    job = task.job
    with render_config(job.quality, job.theme, job.transparent, tex_dir=str(task.scratch)):
        make(task, material, parent).save(task.folder)


def make_takes(task: Task, material: Mapping[str, Any], parent: Parent) -> Timeline:
    """Draw and keep every take that the parent wants and the store lacks."""
    counted = play(task.job, material, ClipRenderer()) if task.counts else None
    if counted is not None:
        parent.tell(event="planned", frames=counted.frames)
    quality = task.job.quality
    store = Store(task.store, lambda sentence: parent.tell(event="warns", sentence=sentence))

    def keep(number: int, take: Segment) -> None:
        key = take.key(quality, renderer.camera.ground)
        if store.find(key) is not None:
            parent.drew(take.frames)
        else:
            packets = take.encode(renderer.camera, quality, parent.drew)
            with store.add(key, needed=sum(len(packet.data) for packet in packets)) as folder:
                save_packets(packets, folder)
        parent.drew(0, at_once=True)
        parent.tell(event="take", take=number, key=key, frames=take.frames)

    renderer = ClipRenderer(parent.wants, keep)
    played = play(task.job, material, renderer, lambda *_: renderer.cut())
    if counted not in (None, played):
        raise RuntimeError(
            f"{task.job.clip.slug} drew {played.frames} frames where {counted.frames} were "
            "counted: its length depends on what is drawn."
        )
    return played


def count(task: Task, material: Mapping[str, Any], parent: Parent) -> Timeline:
    """Only find out how the clip is divided."""
    return play(task.job, material, ClipRenderer())


def survey(task: Task, material: Mapping[str, Any], parent: Parent) -> Timeline:
    """Only name every take by its key, so that it is known elsewhere which ones are to be drawn."""
    quality = task.job.quality

    def tell(number: int, take: Segment) -> None:
        key = take.key(quality, renderer.camera.ground)
        parent.tell(event="take", take=number, key=key, frames=take.frames)

    renderer = ClipRenderer(lambda number: True, tell)
    return play(task.job, material, renderer, lambda *_: renderer.cut())


def make_stills(task: Task, material: Mapping[str, Any], parent: Parent) -> Timeline:
    """Draw the last frame of every beat, skipping all animation."""
    stills: list[str] = []

    def keep(scene: Any, beat: Any) -> None:
        name = still_name(len(stills), beat.name)
        pixels = scene.renderer.still(scene)
        kind = "RGBA" if task.job.transparent else "RGB"
        Image.fromarray(pixels).convert(kind).save(task.folder / name)
        stills.append(name)

    return play(task.job, material, ClipRenderer(), keep)


def make_whole(task: Task, material: Mapping[str, Any], parent: Parent) -> Timeline:
    """Draw the clip and encode it as a whole."""
    codec = CODECS[task.makes]
    with SinglePassEncoder(task.folder / codec.file, task.job.quality, codec) as clip:
        renderer = ClipRenderer(
            lambda number: True, lambda number, take: clip.add(take, renderer.camera)
        )
        return play(task.job, material, renderer, lambda *_: renderer.cut())


def play(job: Job, material: Mapping[str, Any], renderer: Any, on_beat_end: Any = None) -> Timeline:
    """Run the scene of `job` on `renderer` from beginning to end."""
    module, name = job.clip.scene.split(":")
    scene_class: Any = with_exact_frame_counts(getattr(import_module(module), name))
    scene = scene_class(
        clip=job.clip,
        inputs=material,
        captions=job.captions,
        on_beat_end=on_beat_end,
        renderer=renderer,
    )
    scene.render()
    renderer.cut()
    rate = job.quality.frame_rate
    beats = tuple(
        Beat(beat.name, beat.caption, round(beat.start * rate), round(beat.end * rate))
        for beat in scene.beats
    )
    return Timeline(rate, renderer.frames, beats)


def inputs_of(job: Job) -> dict[str, Any]:
    """Return the pieces that the clip needs, by name."""
    return {name: load_recordings(folder, [name])[name] for name, folder in job.material.items()}


def end_after(parent: int, scratch: str) -> None:
    """End this process and what it has started once its parent is gone, however that ended."""
    while os.getppid() == parent:
        time.sleep(0.5)
    shutil.rmtree(scratch, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


def serve(teller: Parent) -> None:
    """Perform the tasks whose files are named on standard input, one a line."""
    loaded = Sources().digest([WORKER])
    while path := sys.stdin.readline():
        task = read_task(Path(json.loads(path)))
        if task.source != loaded:
            sys.exit("the source changed while a worker loaded it; render it again")
        teller.tell(event="begun")
        try:
            perform(task, teller)
        except CannotWrite as error:
            sys.exit(str(error))
        teller.tell(event="done")


def main() -> None:
    """Serve the process that started this one until it is gone."""
    parent, scratch = sys.argv[1:]
    threading.Thread(target=end_after, args=[int(parent), scratch], daemon=True).start()
    # Standard output carries events only: what Manim and scenes print moves to standard error.
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # A clip's mobjects live until its end: to look for garbage among them so rarely saves a
    # twentieth of the time, and takes no more memory.
    gc.set_threshold(50_000, 20, 50)
    with suppress(Gone, BrokenPipeError):
        serve(Parent(events, sys.stdin))
    shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
