"""Views of a loss: windows, sampled landscapes, and planes in parameter space."""
