"""Worker processes, and who draws what."""
