"""The training loop, checkpoints, and a run that goes on after it was killed."""
