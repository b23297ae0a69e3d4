"""A segment: one play and the waits after it, the part of a clip that is drawn and cached whole.

How long its last frame is held is not part of it: that frame is repeated where segments are
concatenated, so that a longer rest draws and encodes nothing again.

While a scene runs, a segment is only recorded: every frame as a value. Its key is a digest of
those frames, of the frame size and frame rate, and of what draws and encodes. So it is known
before anything is drawn whether the very same frames were drawn before, from whatever source or
learning rate, and then they are found in the store. A digest of what an animation was asked to do
would not be sound: an animation may do anything, but its frames are all that is drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from understanding_gradients.cache.keys import segment_key
from understanding_gradients.encode.h264 import Packet, SegmentEncoder
from understanding_gradients.render.camera import IncrementalCamera
from understanding_gradients.render.display_list import Frame
from understanding_gradients.spec.quality import Quality


class Segment:
    """The recorded frames of a segment, each with the number of times that it is shown."""

    def __init__(self) -> None:
        self.frames: list[tuple[Frame, int]] = []
        self.frame_count = 0

    def add(self, frame: Frame, repeat: int) -> None:
        """Append `frame`, shown `repeat` times."""
        self.frames.append((frame, repeat))
        self.frame_count += repeat

    def key(self, quality: Quality, background_digest: str) -> str:
        """Return the key under which the encoded segment is stored."""
        frames = hashlib.sha256()
        for frame, repeat in self._moving:
            commands = frame if isinstance(frame, list) else [frame]
            frames.update(repeat.to_bytes(8, "big") + len(commands).to_bytes(8, "big"))
            frames.update(b"".join(command.digest for command in commands))
        return segment_key(frames.hexdigest(), background_digest, quality)

    def encode(
        self, camera: IncrementalCamera, quality: Quality, on_drawn: Callable[[int], object]
    ) -> list[Packet]:
        """Draw and encode every frame but the last one's repeats; return one packet per frame.

        `on_drawn` is called with the number of frames after each frame and its repeats.
        """
        encoder = SegmentEncoder(quality)
        for frame, repeat in self._moving:
            dirty = camera.draw(frame)
            encoder.write(camera.pixel_array, repeat, dirty)
            on_drawn(repeat)
        on_drawn(self.frame_count - len(encoder.packets))
        return encoder.packets

    @property
    def _moving(self) -> list[tuple[Frame, int]]:
        """The frames without the hold of the last one."""
        if not self.frames:
            return []
        last, _ = self.frames[-1]
        return [*self.frames[:-1], (last, 1)]
