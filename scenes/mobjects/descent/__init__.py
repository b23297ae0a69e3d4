"""The loss of a descent, the path over it, and the numbers of its steps."""
