"""Vocabulary and sentences of a corpus, word vectors, and word pairs."""
