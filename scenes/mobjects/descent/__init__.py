"""The stage of a descent, the way over it, and the numbers of its steps."""
