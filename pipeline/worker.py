"""One process, one clip: `python -m pipeline.worker TASK.json`.

It loads the clip's material (no torch), runs the scene once without drawing, if nobody knows yet
how many frames there will be, and once more to draw them. What happens is told on standard output,
one JSON object a line; everything that Manim prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

from pipeline import typeset
from pipeline.job import CLIP_FILE, Beat, Job, Task, Timeline, read_task, still_name

# Frames between two reports of progress.
REPORT_EVERY = 15


class Reporter:
    """Tells the parent process what happens."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def tell(self, **event: Any) -> None:
        """Write one event."""
        self._stream.write(json.dumps(event) + "\n")
        self._stream.flush()


def perform(task: Task, reporter: Reporter) -> Timeline:
    """Make what `task` asks for, and return how the clip is divided."""
    from manim import tempconfig

    from pipeline.screen import forget_personal_settings, manim_settings
    from scenes.style import use_theme

    material = load_material(task.job)
    private = task.scratch / "typeset"
    typeset.borrow(task.typeset, private)
    forget_personal_settings()
    settings = manim_settings(task.job.quality) | {"tex_dir": str(private)}
    with tempconfig(settings), use_theme(task.job.theme):
        make = {"clip": make_clip, "stills": make_stills, "count": count}[task.makes]
        timeline = make(task, material, reporter)
    typeset.give_back(private, task.typeset)
    timeline.save(task.folder)
    return timeline


def make_clip(task: Task, material: Mapping[str, Any], reporter: Reporter) -> Timeline:
    """Draw and encode every frame of the clip."""
    from pipeline.encoder import ClipEncoder
    from pipeline.screen import ClipRenderer

    job = task.job
    counted = play(job, material, ClipRenderer()) if task.counts else None
    if counted is not None:
        reporter.tell(event="planned", frames=counted.frames)
    encoder = ClipEncoder(task.folder / CLIP_FILE, job.quality)

    def take(pixels: Any, repeat: int, changed: Any) -> None:
        before = encoder.frames
        encoder.write(pixels, repeat, changed)
        if before // REPORT_EVERY != encoder.frames // REPORT_EVERY:
            reporter.tell(event="drawn", frames=encoder.frames)

    try:
        drawn = play(job, material, ClipRenderer(take), lambda *_: encoder.begin_beat())
    finally:
        encoder.close()
    if counted not in (None, drawn) or encoder.frames != drawn.frames:
        frames = counted.frames if counted else drawn.frames
        raise RuntimeError(
            f"{job.clip.slug} drew {encoder.frames} frames where {frames} were counted: "
            "its length depends on what is drawn."
        )
    return drawn


def count(task: Task, material: Mapping[str, Any], reporter: Reporter) -> Timeline:
    """Only find out how the clip is divided."""
    from pipeline.screen import ClipRenderer

    return play(task.job, material, ClipRenderer())


def make_stills(task: Task, material: Mapping[str, Any], reporter: Reporter) -> Timeline:
    """Draw the last frame of every beat, skipping all animation."""
    from PIL import Image

    from pipeline.screen import ClipRenderer

    stills: list[str] = []

    def keep(scene: Any, beat: Any) -> None:
        name = still_name(len(stills), beat.name)
        pixels = scene.renderer.still(scene)
        Image.fromarray(pixels).convert("RGB").save(task.folder / name)
        stills.append(name)
        reporter.tell(event="still", beat=beat.name)

    return play(task.job, material, ClipRenderer(), keep)


def play(job: Job, material: Mapping[str, Any], renderer: Any, on_beat_end: Any = None) -> Timeline:
    """Run the scene of `job` on `renderer` from beginning to end."""
    from pipeline.screen import with_whole_frames

    module, name = job.clip.scene.split(":")
    scene_class: Any = with_whole_frames(getattr(import_module(module), name))
    scene = scene_class(
        clip=job.clip,
        material=material,
        captions=job.captions,
        on_beat_end=on_beat_end,
        renderer=renderer,
    )
    scene.render()
    rate = job.quality.frame_rate
    beats = tuple(
        Beat(beat.name, beat.caption, round(beat.start * rate), round(beat.end * rate))
        for beat in scene.beats
    )
    return Timeline(rate, renderer.frames, beats)


def load_material(job: Job) -> dict[str, Any]:
    """Return the pieces that the clip needs, by name."""
    if not job.material:
        return {}
    from lecture.material import load_material as load

    return {name: load(folder, [name])[name] for name, folder in job.material.items()}


def main() -> None:
    """Perform the task whose file is named on the command line."""
    # Standard output carries events only: what Manim and scenes print moves to standard error.
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    reporter = Reporter(events)
    timeline = perform(read_task(Path(sys.argv[1])), reporter)
    reporter.tell(event="done", frames=timeline.frames)


if __name__ == "__main__":
    main()
