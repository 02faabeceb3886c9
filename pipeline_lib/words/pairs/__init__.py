"""The closest word pairs, and what the two words of a pair are to each other."""
