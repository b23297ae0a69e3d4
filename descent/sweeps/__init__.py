"""Many descents at once, with a learning rate each."""
