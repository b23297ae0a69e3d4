"""Text, numbers and formulas on screen, set by Typst."""
