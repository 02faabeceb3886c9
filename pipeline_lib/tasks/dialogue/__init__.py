"""The task dialogue: the turns so far in, the next turn out."""
