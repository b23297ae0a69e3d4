"""Finished clips as files for people."""
