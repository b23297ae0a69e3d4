"""A network, the gradient on its edges, and the gradient as a column."""
