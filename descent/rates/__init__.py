"""The curvature of a loss, and the learning rates that follow from it."""
