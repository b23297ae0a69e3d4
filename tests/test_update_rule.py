"""The update rule is shown at true scale, and every number of it is the trajectory's."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest
from manim import DL, UR

from descent import LOSSES, record, sample
from descent.losses.neuron import neuron_loss
from scenes import style
from scenes.facts.gradients import is_zero
from scenes.mobjects.arrows import SHORTEST
from scenes.mobjects.descent.iterate_path import HALO
from scenes.mobjects.descent.landscape import LossContours
from scenes.mobjects.descent.update_formula import TERMS
from scenes.mobjects.lens import VISIBLE
from scenes.typesetting.labels import Label, Part
from scenes.wording.update import code_lines
from tests.every_frame import EveryFrame
from tests.lectures import DEFAULT, LECTURES, SHORT, played, small_frames
from tests.marks import slow_except
from tests.test_learning_rate import read_back
from understanding_gradients.lecture.from_runs import single_run_inputs
from understanding_gradients.lecture.record import record_lecture

SLUG = "update-rule"
INPUTS = ("just_right", "very_small", "very_large", "gradient_view")
PIXELS = 1080 / 8  # of a scene unit, in a frame of 1080 lines
UNSEEN = SHORTEST * PIXELS  # a shorter arrow is not drawn
STILL = {"very_small": 0.005, "just_right": 0.4, "very_large": 0.61}
AT_THE_MINIMUM = DEFAULT.replace(start=(1.2017543859649122, 0.7789473684210526), **STILL)
HIDDEN = ("learning-rate", "against")
CHOSEN = ("default", "one-step", "one-parameter", "valley", "diverging")


def scene_of(inputs, **options):
    with small_frames():
        return played(SLUG, inputs, **options)


class Seen:
    """The clip of a lecture, played once, with what was seen in its frames and its beats.

    Attributes:
        lengths: Of every arrow in pixels at the end of every beat, and pixels per unit there.
        lit: Which lines of the code are lit at the end of each beat.
        turning: The ways of the turned gradient, in every frame before the step.
        halfway: The names that are half transparent, in every frame.
        widths: Of every term of the rule, in all frames.
    """

    def __init__(self, inputs):
        self.inputs = inputs
        self.lengths, self.lit, self.turning, self.halfway = {}, {}, [], []
        self.widths = {name: set() for name in TERMS}
        look = EveryFrame(self.note_frame)
        self.scene = scene_of(inputs, renderer=look, on_beat_end=self.note_beat)

    def note_frame(self, scene):
        arrows = scene.stage.arrows if hasattr(scene, "stage") else {}
        if "against" in arrows and "step" not in arrows:
            self.turning.append(arrows["against"].get_vector())
        words = words_of(scene)
        self.halfway.append([text for text in words if text in TERMS or "-" in text])
        for name, part in getattr(scene, "terms", {}).items():
            self.widths[name].add(round(float(part.width), 3))

    def note_beat(self, scene, beat):
        stage, ink = scene.stage, style.palette().ink
        unit = np.linalg.norm(stage.view.plot.place(1, 0) - stage.view.plot.place(0, 0)) * PIXELS
        for name, drawn in stage.arrows.items():
            size = np.linalg.norm(drawn.get_end() - drawn.get_start()) * PIXELS
            self.lengths[beat.name, name] = float(size), float(unit)
        colors = [line[0].get_fill_color().to_hex() for line in scene.code.lines]
        self.lit[beat.name] = [k for k, color in enumerate(colors) if color == ink]


@cache
def seen(name):
    return Seen(record_lecture(LECTURES[name], INPUTS))


each_lecture = pytest.mark.parametrize("name", slow_except(CHOSEN, "default"))


@each_lecture
def test_drawn_lengths_are_those_of_the_axes(name):
    inputs, found = seen(name).inputs, seen(name).lengths
    run = inputs["just_right"].trajectory
    gradient, step = (
        float(np.linalg.norm(way)) for way in (run.gradients[0], np.diff(run.iterates[:2], axis=0))
    )
    for beat, arrow, size in (
        ("gradient", "gradient", gradient),
        ("minus", "against", gradient),
        ("learning-rate", "against", gradient),
        ("learning-rate", "step", step),
        ("update", "step", step),
    ):
        if (beat, arrow) == HIDDEN and HIDDEN not in found:
            assert step * found["minus", "against"][1] < (HALO + VISIBLE) * PIXELS
            continue  # seen from near, where there is no room for the gradient
        drawn, unit = found[beat, arrow]
        if size * unit < SHORTEST * PIXELS:
            continue  # too short to be drawn
        assert drawn == pytest.approx(size * unit, abs=UNSEEN), (beat, arrow)
    rate, drawn = inputs["just_right"].learning_rate, found["learning-rate", "step"]
    turned = found.get(HIDDEN, (gradient * drawn[1], drawn[1]))
    assert drawn[0] == pytest.approx(rate * turned[0], abs=UNSEEN)


def test_the_steps_of_the_other_rates_are_in_the_same_ratio():
    inputs, scene = seen("default").inputs, seen("default").scene
    texts = {"very_small": "a", "very_large": "b"}
    others = {name: inputs[name] for name in texts}
    drawn = scene.stage.others(others, texts)
    unit = np.linalg.norm(scene.stage.arrow("gradient").get_vector())
    for run, (arrow, _) in zip(others.values(), drawn, strict=True):
        size = np.linalg.norm(arrow.get_vector()) * PIXELS
        assert size == pytest.approx(run.learning_rate * unit * PIXELS, abs=2)


def test_the_name_of_the_point_makes_way_for_the_steps_of_the_other_rates():
    scene = seen("default").scene
    very_large = scene.stage.others(
        {"very_large": seen("default").inputs["very_large"]}, {"very_large": "0.61"}
    )
    step, tag = very_large[0][0], scene.stage.path.tag
    way = np.linspace(step.get_start(), step.get_end(), 200)[:, :2]
    (left, low, _), (right, high, _) = tag.get_corner(DL), tag.get_corner(UR)
    outside = np.maximum(np.array([left, low]) - way, way - np.array([right, high])).max(1)
    assert outside.min() > 0.05


def test_a_step_that_vanishes_beside_its_gradient_is_seen_from_near():
    rows = [(45, 148), (60, 190), (85, 265), (110, 322), (155, 461)]
    inputs = record_lecture(DEFAULT.replace(rows=rows, start=(0.0, 0.0)), INPUTS)
    found = {}

    def note(scene, beat):
        step = scene.stage.arrows.get("step")
        if step is not None:
            found[beat.name] = step.get_stroke_opacity(), float(np.linalg.norm(step.get_vector()))

    scene_of(inputs, on_beat_end=note)
    assert found["learning-rate"][0] == 1
    assert found["learning-rate"][1] > 0.5


def test_the_minus_turns_the_arrow_about_the_point_and_keeps_its_length():
    ways = np.array(seen("default").turning)
    sizes = np.linalg.norm(ways, axis=1)
    np.testing.assert_allclose(sizes, sizes[0], rtol=1e-6)
    assert len(np.unique(ways.round(3), axis=0)) > 4
    cosine = ways[0] @ ways[-1] / sizes[0] ** 2
    assert cosine < -0.9
    assert seen("default").scene.beats[2].name == "minus"


@each_lecture
def test_every_number_of_the_grid_is_the_trajectorys(name):
    run, numbers = seen(name).inputs["just_right"].trajectory, seen(name).scene.numbers
    grid = next(iter(numbers.values())).whole
    cells = dict(
        zip(grid.parts, re.findall(r"\[\$?(.*?)\$?\](?=,|\))", grid.typst_code), strict=False)
    )
    assert set(cells) == set(numbers)
    for column in range(len(run.names)):
        old, new = run.iterates[:2, column]
        for term, value in (
            ("old", old),
            ("new", new),
            ("size", abs(new - old)),
            ("change", new - old),
            ("gradient", run.gradients[0, column]),
            ("rate", -run.learning_rates[0]),
        ):
            text = plain(cells[f"{term}-{column}"])
            number, tolerance = read_back(text)
            assert abs(number - value) <= tolerance, (term, text)


def plain(markup):
    """A number as it is read, from its Typst mathematics."""
    inside = re.sub(r"#text\(fill: rgb\(\"[^\"]*\"\)\)\[\$?", "", markup).strip("$[]() ")
    power = re.sub(r" dot 10\^\(([^)]*)\)?", r"·10^\1", inside)
    return power.strip("()").replace("+", "")


def words_of(scene):
    """Return the text of every piece on screen that is half transparent."""
    stack, found = list(scene.mobjects), []
    while stack:
        one = stack.pop()
        if isinstance(one, Label | Part):
            opacities = [glyph.get_fill_opacity() for glyph in one.family_members_with_points()]
            if opacities and 0.1 < max(opacities) < 0.9:
                found.append(one.plain_text)
        else:
            stack.extend(one.submobjects)
    return found


def test_no_frame_has_two_half_transparent_versions_of_a_word():
    assert any(seen("default").halfway)
    for names in seen("default").halfway:
        assert len(names) == len(set(names)), names


def test_words_move_whole():
    """The glyphs of a term keep their distances in every frame."""
    assert all(len(found) == 1 for found in seen("default").widths.values())


def test_a_line_of_code_lights_up_when_it_happens():
    lit = seen("default").lit
    assert lit["parameters"] == [0]
    assert lit["gradient"] == lit["learning-rate"] == [0, 1]
    assert lit["update"] == [0, 1, 2, 3]


def test_the_code_is_what_was_recorded():
    assert code_lines(seen("default").inputs["just_right"]) == [
        "loss = ((W1*x + b1 - y)**2).mean()",
        "loss.backward()",
        "W1 -= lr * W1.grad",
        "b1 -= lr * b1.grad",
    ]
    bowl = LOSSES["bowl"]
    plain_run = single_run_inputs(record(bowl, [2, 1], learning_rate=0.1, steps=2), bowl)
    assert code_lines(plain_run)[0] == "loss = loss_function(params)"
    assert code_lines(plain_run)[2:] == ["params -= lr * params.grad"]


def with_adam():
    rows = DEFAULT.data.rows
    loss = neuron_loss(rows, (-1, 1.6))
    run = record(loss, loss.start, learning_rate=0.4, steps=2, optimizer="Adam")
    view = sample(loss, ((-9, 9), (-6, 6)), 9)
    return {"just_right": single_run_inputs(run, loss), "gradient_view": view}


def test_another_optimizer_has_its_own_step():
    inputs = with_adam()
    scene = scene_of(inputs)
    assert [beat.name for beat in scene.beats] == ["parameters", "gradient", "update"]
    assert scene.beats[-1].headline == "Adam makes a step of its own of it: this one"
    assert code_lines(inputs["just_right"])[2:] == ["optimizer.step()"]
    assert scene.numbers == {}


def test_a_gradient_of_rounding_noise_is_called_zero():
    inputs = record_lecture(AT_THE_MINIMUM, INPUTS)
    assert np.linalg.norm(inputs["just_right"].trajectory.gradients[0]) > 0
    assert is_zero(inputs["just_right"], 0)
    scene = scene_of(inputs)
    assert [beat.name for beat in scene.beats] == ["parameters", "gradient", "update"]
    assert "zero" in scene.beats[1].headline and "the parameters stay" in scene.beats[2].headline
    assert scene.stage.arrows == {}


def test_a_step_beyond_all_numbers_is_not_drawn():
    inputs = record_lecture(LECTURES["diverging-at-once"], INPUTS)
    scene = scene_of(inputs)
    assert scene.beats[-1].name == "learning-rate"
    assert scene.beats[-1].headline.startswith("Diverged at step 1")
    assert "step" not in scene.stage.arrows


def test_the_map_before_leaves_nothing_under_the_stage():
    drawn = {}

    def note(scene, beat):
        parts = scene.get_mobject_family_members()
        drawn[beat.name] = sum(isinstance(part, LossContours) for part in parts)

    inputs = record_lecture(SHORT, (*INPUTS, "gradient_field", "neuron", "rows"))
    scene_of(inputs, on_beat_end=note)
    assert drawn == dict.fromkeys(drawn, 1)
    assert len(drawn) == 6
