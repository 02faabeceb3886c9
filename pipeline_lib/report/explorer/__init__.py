"""HTML pages of the word pairs: the explorer of one run, and the comparison of two."""
