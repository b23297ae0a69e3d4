"""Losses with names, what is known of them, and losses from files."""
