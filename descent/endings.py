"""How a program ends."""

from __future__ import annotations


class Ended(SystemExit):
    """Somebody ended the program from outside: whoever runs a user's file lets it through."""
