"""A studio in a process of its own, and a client that hears what its page hears."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading

import httpx

from scenes.registry import CLIPS
from tests.processes import wait_until
from understanding_gradients.installation import MEDIA_VARIABLE, ROOT

SETTINGS = """\
# A small lecture.
[descent]
loss = "bowl"
steps = 2  # few

[film]
leave_out = [{left_out}]
"""
CLIP = "very-large-learning-rate"


def small_lecture(folder):
    """Write a lecture.toml of one clip that is drawn quickly, and return its path."""
    left_out = ", ".join(f'"{clip.slug}"' for clip in CLIPS if clip.slug != CLIP)
    path = folder / "lecture.toml"
    path.write_text(SETTINGS.format(left_out=left_out), encoding="utf-8")
    return path


class Studio:
    """A running studio.

    Args:
        settings: The lecture.toml that it opens.
        media: The folder of what it makes.
        port: The port; 0 for a free one.
    """

    def __init__(self, settings, media, port=0):
        command = [sys.executable, ROOT / "render.py", "studio", "--no-browser"]
        self.process = subprocess.Popen(
            [*command, f"--port={port}", f"--settings={settings}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=settings.parent,
            env={**os.environ, MEDIA_VARIABLE: str(media)},
        )
        self.address = self.process.stdout.readline().strip()
        if not self.address:
            raise RuntimeError(self.process.communicate()[1])
        self.origin = self.address.rpartition("/")[0].rpartition("/")[0]
        self.client = httpx.Client(base_url=self.address, timeout=60)
        self.heard = {}
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, number=signal.SIGINT):
        """End the studio by a signal, and return its exit status and what it said."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, said = self.process.communicate(timeout=60)
        self._listening.join(60)
        self.client.close()
        return self.process.returncode, said

    def post(self, path, **body):
        """Send what the page would, and return the answer."""
        return self.client.post(path, json=body, headers={"Origin": self.origin})

    def edit(self, **values):
        """Change values, with __ in place of the dot in a key; return the answer."""
        return self.post(
            "edit", values={key.replace("__", "."): value for key, value in values.items()}
        )

    def wait_for(self, name, condition):
        """Wait until what is shown under `name` fulfills a condition, and return it."""
        return wait_until(
            lambda: name in self.heard and condition(self.heard[name]) and self.heard[name]
        )

    @property
    def document(self):
        """The newest state of the document that the page has heard of."""
        return self.wait_for("document", lambda _: True)

    def clip(self, revision, slug=CLIP):
        """Wait until a clip is shown at a revision, with its film and stills, and return it."""

        def is_whole(clip):
            stills = clip["stills"].values()
            is_stored = all(still.startswith("store/") for still in stills)
            return clip["revision"] == revision and clip["film"] and is_stored

        return self.wait_for(slug, is_whole)

    def _listen(self):
        with (
            contextlib.suppress(httpx.HTTPError),
            self.client.stream("GET", "events", timeout=None) as stream,
        ):
            kind = ""
            for line in stream.iter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    kind = value
                elif field == "data":
                    found = json.loads(value)
                    self.heard[found["slug"] if kind == "clip" else kind] = found
