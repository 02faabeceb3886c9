"""Synthetic passages with questions: modules of facts by subject, kinds of article, and the few that word and ask them.

How to run: python -m generators.passages --articles 42 --seed 7 --out recipes/qa/data/passages.json.
What comes out: see __main__.py.
"""
