"""Run a task: play a clip's scene and make segments, keys, stills or a whole video of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from understanding_gradients.cache.store import Store
from understanding_gradients.encode.packets import save_packets
from understanding_gradients.lecture.recordings import load_recordings
from understanding_gradients.render.config import render_config
from understanding_gradients.render.renderer import ClipRenderer, with_exact_frame_counts
from understanding_gradients.render.segment import Segment
from understanding_gradients.render.single_pass import SinglePassEncoder
from understanding_gradients.spec.codecs import CODECS
from understanding_gradients.spec.job import Job, Output, Task
from understanding_gradients.spec.timeline import Beat, Timeline, length_differs, still_name

Inputs = Mapping[str, Any]


class Parent(Protocol):
    """Decides which segments a task draws, and receives its progress."""

    def should_draw(self, number: int) -> bool:
        """Return whether to draw the segment `number`; `NoMoreSegments` ends the scene."""
        ...

    def planned(self, frames: int) -> None:
        """Receive the number of frames of the clip."""

    def drawn(self, frames: int, at_once: bool = False) -> None:
        """Receive a number of newly drawn frames."""

    def segment_done(self, number: int, key: str, frames: int) -> None:
        """Receive the key of a segment and its number of frames."""

    def warn(self, sentence: str) -> None:
        """Receive a warning of the store."""


def run_task(task: Task, parent: Parent) -> None:
    """Make the output of `task`, and save the timeline unless the scene was ended early."""
    run = OUTPUTS.get(task.output, encode_single_pass)
    job, tex_dir = task.job, str(task.temporary_folder)
    with render_config(job.quality, job.theme, job.transparent, tex_dir=tex_dir):
        timeline = run(task, load_inputs(job), parent)
        if timeline is not None:
            timeline.save(task.folder)


def draw_segments(task: Task, inputs: Inputs, parent: Parent) -> Timeline | None:
    """Draw and store every segment that the parent wants and the store lacks."""
    counted = play_scene(task.job, inputs, ClipRenderer()) if task.count_first else None
    if counted is not None:
        parent.planned(counted.frames)
    quality = task.job.quality
    store = Store(task.store, parent.warn)

    def store_segment(number: int, segment: Segment) -> None:
        key = segment.key(quality, renderer.camera.background_digest)
        if store.find(key) is not None:
            parent.drawn(segment.frame_count)
        else:
            packets = segment.encode(renderer.camera, quality, parent.drawn)
            with store.add(key, needed=sum(len(packet.data) for packet in packets)) as folder:
                save_packets(packets, folder)
        parent.drawn(0, at_once=True)
        parent.segment_done(number, key, segment.frame_count)

    renderer = ClipRenderer(parent.should_draw, store_segment)
    played = play_scene(task.job, inputs, renderer)
    if counted and played and played != counted:
        raise RuntimeError(length_differs(task.job.clip.slug, played.frames, counted.frames))
    return played


def count_frames(task: Task, inputs: Inputs, parent: Parent) -> Timeline | None:
    """Play the scene without drawing, for its timeline only."""
    return play_scene(task.job, inputs, ClipRenderer())


def report_segment_keys(task: Task, inputs: Inputs, parent: Parent) -> Timeline | None:
    """Dry run: report each segment's cache key."""

    def report(number: int, segment: Segment) -> None:
        key = segment.key(task.job.quality, renderer.camera.background_digest)
        parent.segment_done(number, key, segment.frame_count)

    renderer = ClipRenderer(lambda number: True, report)
    return play_scene(task.job, inputs, renderer)


def draw_stills(task: Task, inputs: Inputs, parent: Parent) -> Timeline | None:
    """Draw the last frame of every beat as PNG, skipping all animations."""
    mode = "RGBA" if task.job.transparent else "RGB"

    def save_still(scene: Any, path: Path) -> None:
        Image.fromarray(scene.renderer.still(scene)).convert(mode).save(path)

    return save_last_frames(task, inputs, ".png", save_still)


def draw_drawings(task: Task, inputs: Inputs, parent: Parent) -> Timeline | None:
    """Draw the last frame of every beat as SVG, skipping all animations."""
    return save_last_frames(
        task, inputs, ".svg", lambda scene, path: scene.renderer.write_drawing(scene, path)
    )


def save_last_frames(
    task: Task, inputs: Inputs, suffix: str, save: Callable[[Any, Path], object]
) -> Timeline | None:
    """Play the scene, skipping all animations, and `save` it at the end of each beat."""
    positions = count()

    def save_beat(scene: Any, beat: Any) -> None:
        save(scene, task.folder / still_name(next(positions), beat.name, suffix))

    return play_scene(task.job, inputs, ClipRenderer(), save_beat)


def encode_single_pass(task: Task, inputs: Inputs, parent: Parent) -> Timeline | None:
    """Draw the clip and encode it in a single pass."""
    codec = CODECS[task.output]
    with SinglePassEncoder(task.folder / codec.file_name, task.job.quality, codec) as video:
        renderer = ClipRenderer(
            lambda number: True, lambda number, segment: video.add(segment, renderer.camera)
        )
        return play_scene(task.job, inputs, renderer)


OUTPUTS = {
    Output.SEGMENTS: draw_segments,
    Output.SEGMENT_KEYS: report_segment_keys,
    Output.STILLS: draw_stills,
    Output.DRAWINGS: draw_drawings,
    Output.FRAME_COUNT: count_frames,
}


def play_scene(
    job: Job,
    inputs: Inputs,
    renderer: ClipRenderer,
    on_beat_end: Callable[[Any, Any], object] | None = None,
) -> Timeline | None:
    """Play the scene of `job`, and return its timeline; None if the renderer ended it early.

    `on_beat_end` is called with the scene and the beat at the end of every beat; by default a
    segment ends there.
    """
    module, name = job.clip.scene.split(":")
    scene_class: Any = with_exact_frame_counts(getattr(import_module(module), name))
    scene = scene_class(
        clip=job.clip,
        inputs=inputs,
        on_beat_end=on_beat_end or (lambda *_: renderer.end_segment()),
        renderer=renderer,
    )
    scene.render()
    renderer.end_segment()
    if renderer.ended_early:
        return None
    rate = job.quality.frame_rate
    beats = tuple(
        Beat(beat.name, beat.caption, *(round(at * rate) for at in beat.times))
        for beat in scene.beats
    )
    return Timeline(rate, renderer.frame_count, beats, scene.clip.title)


def load_inputs(job: Job) -> dict[str, Any]:
    """Return the recordings that the clip needs, by name."""
    return {name: load_recordings(folder, [name])[name] for name, folder in job.inputs.items()}
