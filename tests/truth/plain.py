"""What stands on screen: markup as the letters that a viewer reads, and the numbers in them."""

from __future__ import annotations

import math
import re

NUMBER = r"(?:[+−]?(?:\d{1,3}(?: \d{3})+|\d+)(?:\.\d+)?(?:·10\^−?\d+)?|[+−]?∞|nan)"
TOKEN = re.compile(rf"(?<![\w^.\[,]){NUMBER}(?![\w\]])")
_MATHS = {
    "partial": "∂",
    "Theta": "Θ",
    "theta": "θ",
    "eta": "η",
    "lambda": "λ",
    "alpha": "α",
    "beta": "β",
    "dot": "·",
    "times": "×",
    "approx": "≈",
    "infinity": "∞",
    "thin": "",
}


def plain(markup: str) -> str:
    """Return the plain text of a line of markup."""
    text = _uncalled(markup)
    parts = re.split(r"(?<!\\)\$", text)
    parts[1::2] = map(_maths, parts[1::2])
    shown = re.sub(r"\\(.)", r"\1", "".join(parts))
    return re.sub(r"\s+", " ", shown).strip()


def _uncalled(markup: str) -> str:
    """Return markup without `#text(…)[…]` and its like, whose last brackets are kept."""
    while found := re.search(r"#(?:text|block|raw)\(", markup):
        inside = _closing(markup, found.end() - 1, "()")
        if markup[inside + 1 : inside + 2] != "[":
            quoted = markup[found.end() : inside].strip('"')
            markup = markup[: found.start()] + quoted + markup[inside + 1 :]
            continue
        end = _closing(markup, inside + 1, "[]")
        shown, before = markup[inside + 2 : end], markup[: found.start()]
        if len(re.findall(r"(?<!\\)\$", before)) % 2:  # within mathematics
            shown = shown.replace("$", "")
        markup = before + shown + markup[end + 1 :]
    return re.sub(r"#set par\([^)]*\)|`", "", markup)


def _closing(text: str, start: int, pair: str) -> int:
    depth = 0
    for at in range(start, len(text)):
        if text[at - 1] == "\\":
            continue
        depth += (text[at] == pair[0]) - (text[at] == pair[1])
        if depth == 0:
            return at
    raise ValueError(f"no {pair[1]} in {text!r}")


def _maths(inside: str) -> str:
    text = inside.replace('class("normal", dot)', "·").replace("hat(y)", "ŷ")
    text = re.sub(r'(?:upright|_)?\(?"([^"]*)"\)?', r"\1", text)
    text = re.sub(
        "|".join(map(r"(?<![a-zA-Z]){}(?![a-zA-Z])".format, _MATHS)),
        lambda word: _MATHS[word[0]],
        text,
    )
    text = text.replace("\\/", "/").replace("-", "−")
    text = re.sub(r"\^\(([^()]*)\)", r"^\1", text)
    text = re.sub(r"_\(?([\w,]*)\)?", r"\1", text)
    text = re.sub(r"\s+", "", text)
    return re.sub(r"([=≈])", r" \1 ", text)


def parse(number: str) -> float:
    """Return the value of a number as it stands on screen."""
    if "∞" in number or number == "nan":
        return float(number.replace("∞", "inf").replace("−", "-"))
    factor, _, power = number.replace("−", "-").replace(" ", "").partition("·10^")
    if factor.startswith("10^"):
        return 10.0 ** int(factor.removeprefix("10^"))
    return float(f"{factor}e{power or 0}")


def unit(number: str) -> float:
    """Return what one more in the last digit of a number on screen is."""
    factor, _, power = number.replace("−", "-").replace(" ", "").partition("·10^")
    decimals = len(factor.partition(".")[2])
    return 10.0 ** (int(power or 0) - decimals)


def shows(number: str, value: float) -> bool:
    """Return whether a number on screen is a value, rounded to its last digit."""
    if not math.isfinite(value) or "∞" in number or number == "nan":
        return number.lstrip("+") == str(value).replace("inf", "∞").replace("-", "−")
    return abs(parse(number) - value) <= 0.5 * unit(number) * (1 + 1e-6) + 1e-12 * abs(value)


def shows_rate(number: str, value: float, figures: int = 3) -> bool:
    """Return whether a number on screen is a value to some figures; zeros at its end are left."""
    if not (math.isfinite(value) and value):
        return shows(number, value)
    ulp = 10.0 ** (math.floor(math.log10(abs(value))) - figures + 1)
    return abs(parse(number) - value) <= 0.5 * ulp * (1 + 1e-6)
