"""A take: one play and the rests after it, the piece of a clip that is drawn and kept as a whole.

While a scene runs, a take is only recorded: the picture of every frame, as values. Its key is a
digest of those pictures, of the frames' size and rate, and of what draws and encodes. So it is
known before anything is drawn whether the very same frames were drawn before, from whatever source
or learning rate, and then they are found in the store. That is sound where a digest of what an
animation was asked to do would not be: an animation may do anything, but a picture is all that is
drawn.
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
    """The pictures of some frames, in order.

    Attributes:
        pictures: Each with the number of frames that it stands for.
        frames: How many these are.
    """

    def __init__(self) -> None:
        self.frames = 0
        self.pictures: list[tuple[Frame, int]] = []

    def add(self, picture: Frame, repeat: int) -> None:
        """Let `picture` stand for `repeat` frames."""
        self.pictures.append((picture, repeat))
        self.frames += repeat

    def key(self, quality: Quality, ground: str) -> str:
        """Return the key under which the encoded take is kept.

        Args:
            quality: Of its frames.
            ground: A digest of what is seen where nothing is drawn.
        """
        pictures = hashlib.sha256()
        for picture, repeat in self.pictures:
            drawings = picture if isinstance(picture, list) else [picture]
            pictures.update(repeat.to_bytes(8, "big") + len(drawings).to_bytes(8, "big"))
            pictures.update(b"".join(drawing.digest for drawing in drawings))
        return segment_key(pictures.hexdigest(), ground, quality)

    def encode(
        self, camera: IncrementalCamera, quality: Quality, tell: Callable[[int], None]
    ) -> list[Packet]:
        """Draw and encode every frame, and return a packet for each.

        Args:
            camera: Draws them; it may have drawn anything before.
            quality: Of the frames.
            tell: Is told after every picture for how many frames it stands.
        """
        encoder = SegmentEncoder(quality)
        for picture, repeat in self.pictures:
            changed = camera.draw(picture)
            encoder.write(camera.pixel_array, repeat, changed)
            tell(repeat)
        return encoder.packets
