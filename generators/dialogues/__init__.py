"""Synthetic dialogues: the house and its rules, a module of wordings and a plan for each topic, and what deals them.

How to run: python -m generators.dialogues --rows 300 --seed 7 --out recipes/dialogue/data/dialogues.jsonl.
What comes out: see __main__.py.
"""
