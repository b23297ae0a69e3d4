"""An interactive HTML page: recorded runs, and a slider through their learning rates."""
