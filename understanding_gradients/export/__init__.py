"""Export finished clips as files for people."""
