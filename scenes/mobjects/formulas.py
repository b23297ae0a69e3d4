"""Formulas with named parts, worked with numbers."""

from __future__ import annotations

from manim import VGroup

from descent.text.numbers import NumberFormat
from scenes.typesetting.fitting import fitted
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import as_math, colored

NEURON_TEXT = "ŷ = W1·x + b1"


def part(name: str, markup: str) -> str:
    """Return `markup` as a part of a label that `Label.select(name)` finds."""
    return f"#box[{markup}]<{name}>"


def term(text: str, role: str, name: str, form: NumberFormat, first: bool = False) -> str:
    """Return a number as a named part in the colour of `role`, its exponent as in `form`.

    A negative number gets parentheses unless it comes `first`; so do a power of ten and "≈0".
    """
    written = as_math(text, is_narrow=form.is_narrow)
    is_bare = not _is_guarded(text.lstrip("−") if first else text)
    inside = written if is_bare else f"({written})"
    return part(name, colored(role, f"${inside}$"))


def prediction_formula() -> Label:
    """Return ŷ = W1·x + b1, its parts named prediction, weight, x and bias."""
    markup = " ".join(
        (
            part("prediction", colored("prediction", "$hat(y)$")),
            "$=$",
            part("weight", colored("parameter", "$W_1$")),
            "$dot$",
            part("x", "$x$"),
            "$+$",
            part("bias", colored("parameter", "$b_1$")),
        )
    )
    return Label(markup, plain_text=NEURON_TEXT)


def prediction_worked(weight: float, bias: float, x: str, width: float, left: str = "") -> Label:
    """Return "= W1·x + b1" with numbers for W1 and b1, and for x unless it is "x".

    Args:
        weight: W1.
        bias: b1; a negative one is deducted.
        x: The row's x as plain text, or "x".
        width: In scene units.
        left: What stands before the equals sign, as mathematics.
    """

    def build(form: NumberFormat) -> Label:
        first, second = form.write(weight), form.write(abs(bias))
        sign = "−" if bias < 0 else "+"
        factor = form.rewrite(x)
        middle = part("x", "$x$") if x == "x" else term(factor, "ink", "x", form)
        markup = (
            f"{left} $=$ {term(first, 'parameter', 'weight', form, first=True)} $dot$ {middle} "
            f"${as_math(sign)}$ {term(second, 'parameter', 'bias', form)}"
        )
        return Label(markup, plain_text=f"= {first}·{_guarded(factor)} {sign} {second}")

    return fitted(build, width)


def result(value: float, role: str, width: float) -> Label:
    """Return "= value" in the colour of `role`, its part named value."""

    def build(form: NumberFormat) -> Label:
        text = form.write(value)
        return Label(f"$=$ {term(text, role, 'value', form, first=True)}", plain_text=f"= {text}")

    return fitted(build, width)


def loss_formula() -> Label:
    """Return the deck's Loss = Y_predicted − Y_actual, its parts in their colours."""
    markup = " ".join(
        (
            part("loss", colored("loss", "Loss")),
            "$=$",
            part("prediction", colored("prediction", '$Y_"predicted"$')),
            "$-$",
            part("truth", colored("truth", '$Y_"actual"$')),
        )
    )
    return Label(markup, plain_text="Loss = Y_predicted − Y_actual")


def loss_worked(prediction: float, truth: str, width: float) -> Label:
    """Return prediction − truth with the numbers of one row, the truth as plain text."""

    def build(form: NumberFormat) -> Label:
        first, second = form.write(prediction), form.rewrite(truth)
        markup = (
            f"$=$ {term(first, 'prediction', 'prediction', form, first=True)} $-$ "
            f"{term(second, 'truth', 'truth', form)}"
        )
        return Label(markup, plain_text=f"= {first} − {_guarded(second)}")

    return fitted(build, width)


def _guarded(text: str) -> str:
    return f"({text})" if _is_guarded(text) else text


def _is_guarded(text: str) -> bool:
    return text.startswith(("−", "≈")) or "·" in text


def rest_of(label: Label, *names: str) -> VGroup:
    """Return the glyphs of `label` that are in none of its parts `names`."""
    taken = {id(glyph) for name in names for glyph in label.select(name)}
    return VGroup(*(glyph for glyph in label.submobjects if id(glyph) not in taken))
