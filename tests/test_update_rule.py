"""The update rule is shown at true scale, and every number of it is the trajectory's."""

from __future__ import annotations

import re

import numpy as np
import pytest

from descent import LOSSES, record, sample
from descent.losses.neuron import neuron_loss
from scenes import style
from scenes.facts.gradients import is_zero
from scenes.mobjects.arrows import SHORTEST
from scenes.mobjects.descent.update_formula import TERMS
from scenes.typesetting.labels import Label, Part
from scenes.wording.update import code_lines
from tests.every_frame import EveryFrame
from tests.lectures import DEFAULT, LECTURES, played, small_frames
from tests.marks import slow_except
from tests.test_learning_rate import read_back
from understanding_gradients.lecture.from_runs import single_run_inputs
from understanding_gradients.lecture.record import record_lecture

SLUG = "update-rule"
INPUTS = ("just_right", "very_small", "very_large", "gradient_view")
PIXELS = 1080 / 8  # of a scene unit, in a frame of 1080 lines
STILL = {"very_small": 0.005, "just_right": 0.4, "very_large": 0.61}
AT_THE_MINIMUM = DEFAULT.replace(start=(1.2017543859649122, 0.7789473684210526), **STILL)
CHOSEN = ("default", "one-step", "one-parameter", "valley", "diverging")


def scene_of(inputs, **options):
    with small_frames():
        return played(SLUG, inputs, **options)


@pytest.fixture(scope="module", params=slow_except({name: 0 for name in CHOSEN}, "default"))
def inputs(request):
    return record_lecture(LECTURES[request.param], INPUTS)


def lengths(inputs):
    """The length of every arrow in pixels at the end of every beat, and pixels per unit there."""
    found = {}

    def look(scene, beat):
        stage = scene.stage
        unit = np.linalg.norm(stage.view.plot.place(1, 0) - stage.view.plot.place(0, 0)) * PIXELS
        for name, drawn in stage.arrows.items():
            size = np.linalg.norm(drawn.get_end() - drawn.get_start()) * PIXELS
            found[beat.name, name] = float(size), float(unit)

    scene_of(inputs, on_beat_end=look)
    return found


def test_drawn_lengths_are_those_of_the_axes(inputs):
    run = inputs["just_right"].trajectory
    gradient, step = (
        float(np.linalg.norm(way)) for way in (run.gradients[0], np.diff(run.iterates[:2], axis=0))
    )
    found = lengths(inputs)
    for beat, name, size in (
        ("gradient", "gradient", gradient),
        ("minus", "against", gradient),
        ("learning-rate", "against", gradient),
        ("learning-rate", "step", step),
        ("update", "step", step),
    ):
        drawn, unit = found[beat, name]
        if size * unit < SHORTEST * PIXELS:
            continue  # too short to be drawn
        assert drawn == pytest.approx(size * unit, abs=2), (beat, name)
    drawn = {name: found["learning-rate", name][0] for name in ("step", "against")}
    rate = inputs["just_right"].learning_rate
    assert drawn["step"] == pytest.approx(rate * drawn["against"], abs=2)


def test_the_steps_of_the_other_rates_are_in_the_same_ratio():
    inputs = record_lecture(DEFAULT, INPUTS)
    scene = scene_of(inputs)
    texts = {"very_small": "a", "very_large": "b"}
    others = {name: inputs[name] for name in texts}
    drawn = scene.stage.others(others, texts)
    unit = np.linalg.norm(scene.stage.arrow("gradient").get_vector())
    for run, (arrow, _) in zip(others.values(), drawn, strict=True):
        size = np.linalg.norm(arrow.get_vector()) * PIXELS
        assert size == pytest.approx(run.learning_rate * unit * PIXELS, abs=2)


def test_the_minus_turns_the_arrow_about_the_point_and_keeps_its_length():
    inputs = record_lecture(DEFAULT, INPUTS)
    seen = []

    def look(scene):
        arrow = getattr(scene, "stage", None) and scene.stage.arrows.get("against")
        if arrow is not None and "step" not in scene.stage.arrows:
            seen.append((arrow.get_start(), arrow.get_end()))

    scene = scene_of(inputs, renderer=EveryFrame(look))
    ways = np.array([end - start for start, end in seen])
    sizes = np.linalg.norm(ways, axis=1)
    np.testing.assert_allclose(sizes, sizes[0], rtol=1e-6)
    assert len(np.unique(ways.round(3), axis=0)) > 4
    cosine = ways[0] @ ways[-1] / sizes[0] ** 2
    assert cosine < -0.9
    assert scene.beats[2].name == "minus"


def test_every_number_of_the_grid_is_the_trajectorys(inputs):
    run = inputs["just_right"].trajectory
    scene = scene_of(inputs)
    if not scene.numbers:
        pytest.skip("no step was recorded")
    grid = next(iter(scene.numbers.values())).whole
    cells = dict(
        zip(grid.parts, re.findall(r"\[\$?(.*?)\$?\](?=,|\))", grid.typst_code), strict=False)
    )
    assert set(cells) == set(scene.numbers)
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
    """Every piece of text on screen that is half transparent, by its text."""
    stack, found = list(scene.mobjects), []
    while stack:
        one = stack.pop()
        if isinstance(one, Label | Part):
            opacities = [glyph.get_fill_opacity() for glyph in one.family_members_with_points()]
            if opacities and 0.1 < max(opacities) < 0.9:
                found.append((one.plain_text, one))
        else:
            stack.extend(one.submobjects)
    return found


def test_no_frame_has_two_half_transparent_versions_of_a_word():
    seen = []

    def look(scene):
        named = [text for text, _ in words_of(scene) if text in TERMS or "-" in text]
        seen.append(len(named))
        assert len(named) == len(set(named)), named

    scene_of(record_lecture(DEFAULT, INPUTS), renderer=EveryFrame(look))
    assert max(seen) > 0


def test_words_move_whole():
    """The glyphs of a term keep their distances in every frame."""
    widths = {name: set() for name in TERMS}

    def look(scene):
        for name, part in getattr(scene, "terms", {}).items():
            widths[name].add(round(float(part.width), 3))

    scene_of(record_lecture(DEFAULT, INPUTS), renderer=EveryFrame(look))
    assert all(len(found) == 1 for found in widths.values())


def lit_lines(inputs):
    """Which lines of the code are lit at the end of each beat."""
    found = {}

    def look(scene, beat):
        ink = style.palette().ink
        lines = scene.code.lines
        found[beat.name] = [
            k for k, line in enumerate(lines) if line[0].get_fill_color().to_hex() == ink
        ]

    scene_of(inputs, on_beat_end=look)
    return found


def test_a_line_of_code_lights_up_when_it_happens():
    found = lit_lines(record_lecture(DEFAULT, INPUTS))
    assert found["parameters"] == [0]
    assert found["gradient"] == found["learning-rate"] == [0, 1]
    assert found["update"] == [0, 1, 2, 3]


def test_the_code_is_what_was_recorded():
    neuron = record_lecture(DEFAULT, ["just_right"])["just_right"]
    assert code_lines(neuron) == [
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
