"""Synthetic radiology reports."""
