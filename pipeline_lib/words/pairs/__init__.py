"""The word pairs of the highest cosine, and whether two words are interchangeable or collocates."""
