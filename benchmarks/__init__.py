"""Each a command that measures this project, and what it is compared with, in one run."""
