"""Autograd's graph of a loss, and finite differences."""
