"""Recording a training loop that is already there."""
