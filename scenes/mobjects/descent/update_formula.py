"""The update rule in the deck's words, each term in its colour."""

from __future__ import annotations

from manim import LEFT

from scenes import style
from scenes.typesetting.labels import Phrase
from scenes.typesetting.markup import word

TERMS = {
    "new": (f"${word('Parameters')}^(t+1)$", "parameter"),
    "equals": ("$=$", "ink"),
    "old": (f"${word('Parameters')}^t$", "parameter"),
    "minus": ("$-$", "ink"),
    "rate": ("learning rate", "learning_rate"),
    "times": ("$dot$", "ink"),
    "gradient": ("Gradient$(theta^t)$", "gradient"),
}


def update_formula(y: float) -> Phrase:
    """Return the rule at height `y`, from the left margin; its parts are `TERMS`."""
    return Phrase(TERMS, size=style.TITLE).move_to((style.LEFT, y, 0), LEFT)
