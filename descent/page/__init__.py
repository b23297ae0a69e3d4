"""A page to play with: recorded runs, and a slider through their learning rates."""
