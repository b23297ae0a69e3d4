"""Many descents at once."""
