"""The clips of the lecture, one scene per file."""
