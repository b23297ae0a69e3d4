"""Where the two pictures and the bar below them are."""

from __future__ import annotations

from scenes import style
from scenes.mobjects.boxes import FRAME, Box

TOP, BOTTOM = 1.95, -1.3
WIDTH = 1.5 * (TOP - BOTTOM)  # the aspect of every window of a map
MIDDLE = 0.0
NUMBERS = 1.0  # room for the numbers of a vertical axis
LINE_BOX = Box(style.LEFT + NUMBERS, BOTTOM, style.LEFT + NUMBERS + WIDTH, TOP)
MAP_BOX = Box(style.RIGHT - 0.5 - WIDTH, BOTTOM, style.RIGHT - 0.5, TOP)
# What leaves a picture is hidden in its half of the screen.
LEFT_HALF = Box(FRAME.left, FRAME.bottom, MIDDLE, FRAME.top)
RIGHT_HALF = Box(MIDDLE, FRAME.bottom, FRAME.right, FRAME.top)
HEAD_Y = TOP + 0.32
SENTENCE_Y = BOTTOM - 0.75
BAR = Box(style.LEFT, -2.62, style.RIGHT, -2.32)
UNDER_BAR_Y = -2.86
