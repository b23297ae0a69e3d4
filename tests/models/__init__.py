"""Small models and losses in the style of the field's tutorials, and what must hold for each."""
