"""A step of the neuron in two pictures at once: its line over the rows, its point on the map."""
