"""Run a task: play a clip's scene and make segments, keys, stills or a whole video of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image

from understanding_gradients.lecture.recordings import load_recordings
from understanding_gradients.render.codec_drawing import CodecDrawing
from understanding_gradients.render.config import render_config
from understanding_gradients.render.display_list import Frame
from understanding_gradients.render.parent import Parent
from understanding_gradients.render.renderer import ClipRenderer, with_exact_frame_counts
from understanding_gradients.render.segment import Segment
from understanding_gradients.render.segment_drawing import SegmentDrawing
from understanding_gradients.spec.codecs import CODECS
from understanding_gradients.spec.job import Job, Output, Task
from understanding_gradients.spec.timeline import Beat, Timeline, length_differs, still_name

Inputs = Mapping[str, Any]


def run_task(task: Task, parent: Parent) -> None:
    """Make the output of `task`, and save the timeline unless the scene was ended early."""
    run = OUTPUTS.get(task.output, encode_in_codec)
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
    drawing = SegmentDrawing(task, parent)
    renderer = ClipRenderer(parent.should_draw, drawing.receive)
    drawing.camera = renderer.camera
    played = play_scene(task.job, inputs, renderer)
    drawing.finish(is_whole=played is not None)
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
    """Draw the last frame of every beat as PNG, skipping all animations.

    What is on screen is painted afterwards until `task.first_beat` has been.
    """
    mode = "RGBA" if task.job.transparent else "RGB"
    renderer = skipping_renderer(parent)
    waiting: list[tuple[int, str, Frame]] = []

    def paint_waiting() -> None:
        while waiting:
            position, name, frame = waiting.pop()
            path = task.folder / still_name(position, name)
            Image.fromarray(renderer.painted(frame)).convert(mode).save(path)
            parent.still_drawn(position, name, str(path))

    def on_beat(position: int, name: str, scene: Any) -> None:
        nonlocal is_found
        waiting.append((position, name, renderer.captured(scene)))
        is_found = is_found or name == task.first_beat
        if is_found:
            paint_waiting()

    is_found = not task.first_beat
    timeline = play_beats(task, inputs, renderer, on_beat)
    paint_waiting()
    return timeline


def draw_drawings(task: Task, inputs: Inputs, parent: Parent) -> Timeline | None:
    """Draw the last frame of every beat as SVG, skipping all animations."""
    renderer = skipping_renderer(parent)
    return play_beats(
        task,
        inputs,
        renderer,
        lambda position, name, scene: renderer.write_drawing(
            scene, task.folder / still_name(position, name, ".svg")
        ),
    )


def skipping_renderer(parent: Parent) -> ClipRenderer:
    """Return a renderer that skips every animation, and asks at each whether to go on."""

    def should_draw(number: int) -> bool:
        parent.should_draw(number)
        return False

    return ClipRenderer(should_draw, plays_every_frame=False)


def play_beats(
    task: Task, inputs: Inputs, renderer: ClipRenderer, on_beat: Callable[[int, str, Any], object]
) -> Timeline | None:
    """Play the scene, and call `on_beat` with the position, the name and the scene at each end."""
    positions = count()
    return play_scene(
        task.job,
        inputs,
        renderer,
        lambda scene, beat: on_beat(next(positions), beat.name, scene),
    )


def encode_in_codec(task: Task, inputs: Inputs, parent: Parent) -> Timeline | None:
    """Draw the clip as a transparent or a lossless video."""
    codec = CODECS[task.output]
    with TemporaryDirectory(dir=task.temporary_folder) as folder:
        drawing = CodecDrawing(Path(folder), task.job.quality, codec, parent)
        renderer = ClipRenderer(lambda number: True, drawing.receive)
        drawing.camera = renderer.camera
        try:
            timeline = play_scene(task.job, inputs, renderer)
            drawing.write(task.folder / codec.file_name)
        except BaseException:
            # Or they would write into a folder that is being deleted.
            drawing.kill()
            raise
        return timeline


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
