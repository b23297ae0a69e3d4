"""What a viewer of the film has time to read, and what is said before it is seen."""
