"""Synthetic reviews: a module for each kind of thing reviewed, one for the frames, and the few that word and deal them.

How to run: python -m generators.reviews --rows 1800 --seed 7 --out recipes/sentiment/data/reviews.csv.
What comes out: see __main__.py.
"""
