"""What is written to disks: whole or not at all, with room for it, and by one at a time."""
