"""The training loop, its checkpoints, and a run that resumes after an interruption."""
