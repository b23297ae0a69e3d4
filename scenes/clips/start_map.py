"""The map on which the start of the descent is chosen; no part of the lecture."""

from __future__ import annotations

from scenes import style
from scenes.lecture_scene import LectureScene
from scenes.mobjects.start_picture import StartPicture


class StartMap(LectureScene):
    """A picture of the loss, without title or motion."""

    slug = "start-map"

    def construct(self) -> None:
        """Show the map."""
        self.beat("map", is_quick=True)
        self.add(StartPicture(self.inputs["start_view"]))
        self.wait(style.TIME_STEP)
