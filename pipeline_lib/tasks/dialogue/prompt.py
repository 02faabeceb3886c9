"""What a model is shown of a dialogue: the transcript so far, as models/transcript_encoder.py writes it."""

TRANSCRIPT = True  # rows have `turns` and are read as transcripts: there is no prompt text and no cue
