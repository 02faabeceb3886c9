"""The task sentiment: a review in, its label out."""
