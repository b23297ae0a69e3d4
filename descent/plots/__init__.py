"""Matplotlib figures of runs and sweeps, for notebooks and papers, in the film's colours."""
