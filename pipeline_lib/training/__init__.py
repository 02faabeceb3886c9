"""The training loop, its checkpoints, and a run that continues after it was stopped."""
