"""The clips of the lecture, a scene each."""
