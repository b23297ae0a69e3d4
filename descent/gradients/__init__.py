"""What autograd did, and what finite differences make of it."""
