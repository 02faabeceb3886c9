"""Trained models put to use: rows in, answers out."""
