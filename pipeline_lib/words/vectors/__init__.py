"""Four ways to make a vector for a word, and how good they are."""
