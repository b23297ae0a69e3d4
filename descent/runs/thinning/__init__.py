"""Recording a path whose rows would take too much memory: norms, a sketch, a few exact rows."""
