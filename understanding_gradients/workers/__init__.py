"""Worker processes, their scheduler and their events."""
