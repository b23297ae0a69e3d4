"""One descent: recorded step by step, and what is kept of it."""
