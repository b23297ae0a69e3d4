"""Rows of data, the neuron's line through them, and the loss of one."""
