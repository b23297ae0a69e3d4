"""Recording one descent step by step as a Trajectory."""
