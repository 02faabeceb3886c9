"""The word branch: vocabulary, word vectors, and pairs of related words."""
