"""Synthetic radiology reports: one module an exam, and the few that deal, word and write them.

How to run: python -m generators.reports --rows 960 --seed 7 --out data/reports.csv. What comes out: see __main__.py.
"""
