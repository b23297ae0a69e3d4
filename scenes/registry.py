"""The lecture: every clip in order, with its title and its inputs.

Importing this module does not load Manim.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Clip:
    """One clip of the lecture.

    Attributes:
        slug: Its name on the command line and in file names.
        title: Its title on screen, and of its chapter.
        scene: Its scene class, as "module:Class".
        inputs: The names of the recordings that it draws.
        slides: The slides of the deck that it corresponds to.
        rate: The run whose learning rate ``clip --learning-rate`` changes, if any.
    """

    slug: str
    title: str
    scene: str
    inputs: tuple[str, ...]
    slides: str
    rate: str | None = None


CLIPS = (
    Clip(
        "title",
        "Understanding Gradients",
        "scenes.clips.title:Title",
        ("just_right",),
        "1",
        "just_right",
    ),
    Clip(
        "loss-of-one-row",
        "The loss of one row",
        "scenes.clips.loss_of_one_row:LossOfOneRow",
        ("rows", "one_row"),
        "2-3",
    ),
    Clip(
        "zero-loss",
        "Loss = 0",
        "scenes.clips.zero_loss:ZeroLoss",
        ("rows", "one_row", "row_losses"),
        "4",
    ),
    Clip(
        "gradient-of-a-neuron",
        "The gradient of a neuron",
        "scenes.clips.gradient_of_a_neuron:GradientOfANeuron",
        ("neuron", "directions", "rows"),
        "5",
    ),
    Clip(
        "gradient-of-a-network",
        "The gradient of a network",
        "scenes.clips.gradient_of_a_network:GradientOfANetwork",
        ("network", "network_pass"),
        "6-7",
    ),
    Clip(
        "automatic-differentiation",
        "Automatic differentiation",
        "scenes.clips.automatic_differentiation:AutomaticDifferentiation",
        ("rows", "graph", "nudged", "secants", "differences"),
        "8-9",
    ),
    Clip(
        "gradient-at-an-instant",
        "The gradient at an instant",
        "scenes.clips.gradient_at_an_instant:GradientAtAnInstant",
        ("just_right", "gradient_field"),
        "10-11",
        "just_right",
    ),
    Clip(
        "update-rule",
        "The update rule",
        "scenes.clips.update_rule:UpdateRule",
        (
            "just_right",
            "very_small",
            "very_large",
            "gradient_view",
            "gradient_field",
            "neuron",
            "rows",
        ),
        "12, 14",
        "just_right",
    ),
    Clip(
        "gradient-descent",
        "Gradient descent",
        "scenes.clips.gradient_descent:GradientDescent",
        ("rows", "curve", "just_right"),
        "13, 15",
        "just_right",
    ),
    Clip(
        "choosing-the-learning-rate",
        "Choosing the learning rate",
        "scenes.clips.choosing_the_learning_rate:ChoosingTheLearningRate",
        ("very_small", "very_large", "rates", "slice"),
        "16-18",
    ),
    Clip(
        "very-small-learning-rate",
        "A very small learning rate",
        "scenes.clips.learning_rate:VerySmallLearningRate",
        ("very_small", "just_right"),
        "19-24",
        "very_small",
    ),
    Clip(
        "very-large-learning-rate",
        "A very large learning rate",
        "scenes.clips.learning_rate:VeryLargeLearningRate",
        ("very_large",),
        "25-28",
        "very_large",
    ),
    Clip(
        "just-right-learning-rate",
        "Small, but just right",
        "scenes.clips.learning_rate:JustRightLearningRate",
        ("just_right", "standing"),
        "29",
        "just_right",
    ),
    Clip(
        "three-learning-rates",
        "Three learning rates, one start",
        "scenes.clips.three_learning_rates:ThreeLearningRates",
        ("very_small", "just_right", "very_large", "rates", "gradient_view"),
        "–",
    ),
)

# The picture on which the studio moves the start. It is drawn as a clip is, and is none.
START_MAP = Clip("start-map", "", "scenes.clips.start_map:StartMap", ("start_view",), "–")


def clip(slug: str) -> Clip:
    """Return the clip called `slug`, or the map of the start.

    Raises:
        KeyError: If no clip is called so.
    """
    return {one.slug: one for one in (*CLIPS, START_MAP)}[slug]
