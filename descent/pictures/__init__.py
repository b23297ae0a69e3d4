"""What a film draws of a run: its steps, and the loss around them, which needs no loss any more."""
