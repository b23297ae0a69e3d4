"""Pictures of the boundary of the learning rate: a slice, its descents, and the log ruler."""
