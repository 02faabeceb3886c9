"""The word pairs of the highest cosine, and what two words are to each other."""
