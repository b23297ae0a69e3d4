"""Several runs of one loss from one start, step by step together."""
