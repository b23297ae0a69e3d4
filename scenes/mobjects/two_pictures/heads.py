"""What is written beside the two pictures: the parameters twice, the loss, the step."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import LEFT, RIGHT

from descent.text.numbers import NumberFormat, fixed, rate
from scenes import style
from scenes.mobjects.formulas import part, prediction_worked, term
from scenes.mobjects.two_pictures.places import HEAD_Y, LINE_BOX, MAP_BOX, SENTENCE_Y, WIDTH
from scenes.typesetting.fitting import fitted
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import as_math, colored, formula, rate_formula

NAME_ROOM = 1.1  # of a picture's vertical axis


def line_head(params: np.ndarray) -> Label:
    """Return ŷ = W1·x + b1 with numbers, over the line; its parts are named weight and bias."""
    weight, bias = (float(value) for value in params)
    left = colored("prediction", "$hat(y)$")
    label = prediction_worked(weight, bias, "x", WIDTH - NAME_ROOM, left)
    return label.move_to((LINE_BOX.right, HEAD_Y, 0), RIGHT)


def point_head(params: np.ndarray, left: float) -> Label:
    """Return "W1 = …, b1 = …", over the map; its parts are named weight and bias.

    Args:
        params: (W1, b1).
        left: Where there is room from.
    """

    def build(form: NumberFormat) -> Label:
        weight, bias = (form.write(float(value)) for value in params)
        name_w, name_b = (colored("parameter", f"${name}_1$") for name in "Wb")
        first = f"{name_w} $=$ {term(weight, 'parameter', 'weight', form, first=True)}"
        second = f"{name_b} $=$ {term(bias, 'parameter', 'bias', form, first=True)}"
        return Label(f"{first} #h(0.8em) {second}", plain_text=f"W1 = {weight}   b1 = {bias}")

    room = MAP_BOX.right - left
    label = fitted(build, room)
    label.scale(min(1.0, room / label.width))  # beside a name of the axis and its scale
    return label.move_to((MAP_BOX.right, HEAD_Y, 0), RIGHT)


def loss_head(loss: float) -> Label:
    """Return "Θ = …", over the bar."""
    number = fixed(loss)
    value = part("value", formula(number))
    label = Label(colored("loss", f"$Theta =$ {value}"), plain_text=f"Θ = {number}")
    return label.move_to((style.LEFT, SENTENCE_Y, 0), LEFT)


def step_head(run: Any, t: int, figures: int) -> Label:
    """Return the step, and the learning rate of the run."""
    written = rate(run.learning_rate, figures)
    eta = colored("learning_rate", rate_formula(written))
    label = Label(f"$t = {t}$ #h(1.2em) {eta}", plain_text=f"t = {t}   η = {written}")
    return label.move_to((style.RIGHT, SENTENCE_Y, 0), RIGHT)


def lowest_name(minimum: float) -> Label:
    """Return the name of the lowest loss with its value."""
    number = fixed(minimum)
    return Label(f'$Theta_"min" = {as_math(number)}$', plain_text=f"Θ_min = {number}")
