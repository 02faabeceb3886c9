"""The word branch: corpus, vectors and pairs."""
