"""A label drawn from its outline is the label that Manim would have made of Typst's SVG."""

import numpy as np
import pytest
from manim import Mobject, Transform, Typst, tempconfig
from typst import TypstError

from scenes import style
from scenes.typesetting import outlines
from scenes.typesetting.labels import Label, Phrase
from scenes.typesetting.markup import colored, numeral
from scenes.typesetting.outlines import Formula, outline_of

MARKUPS = [
    "",
    "Gradient descent",
    "$theta^((t+1)) = theta^((t)) - eta partial Theta \\/ partial theta$",
    "$frac(partial Theta, partial W_(1))$",
    "$sqrt(frac(1, 2 sigma^2))$ #underline[twice]",
    "#line(length: 0pt) a point",
    numeral(-1.25e-9),
    "about 3.1·10^−7",
    f"{colored('loss', '$Theta$')} $=$ {colored('gradient', numeral(0.123))}",
    "#box[first]<one> #box[second]<two> #box[third]<one>",
    "#box[outer #box[inner]<inner>]<outer>",
    "#rect(width: 1em, height: 1em) #circle(radius: 3pt, fill: red)",
    "#grid(columns: 2, [a], [$b_1$], [#text(fill: rgb(0, 0, 0, 50%))[c]], [d])",
]
# What a label calls itself, where Manim read it, and the groups, of which it has only the named.
OTHERWISE = {"name", "original_id", "file_name", "path_obj", "id_to_vgroup_dict"}
OTHERWISE |= {"plain_text", "text_color", "parts"}


@pytest.fixture(autouse=True)
def apart(tmp_path):
    """Manim typesets in a folder of its own."""
    with tempconfig({"tex_dir": str(tmp_path), "verbosity": "ERROR"}):
        yield


def by_manim(label, size=style.LABEL):
    """Return what Manim makes of the markup of `label`."""
    colour = label.text_color
    made = Typst(label.typst_code, font_size=size, color=colour, use_svg_cache=False)
    return made.set_z_index(style.WRITING)


def assert_alike(one, other, name=""):
    """Two mobjects have the same parts and attributes, but for rounding of their numbers."""
    if isinstance(other, Mobject):
        owned, others = attributes(one), attributes(other)
        assert kind_of(one) == kind_of(other)
        assert owned.keys() == others.keys()
        for key, value in others.items():
            assert_alike(owned[key], value, key)
    elif isinstance(other, list):
        assert len(one) == len(other), name
        for part, of_other in zip(one, other, strict=True):
            assert_alike(part, of_other, name)
    elif isinstance(other, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape), name
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12, err_msg=name)
    elif isinstance(other, float):
        assert one == pytest.approx(other, abs=1e-12), name
    else:
        assert one == other, name


def attributes(mobject):
    return {name: value for name, value in vars(mobject).items() if name not in OTHERWISE}


def kind_of(mobject):
    return "formula" if isinstance(mobject, Typst) else type(mobject)


def arrays_of(label):
    family = label.get_family()
    return [
        value for one in family for value in vars(one).values() if isinstance(value, np.ndarray)
    ]


@pytest.mark.render
@pytest.mark.parametrize("markup", MARKUPS)
def test_a_label_is_what_manim_makes_of_its_markup(markup):
    assert_alike(Label(markup), by_manim(Label(markup)))


@pytest.mark.parametrize(
    "markup", ["#text(fill: black)[black]", "$x$ #line(length: 9pt)", "#strike[x]"]
)
def test_what_typst_leaves_black_takes_the_colour_of_the_label(markup):
    label = Label(markup, color="#ff8800")
    assert_alike(label, by_manim(label))
    seen = [glyph.get_fill_color() if glyph.fill_opacity else glyph.get_color() for glyph in label]
    assert "#FF8800" in {colour.to_hex() for colour in seen}


@pytest.mark.parametrize(
    "turned", ["rotate(30deg)", "scale(150%)", "move(dx: 3pt)", "skew(ax: 9deg)"]
)
def test_what_typst_turns_and_scales_lies_where_manim_lays_it(turned):
    label = Label(f"before #{turned}[$frac(a, b)$ #underline[c]] after")
    assert_alike(label, by_manim(label))


