"""Plain text as Typst markup: numbers, names and formulas, in their colours."""

from __future__ import annotations

import re
from collections.abc import Mapping

from descent.text.numbers import fixed
from scenes.style import palette

# The full stop, since three of them would be an ellipsis, and one after a number a list.
_SPECIAL = re.compile(r"([\\#$*_`<>@=\-+/~\[\]'\".])")
TEXT_FACE = "Libertinus Serif"  # Typst's own for text; mathematics has another
CODE_SIZE = 1.07  # of a text's: Typst sets code smaller
_GREEK = {"θ": "theta", "Θ": "Theta", "η": "eta", "λ": "lambda", "α": "alpha", "β": "beta"}
SMALL = "0.7em"  # of a narrow exponent, in the size of a usual one
_POWER = re.compile(r"([+−]?[\d.]+)·10\^(−?\d+)")
_SYMBOL = re.compile(r"^([A-Za-zθΘηλαβ]+)(\d*)(?:\[([\d,]+)\])?$")


def escape(text: str) -> str:
    """Return markup that shows `text` letter by letter."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def typeset(text: str, formulas: Mapping[str, str]) -> str:
    """Return a sentence as markup: each key of `formulas`, plain text, is replaced by its value."""
    longest_first = sorted(formulas, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), lambda key: formulas[key[0]], text)


def colored(role: str, markup: str) -> str:
    """Return `markup` in the colour of `role`, for use in text or mathematics."""
    return f'#text(fill: rgb("{getattr(palette(), role)}"))[{markup}]'


def word(text: str) -> str:
    """Return a word for use in mathematics, in the face of all other words."""
    return f'#text(font: "{TEXT_FACE}")[{escape(text)}]'


def code(text: str) -> str:
    """Return a line of code as markup, in capitals as high as those of other text."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'#text(size: {CODE_SIZE}em)[#raw("{quoted}")]'


def as_math(text: str, *, is_narrow: bool = False) -> str:
    """Return the text of a number as the inside of Typst mathematics.

    The dot before a power of ten has no room around it, which tells it from a product.

    Args:
        text: As `descent.text.numbers` writes it.
        is_narrow: Whether an exponent is set smaller than usual.
    """
    power = re.match(r"^(?:(.*)·)?10\^(.*)$", text)
    if power:
        exponent = power[2].replace("−", "-")
        raised = f"#text(size: {SMALL})[${exponent}$]" if is_narrow else exponent
        factor = "" if power[1] is None else f'{as_math(power[1])} class("normal", dot) '
        return f"{factor}10^({raised})"
    return (
        re.sub(r"(?<=\d) (?=\d{3})", " thin ", text)
        .replace("≈", "approx ")
        .replace("∞", "infinity")
        .replace("−", "-")
        .replace("nan", '"nan"')
    )


def formula(text: str, *, is_narrow: bool = False) -> str:
    """Return the text of a number as Typst mathematics with its dollar signs."""
    return f"${as_math(text, is_narrow=is_narrow)}$"


def numeral(value: float) -> str:
    """Return a number in fixed point as Typst mathematics with its dollar signs."""
    return formula(fixed(value))


def rate_formula(written: str) -> str:
    """Return "η = 0.3, 0.05", of learning rates as they are written, as Typst mathematics."""
    return f"$eta = {', '.join(map(as_math, written.split(', ')))}$"


def with_powers(markup: str) -> str:
    """Return markup with powers of ten, written plainly as "1.3·10^−7", set as mathematics."""
    return _POWER.sub(lambda power: formula(power[0]), markup)


def symbol(name: str) -> str:
    """Return a parameter's name, such as "W1" or "b2[0,1]", as Typst mathematics."""
    match = _SYMBOL.match(name)
    if match is None:
        return f'upright("{_quoted(name)}")'
    letters, digits, index = match.groups()
    base = _GREEK.get(letters, letters if len(letters) == 1 else f'upright("{letters}")')
    below = ",".join(part for part in (digits, index) if part)
    return f"{base}_({below})" if below else base


def indexed(name: str) -> str:
    """Return the name of a weight or bias, such as "W2[0,1]", its index beside it, not below."""
    letters, layer, index = re.findall(r"^([A-Za-z]+)(\d+)(.*)$", name)[0]
    return f"{letters}_({layer}) {index}"


def _quoted(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    # No power of ten is to be set inside it.
    return quoted.replace("^", "\\u{5e}")


def partial(name: str) -> str:
    """Return ∂Θ/∂name as Typst mathematics."""
    return f"partial Theta \\/ partial {symbol(name)}"
