"""Plain data that says what to render; imports nothing heavy."""
