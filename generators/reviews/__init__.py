"""Synthetic reviews with a sentiment."""
