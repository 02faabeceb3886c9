"""Metrics, baselines, confidence intervals, and the tables made of them."""
