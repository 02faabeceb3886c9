"""The prompt of a dialogue is its transcript so far, as models/transcript_encoder.py writes it."""

TRANSCRIPT = True  # rows have `turns`: there is no prompt text and no cue
