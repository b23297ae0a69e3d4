"""Commands that each measure this project and its alternatives in one run."""
