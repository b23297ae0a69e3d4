"""A label drawn from its outline is, bit for bit, the label that Manim would have made."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from manim import Mobject, Transform, Typst, tempconfig

from pipeline.sources import ROOT
from pipeline.typeset import kept_in
from scenes import outlines, style
from scenes.outlines import Formula, outline_of
from scenes.typeset import Label, Phrase, numeral, paint

MARKUPS = [
    "",
    "Gradient descent",
    "$theta^((t+1)) = theta^((t)) - eta partial Theta \\/ partial theta$",
    "$frac(partial Theta, partial W_(1))$",
    "$sqrt(frac(1, 2 sigma^2))$ #underline[twice]",
    numeral(-1.25e-9),
    "about 3.1·10^−7",
    f"{paint('loss', '$Theta$')} $=$ {paint('gradient', numeral(0.123))}",
    "#box[first]<one> #box[second]<two> #box[third]<one>",
    "#box[outer #box[inner]<inner>]<outer>",
    "#rect(width: 1em, height: 1em) #circle(radius: 3pt, fill: red)",
    "#grid(columns: 2, [a], [$b_1$], [#text(fill: rgb(0, 0, 0, 50%))[c]], [d])",
]
# What a label calls itself, where Manim read it, and the groups, of which it has only the named.
OTHERWISE = {"name", "file_name", "path_obj", "id_to_vgroup_dict", "shown", "text_colour", "parts"}
# Typst and svgelements, which are not needed for what is remembered or kept.
MAKERS = ("typst.compile", "svgelements.SVG.parse")


@pytest.fixture(autouse=True)
def from_scratch(tmp_path, monkeypatch):
    """Nothing is remembered, and Manim typesets in a folder of its own."""
    monkeypatch.setattr(outlines, "_remembered", {})
    with tempconfig({"tex_dir": str(tmp_path / "tex"), "verbosity": "ERROR"}):
        yield


@pytest.fixture
def forbid_making(monkeypatch):
    """A function after which nothing can be typeset or parsed."""

    def refuse(*_, **__):
        raise AssertionError("something was made that was there")

    return lambda: [monkeypatch.setattr(maker, refuse) for maker in MAKERS]


def by_manim(label):
    """Return what Manim makes of the markup of `label`."""
    size, colour = label._font_size, label.text_colour
    made = Typst(label.typst_code, font_size=size, color=colour, use_svg_cache=False)
    return made.set_z_index(style.WRITING)


def described(value):
    """Return all attributes of a mobject and of its parts, arrays by their bytes."""
    if isinstance(value, Mobject):
        owned = {name: value for name, value in vars(value).items() if name not in OTHERWISE}
        return {name: described(value) for name, value in owned.items()} | {"is": kind_of(value)}
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes()
    return [described(one) for one in value] if isinstance(value, list) else value


def kind_of(mobject):
    return "formula" if isinstance(mobject, Typst) else type(mobject)


def arrays_of(label):
    family = label.get_family()
    return [
        value for one in family for value in vars(one).values() if isinstance(value, np.ndarray)
    ]


def test_outlines_are_equal_however_they_came_about(tmp_path, forbid_making):
    manims = {markup: described(by_manim(Label(markup))) for markup in MARKUPS}
    outlines._remembered.clear()
    with kept_in(tmp_path / "kept"):
        made = {markup: described(Label(markup)) for markup in MARKUPS}
        forbid_making()
        remembered = {markup: described(Label(markup)) for markup in MARKUPS}
        outlines._remembered.clear()
        kept = {markup: described(Label(markup)) for markup in MARKUPS}
    for markup in MARKUPS:
        assert made[markup] == remembered[markup] == kept[markup] == manims[markup]


def test_a_phrase_is_divided_alike_from_what_is_kept(tmp_path, forbid_making):
    parts = {name: (numeral(value), "gradient") for name, value in {"a": 0.5, "b": -2e-6}.items()}
    with kept_in(tmp_path):
        made = Phrase(parts, columns=2)
        manims = described(by_manim(made))
        forbid_making()
        outlines._remembered.clear()
        kept = Phrase(parts, columns=2)
    assert described(made) == described(kept) == manims
    for name, part in kept.parts.items():
        assert [made.submobjects.index(glyph) for glyph in made.parts[name]] == [
            kept.submobjects.index(glyph) for glyph in part
        ]


@pytest.mark.parametrize("name", ["one", "two", "inner", "outer"])
def test_named_parts_are_selected_as_manim_selects_them(name):
    markup = MARKUPS[8] if name in ("one", "two") else MARKUPS[9]
    label = Label(markup)
    typst = by_manim(label)
    selected = [label.submobjects.index(glyph) for glyph in label.select(name)]
    assert selected
    assert selected == [typst.submobjects.index(glyph) for glyph in typst.select(name)]


def test_a_label_goes_on_like_a_typst_mobject():
    label, other = Label(MARKUPS[3], style.TEXT), Label(MARKUPS[4])
    typst, typst_other = by_manim(label), by_manim(other)
    for one, target in ((label, other), (typst, typst_other)):
        one.scale(1.7).rotate(0.3).shift((1, 2, 0))
        one.font_size *= 0.9
        turning = Transform(one, target.copy())
        turning.begin()
        turning.interpolate(0.4)
    assert label.font_size == typst.font_size
    changing = {"original_id"}  # of a copy
    assert [glyph.points.tobytes() for glyph in label.get_family()] == [
        glyph.points.tobytes() for glyph in typst.get_family()
    ]
    assert set(vars(label)) - OTHERWISE - changing == set(vars(typst)) - OTHERWISE - changing


def test_rules_are_as_thick_as_the_frame_asks_however_large_it_was_when_they_were_made():
    widths = []
    for pixels in (480, 1920):
        with tempconfig({"pixel_width": pixels}):
            label = Label(MARKUPS[3])
            widths.append([glyph.stroke_width for glyph in label])
            assert described(label) == described(by_manim(label))
    assert max(widths[1]) == pytest.approx(4 * max(widths[0]))
    assert max(widths[0]) > 0


def test_labels_share_no_memory_with_each_other_or_with_their_outline():
    label, other = Label(MARKUPS[3]), Label(MARKUPS[3])
    outline = outline_of(Formula(label.typst_code, style.LABEL, label.text_colour))
    kept = [*outline.arrays.values(), *arrays_of(other), *vars(outlines._blank_glyph()).values()]
    for array in arrays_of(label):
        assert not any(np.shares_memory(array, one) for one in kept if isinstance(one, np.ndarray))
    before = described(other)
    for glyph in label:
        for array in arrays_of(glyph):
            array.fill(7)
        glyph.submobjects.append(glyph)
        glyph.updaters.append(print)
    assert described(other) == before == described(Label(MARKUPS[3]))


def test_an_outline_cannot_be_changed():
    outline = outline_of(Formula("x", style.LABEL, "#ffffff"))
    with pytest.raises(ValueError, match="read-only"):
        outline.points[0] = 1


def test_size_and_colour_make_another_outline():
    formulas = [
        Formula("x", 20, "#ffffff"),
        Formula("x", 21, "#ffffff"),
        Formula("x", 20, "#fffffe"),
    ]
    formulas.append(Formula("y", 20, "#ffffff"))
    assert len({formula.name for formula in formulas}) == len(formulas)


@pytest.mark.parametrize("damage", ["truncated", "one bit flipped"])
def test_a_damaged_outline_is_made_again(tmp_path, damage):
    with kept_in(tmp_path / "kept"):
        right = described(Label(MARKUPS[3]))
        (file,) = (tmp_path / "kept").iterdir()
        whole = file.read_bytes()
        flipped = bytes([*whole[:-9], whole[-9] ^ 1, *whole[-8:]])
        file.write_bytes(flipped if damage == "one bit flipped" else whole[: len(whole) // 2])
        outlines._remembered.clear()
        assert described(Label(MARKUPS[3])) == right
    assert file.read_bytes() == whole


def test_another_process_needs_neither_typst_nor_a_parser(tmp_path):
    markup = MARKUPS[3]
    with kept_in(tmp_path):
        label = Label(markup)
    script = (
        "import hashlib, pathlib, sys, svgelements, typst\n"
        "typst.compile = svgelements.SVG.parse = None\n"
        "from pipeline.typeset import kept_in\n"
        "from scenes.typeset import Label\n"
        "with kept_in(pathlib.Path(sys.argv[1])):\n"
        "    label = Label(sys.argv[2])\n"
        "points = b''.join(glyph.points.tobytes() for glyph in label)\n"
        "print(hashlib.sha256(points).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path, markup],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    points = b"".join(glyph.points.tobytes() for glyph in label)
    assert done.stdout.strip() == hashlib.sha256(points).hexdigest()


def test_without_a_keeper_a_formula_is_remembered_and_nothing_is_written(tmp_path, forbid_making):
    with kept_in(tmp_path / "kept"):
        Label("$x$")
    Label("$y$")
    assert len(list((tmp_path / "kept").iterdir())) == 1
    forbid_making()
    assert len(Label("$x$")) == len(Label("$y$")) == 1


def test_the_oldest_outlines_are_forgotten(monkeypatch):
    monkeypatch.setattr(outlines, "MOST_REMEMBERED", 2)
    for markup in ("a", "b", "c"):
        Label(markup)
    assert [formula.code[-3:] for formula in outlines._remembered] == ["[b]", "[c]"]
