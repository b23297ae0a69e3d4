"""One neuron: its diagram, its loss as a surface, and the cuts through it."""
