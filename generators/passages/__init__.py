"""Synthetic passages with questions."""
