"""Locks, atomic writes and free disk space: what no gradient needs, but every written file does.

Ours, because filelock and its kind neither lock what is being written nor delete what a killed
process left of it.
"""
