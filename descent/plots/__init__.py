"""Pictures of runs and of sweeps for a notebook or a paper, by matplotlib, in the film's hues."""
