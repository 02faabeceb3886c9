"""Synthetic dialogues at the desk of a guesthouse."""