def test_a_phrase_is_divided_as_its_parts_are_set():
    parts = {name: (numeral(value), "gradient") for name, value in {"a": 0.5, "b": -2e-6}.items()}
    phrase = Phrase(parts, columns=2)
    assert_alike(phrase, by_manim(phrase))
    glyphs = [glyph for part in phrase.parts.values() for glyph in part]
    assert glyphs == phrase.submobjects


def test_images_and_gradients_are_refused():
    with pytest.raises(ValueError, match="glyphs and paths; got 'image'"):
        Label("#image(bytes(\"<svg xmlns='http://www.w3.org/2000/svg'/>\"), width: 3pt)")
    with pytest.raises(ValueError, match="plain colours; got 'url"):
        Label("#rect(fill: gradient.linear(red, blue))")


def test_markup_that_typst_does_not_understand_is_its_own_error():
    with pytest.raises(TypstError, match="unclosed delimiter"):
        Label("$x")


@pytest.mark.parametrize("name", ["one", "two", "inner", "outer"])
def test_named_parts_are_selected_as_manim_selects_them(name):
    markup = next(one for one in MARKUPS if f"<{name}>" in one)
    label = Label(markup)
    typst = by_manim(label)
    selected = [label.submobjects.index(glyph) for glyph in label.select(name)]
    assert selected
    assert selected == [typst.submobjects.index(glyph) for glyph in typst.select(name)]


def test_a_label_goes_on_like_a_typst_mobject():
    label, other = Label(MARKUPS[3], style.TEXT), Label(MARKUPS[4])
    typst, typst_other = by_manim(label, style.TEXT), by_manim(other)
    for one, target in ((label, other), (typst, typst_other)):
        one.scale(1.7).rotate(0.3).shift((1, 2, 0))
        one.font_size *= 0.9
        turning = Transform(one, target.copy())
        turning.begin()
        turning.interpolate(0.4)
    assert label.font_size == pytest.approx(typst.font_size)
    for glyph, of_typst in zip(label.get_family(), typst.get_family(), strict=True):
        np.testing.assert_allclose(glyph.points, of_typst.points, rtol=0, atol=1e-12)
    assert set(vars(label)) - OTHERWISE == set(vars(typst)) - OTHERWISE


def test_rules_are_as_thick_as_the_frame_asks_however_large_it_was_when_they_were_made():
    widths = []
    for pixels in (480, 1920):
        with tempconfig({"pixel_width": pixels}):
            label = Label(MARKUPS[3])
            widths.append([glyph.stroke_width for glyph in label])
            assert_alike(label, by_manim(label))
    assert max(widths[1]) == pytest.approx(4 * max(widths[0]))
    assert max(widths[0]) > 0


def test_labels_share_no_memory_with_each_other_or_with_their_outline():
    label, other = Label(MARKUPS[3]), Label(MARKUPS[3])
    outline = outline_of(Formula(label.typst_code, style.LABEL, label.text_color))
    blank = vars(outlines.blank_glyph()).values()
    kept = [*outline.points, *arrays_of(other), *blank]
    for array in arrays_of(label):
        assert not any(np.shares_memory(array, one) for one in kept if isinstance(one, np.ndarray))
    before = other.copy()
    for glyph in label:
        for array in arrays_of(glyph):
            array.fill(7)
        glyph.submobjects.append(glyph)
        glyph.updaters.append(print)
    assert_alike(other, Label(MARKUPS[3]))
    assert_alike(other.submobjects, before.submobjects)


def test_an_outline_cannot_be_changed():
    outline = outline_of(Formula("x", style.LABEL, "#ffffff"))
    with pytest.raises(ValueError, match="read-only"):
        outline.points[0][0] = 1


def test_size_and_colour_make_another_outline():
    formulas = {("x", 20, "#ffffff"), ("x", 21, "#ffffff"), ("x", 20, "#fffffe")}
    outlines_made = {id(outline_of(Formula(*formula))) for formula in formulas}
    assert len(outlines_made) == len(formulas)


def test_a_formula_is_set_once(monkeypatch):
    Label("set once")
    monkeypatch.setattr(outlines, "shapes_of", None)
    assert len(Label("set once")) == 7
