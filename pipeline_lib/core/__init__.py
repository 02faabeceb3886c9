"""What every package builds on: rows, files, text and errors; imports nothing of ours."""
