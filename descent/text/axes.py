"""Names of axes and of the rows of a step's table, as plain text."""

from __future__ import annotations

OUTSIDE = "outside the view"
SIZE = "size"  # the heading of the only column, where parameters have no columns of their own


def on_scale(name: str, logarithmic: bool) -> str:
    """Return the name of an axis and, if it is logarithmic, its scale: "loss, log scale"."""
    return f"{name}, log scale" if logarithmic else name


def on_scales(name: str, logarithmic: bool) -> str:
    """Return the name of a vertical axis over logarithmic rates, with the scales of both."""
    return f"{name}, {'log scales' if logarithmic else 'η on a log scale'}"


def beyond(name: str, edge: str) -> str:
    """Return the name of an axis that is logarithmic from ±`edge` outwards."""
    return f"{on_scale(name, True)} beyond ±{edge}"


def table_rows(has_columns: bool) -> dict[str, tuple[str, str]]:
    """Return the name and superscript of each row of a step's table, by what the row holds.

    Args:
        has_columns: Whether each parameter has a column; otherwise the rows hold lengths.
    """
    return {
        "parameter": ("θ", "t") if has_columns else ("θ − θ⁰", ""),
        "gradient": ("gradient", ""),
        "change": ("−η · gradient" if has_columns else "η · gradient", ""),
        "loss": ("loss", ""),
    }
