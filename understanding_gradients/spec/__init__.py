"""What is asked for: plain data, which imports nothing heavy."""
