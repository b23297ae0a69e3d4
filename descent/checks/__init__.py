"""What a request must satisfy before any work is done: one sentence for each wrong one."""
