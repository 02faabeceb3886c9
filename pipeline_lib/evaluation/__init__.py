"""Metrics, baselines, intervals and tests, the score table, comparison of runs, error analysis, human review."""
