"""A film of a recorded run inside a notebook."""
